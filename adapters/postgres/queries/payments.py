"""
Payments as people see them, and what money may know of a consultation.
"""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, func, select, tuple_

from adapters.postgres.queries.cursors import page_of, read_id_cursor, write_cursor
from adapters.postgres.repositories.commission import frozen_plan
from adapters.postgres.tables.catalogue import service
from adapters.postgres.tables.consultations import consultation
from adapters.postgres.tables.payments import payment, refund
from adapters.postgres.tables.physicians import physician
from adapters.postgres.tables.scheduling import appointment
from application.payments.ports import BilledConsultation, Stage
from application.payments.queries import PaymentView, RefundView
from application.shared.pages import Page
from domain.catalogue.service import ServiceTerms
from domain.commission.choice import FrozenPlan
from domain.commission.terms import CommissionFacts, MonthStanding
from domain.consultations.consultation import ConsultationNotFound, ConsultationStatus
from domain.consultations.outcome import CancellationReason
from domain.payments.payment import PaymentStatus
from domain.payments.refund import RefundStatus
from domain.shared.ids import ConsultationId, PatientId
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.money import Money

_STAGES = {
    ConsultationStatus.AWAITING_PAYMENT: Stage.UNPAID,
    ConsultationStatus.WAITING: Stage.WAITING,
    ConsultationStatus.CLAIMED: Stage.CLAIMED,
    ConsultationStatus.IN_PROGRESS: Stage.OPENED,
    ConsultationStatus.COMPLETED: Stage.COMPLETED,
    ConsultationStatus.CANCELLED: Stage.CANCELLED,
}
_PATIENTS_OWN_DOING = {
    CancellationReason.PATIENT_CHANGED_MIND.value,
    CancellationReason.PATIENT_NO_SHOW.value,
}

# A time that was lost can be followed by another one.
_STARTS_AT = (
    select(appointment.c.start_at)
    .where(appointment.c.consultation_id == consultation.c.id)
    .order_by(appointment.c.id.desc())
    .limit(1)
    .scalar_subquery()
)

# Named one by one: nothing clinical may reach a rule about pay.
_FACTS = select(
    consultation.c.id,
    consultation.c.patient_id,
    consultation.c.physician_id,
    consultation.c.status,
    consultation.c.place,
    consultation.c.terms,
    consultation.c.commission_plan_id,
    consultation.c.commission_plan_version,
    consultation.c.commission,
    consultation.c.cancellation,
    consultation.c.claimed_at,
    consultation.c.opened_at,
    consultation.c.ended_at,
    service.c.code,
    physician.c.time_zone,
    _STARTS_AT.label("start_at"),
)
_FACTS = _FACTS.join_from(
    consultation, service, service.c.id == consultation.c.service_id, isouter=True
).join(physician, physician.c.id == consultation.c.physician_id, isouter=True)


class PostgresConsultationFacts:
    """Terms, stage and dates of consultations."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, consultation_id: ConsultationId) -> BilledConsultation | None:
        with self._engine.connect() as connection:
            row = (
                connection.execute(_FACTS.where(consultation.c.id == consultation_id))
                .mappings()
                .one_or_none()
            )
            if row is None:
                raise ConsultationNotFound("There is no such consultation.")
            if row["terms"] is None:
                return None
            return _billed(row, frozen_plan(connection, row), _standing(connection, row))


def _billed(row: RowMapping, plan: FrozenPlan, standing: MonthStanding) -> BilledConsultation:
    terms = ServiceTerms.from_data(row["terms"])
    return BilledConsultation(
        consultation_id=row["id"],
        patient_id=row["patient_id"],
        physician_id=row["physician_id"],
        stage=_STAGES[ConsultationStatus(row["status"])],
        place=Jurisdiction(row["place"]),
        price=terms.price,
        tax=terms.tax,
        platform_fee=terms.platform_fee,
        refund_policy=terms.refund_policy,
        capture_on=terms.capture_on,
        plan=plan,
        facts=CommissionFacts(values=_facts(row, terms), standing=standing),
        claimed=row["claimed_at"] is not None,
        opened=row["opened_at"] is not None,
        full_refund=row["cancellation"] not in _PATIENTS_OWN_DOING,
        appointment_at=row["start_at"],
        ended_at=row["ended_at"],
    )


def _facts(row: RowMapping, terms: ServiceTerms) -> dict[str, str]:
    known = {
        "service_code": row["code"],
        "mode": terms.mode.value,
        "jurisdiction": row["place"],
        "physician": row["physician_id"],
        "weekday": _weekday(row),
    }
    return {fact: str(value) for fact, value in known.items() if value is not None}


def _weekday(row: RowMapping) -> str | None:
    if row["ended_at"] is None or row["time_zone"] is None:
        return None
    return f"{row['ended_at'].astimezone(ZoneInfo(row['time_zone'])):%A}".lower()


def _standing(connection: Connection, row: RowMapping) -> MonthStanding:
    """
    Count what the physician completed earlier in the month, where they are.

    Of two that ended in the same instant the identifier tells which was first, so that every
    consultation has one place in the month, whenever it is asked for.
    """
    ended_at, zone = row["ended_at"], row["time_zone"]
    if ended_at is None or zone is None:
        return MonthStanding()
    month = ended_at.astimezone(ZoneInfo(zone)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0, fold=0
    )
    price = consultation.c.terms["price_minor"].as_integer()
    same_currency = consultation.c.terms["currency"].as_string() == row["terms"]["currency"]
    found = connection.execute(
        select(
            func.count().label("count"),
            func.coalesce(func.sum(price).filter(same_currency), 0).label("volume"),
        ).where(
            consultation.c.physician_id == row["physician_id"],
            consultation.c.status == ConsultationStatus.COMPLETED.value,
            consultation.c.ended_at >= month,
            tuple_(consultation.c.ended_at, consultation.c.id) < tuple_(ended_at, row["id"]),
        )
    ).mappings()
    earlier = found.one()
    return MonthStanding(
        count=earlier["count"],
        volume_minor=int(earlier["volume"]),
        month=f"{month:%Y-%m}",
        time_zone=zone,
    )


class PostgresPaymentQueries:
    """Payments with their refunds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_consultation(self, consultation_id: ConsultationId) -> PaymentView | None:
        statement = (
            select(payment)
            .where(payment.c.consultation_id == consultation_id)
            .order_by(payment.c.status == PaymentStatus.CANCELLED.value, payment.c.id.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
            refunds = _refunds(connection, rows)
        return _view(rows[0], refunds) if rows else None

    def page(
        self, *, patient_id: PatientId | None, needs_review: bool, limit: int, cursor: str | None
    ) -> Page[PaymentView]:
        conditions: list[ColumnElement[bool]] = []
        if patient_id is not None:
            conditions.append(payment.c.patient_id == patient_id)
        if needs_review:
            conditions.append(payment.c.review.is_not(None))
        if last := read_id_cursor(cursor):
            conditions.append(payment.c.id < last)
        statement = select(payment).where(*conditions).order_by(payment.c.id.desc())
        with self._engine.connect() as connection:
            rows = connection.execute(statement.limit(limit + 1)).mappings().all()
            refunds = _refunds(connection, rows)
        return page_of(
            rows,
            limit=limit,
            view=lambda row: _view(row, refunds),
            cursor=lambda row: write_cursor(row["id"]),
        )


def _refunds(connection: Connection, payments: Sequence[RowMapping]) -> Sequence[RowMapping]:
    if not payments:
        return ()
    statement = (
        select(refund)
        .where(refund.c.payment_id.in_([row["id"] for row in payments]))
        .order_by(refund.c.id)
    )
    return connection.execute(statement).mappings().all()


def _view(row: RowMapping, refunds: Sequence[RowMapping]) -> PaymentView:
    currency = row["currency"]
    return PaymentView(
        payment_id=row["id"],
        consultation_id=row["consultation_id"],
        patient_id=row["patient_id"],
        status=PaymentStatus(row["status"]),
        amount=Money.of(row["amount_minor"], currency),
        refunded=Money.of(row["refunded_minor"], currency),
        created_at=row["created_at"],
        captured_at=row["captured_at"],
        failure_code=row["failure_code"],
        review=row["review"],
        refunds=tuple(_refund_view(each) for each in refunds if each["payment_id"] == row["id"]),
    )


def _refund_view(row: Any) -> RefundView:
    return RefundView(
        refund_id=row["id"],
        amount=Money.of(row["amount_minor"], row["currency"]),
        status=RefundStatus(row["status"]),
        requested_at=row["requested_at"],
        succeeded_at=row["succeeded_at"],
    )
