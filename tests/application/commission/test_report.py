"""
Pay is set beside prescribing for those who govern it, and for nobody else.
"""

from datetime import date
from uuid import UUID

import pytest
from attrs import define, field

from application.commission.ports import PayAndPrescribing, PlanInUse
from application.commission.report import PeriodUnfit, ReportPayAndPrescribing, report_csv
from application.shared.access import AccessDenied, Actor
from domain.shared.ids import PhysicianId
from domain.shared.money import Money
from tests.builders.care import A_PHYSICIAN, OPERATIONS
from tests.builders.commission import FINANCE
from tests.fakes.clock import FixedClock
from tests.fakes.money import dollars
from tests.fakes.unit_of_work import FakeUnitOfWork

PLAN = PlanInUse(code="standard", version=1, terms=("The platform keeps 20 %.",))


def physician(
    number: int, *, finished: int, shared: int, pay: Money, prescriptions: int
) -> PayAndPrescribing:
    return PayAndPrescribing(
        physician_id=PhysicianId(UUID(int=number)),
        name=f"Dr {number}",
        finished=finished,
        shared=shared,
        pay=pay,
        prescriptions=prescriptions,
        plans=(PLAN,),
    )


@define(eq=False)
class KnownPay:
    found: tuple[PayAndPrescribing, ...]
    asked: list[tuple[date, date]] = field(factory=list)

    def pay_and_prescribing(self, *, since: date, until: date) -> tuple[PayAndPrescribing, ...]:
        self.asked.append((since, until))
        return self.found


FOUND = (
    physician(1, finished=10, shared=10, pay=dollars(500), prescriptions=2),
    physician(2, finished=3, shared=3, pay=dollars(200), prescriptions=2),
    physician(3, finished=4, shared=2, pay=dollars(180), prescriptions=4),
    physician(4, finished=1, shared=0, pay=dollars(0), prescriptions=0),
    physician(1, finished=1, shared=1, pay=Money.of(900, "JPY"), prescriptions=1),
)


@pytest.fixture
def uow() -> FakeUnitOfWork:
    return FakeUnitOfWork()


def test_every_currency_has_its_side_with_rates_and_its_own_n(uow: FakeUnitOfWork) -> None:
    report = ReportPayAndPrescribing(uow, KnownPay(FOUND), FixedClock())(actor=FINANCE)

    aud, jpy = report.sides
    assert [(line.pay_each, line.prescribing) for line in aud.lines] == [
        (dollars(50), 20),
        (dollars(66, 67), 67),
        (dollars(90), 100),
        (None, 0),
    ]
    assert aud.correlation.n == 3
    assert aud.correlation.coefficient == pytest.approx(0.98165, abs=0.0001)
    assert (jpy.correlation.n, jpy.correlation.coefficient) == (1, None)


def test_the_last_day_is_included_and_reading_is_audited(uow: FakeUnitOfWork) -> None:
    known = KnownPay(FOUND)
    ReportPayAndPrescribing(uow, known, FixedClock())(
        actor=FINANCE, since=date(2026, 1, 1), until=date(2026, 1, 31)
    )

    assert known.asked == [(date(2026, 1, 1), date(2026, 2, 1))]
    (record,) = uow.audit.records
    assert (record.action, record.actor) == ("pay_report.read", FINANCE)
    assert record.details == {"since": "2026-01-01", "until": "2026-01-31"}


def test_as_csv_it_has_no_patient_and_its_correlation_in_words(uow: FakeUnitOfWork) -> None:
    report = ReportPayAndPrescribing(uow, KnownPay(FOUND), FixedClock())(actor=FINANCE)

    lines = report_csv(report).splitlines()

    assert "patient" not in lines[0]
    assert lines[2].split(",")[1:9] == ["Dr 2", "AUD", "3", "3", "200.00", "66.67", "2", "67"]
    assert lines[5].startswith("correlation,r = +0.98 over n = 3 physicians.")


@pytest.mark.parametrize("actor", [A_PHYSICIAN, OPERATIONS])
def test_others_do_not_see_it(uow: FakeUnitOfWork, actor: Actor) -> None:
    with pytest.raises(AccessDenied):
        ReportPayAndPrescribing(uow, KnownPay(FOUND), FixedClock())(actor=actor)
    assert uow.audit.records == []


@pytest.mark.parametrize(
    ("since", "until"),
    [(date(2026, 1, 2), date(2026, 1, 1)), (date(2020, 1, 1), date(2026, 1, 1))],
)
def test_a_period_is_a_period(uow: FakeUnitOfWork, since: date, until: date) -> None:
    with pytest.raises(PeriodUnfit):
        ReportPayAndPrescribing(uow, KnownPay(()), FixedClock())(
            actor=FINANCE, since=since, until=until
        )
