"""
Pay and prescriptions side by side. Nothing that pays anybody reads this.
"""

from collections import defaultdict
from datetime import UTC, date, datetime, time
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Select,
    and_,
    func,
    select,
)

from adapters.postgres.tables.commission import commission_plan
from adapters.postgres.tables.consultations import consultation
from adapters.postgres.tables.payments import payment
from adapters.postgres.tables.physicians import physician
from adapters.postgres.tables.prescriptions import prescription
from application.commission.ports import PayAndPrescribing, PlanInUse
from domain.commission.terms import Terms
from domain.commission.words import terms_words
from domain.consultations.consultation import ConsultationStatus
from domain.shared.ids import PhysicianId
from domain.shared.money import Money

_CURRENCY = consultation.c.terms["currency"].as_string()
_EARNING = payment.c.delivery["split"]["earning"].as_string().cast(BigInteger)
_SHARED = and_(
    payment.c.consultation_id == consultation.c.id,
    payment.c.status != "cancelled",
    payment.c.delivery.is_not(None),
)
# A prescription that was corrected and signed again is still one.
_PRESCRIBED = (
    select(
        prescription.c.consultation_id,
        func.count(prescription.c.lineage_id.distinct()).label("prescriptions"),
    )
    .where(prescription.c.signed_at.is_not(None))
    .group_by(prescription.c.consultation_id)
    .subquery()
)


class PostgresPayReports:
    """Read from consultations, the shares of their payments, and counts of prescriptions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def pay_and_prescribing(self, *, since: date, until: date) -> tuple[PayAndPrescribing, ...]:
        with self._engine.connect() as connection:
            plans = _plans(connection, since, until)
            rows = connection.execute(_by_physician(since, until)).mappings().all()
        return tuple(_view(row, plans[row["id"], row["currency"]]) for row in rows)


def _by_physician(since: date, until: date) -> Select[tuple[object, ...]]:
    name = func.concat_ws(
        " ", physician.c.title, physician.c.given_name, physician.c.family_name
    ).label("name")
    return (
        select(
            physician.c.id,
            name,
            _CURRENCY.label("currency"),
            func.count().label("finished"),
            func.count(payment.c.id).label("shared"),
            func.coalesce(func.sum(_EARNING), 0).label("pay"),
            func.coalesce(func.sum(_PRESCRIBED.c.prescriptions), 0).label("prescriptions"),
        )
        .select_from(consultation)
        .join(physician, physician.c.id == consultation.c.physician_id)
        .join(payment, _SHARED, isouter=True)
        .join(_PRESCRIBED, _PRESCRIBED.c.consultation_id == consultation.c.id, isouter=True)
        .where(*_finished(since, until))
        .group_by(physician.c.id, name, _CURRENCY)
        .order_by(physician.c.family_name, physician.c.id, _CURRENCY)
    )


def _plans(
    connection: Connection, since: date, until: date
) -> defaultdict[tuple[UUID, str], list[PlanInUse]]:
    statement = (
        select(
            consultation.c.physician_id,
            _CURRENCY.label("price_currency"),
            commission_plan.c.code,
            commission_plan.c.number,
            commission_plan.c.rules,
            commission_plan.c.currency,
        )
        .join(
            commission_plan,
            and_(
                commission_plan.c.id == consultation.c.commission_plan_id,
                commission_plan.c.number == consultation.c.commission_plan_version,
            ),
        )
        .where(*_finished(since, until))
        .distinct()
        .order_by(commission_plan.c.code, commission_plan.c.number)
    )
    used: defaultdict[tuple[UUID, str], list[PlanInUse]] = defaultdict(list)
    for row in connection.execute(statement).mappings():
        terms = Terms.from_data(row["rules"], currency=row["currency"])
        used[row["physician_id"], row["price_currency"]].append(
            PlanInUse(code=row["code"], version=row["number"], terms=terms_words(terms))
        )
    return used


def _finished(since: date, until: date) -> tuple[ColumnElement[bool], ...]:
    return (
        consultation.c.status == ConsultationStatus.COMPLETED.value,
        consultation.c.ended_at >= datetime.combine(since, time(), UTC),
        consultation.c.ended_at < datetime.combine(until, time(), UTC),
    )


def _view(row: RowMapping, plans: list[PlanInUse]) -> PayAndPrescribing:
    return PayAndPrescribing(
        physician_id=PhysicianId(row["id"]),
        name=row["name"],
        finished=row["finished"],
        shared=row["shared"],
        pay=Money.of(int(row["pay"]), row["currency"]),
        prescriptions=int(row["prescriptions"]),
        plans=tuple(plans),
    )
