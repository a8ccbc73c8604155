"""
What is kept of requests for money and of what was sent, in memory and in PostgreSQL.
"""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.postgres.engine import build_engine
from adapters.system.ids import RandomIds
from application.treasury.ports import TreasuryUnitOfWork
from domain.shared.ids import FloatFundingId, FundingRequestId
from domain.shared.money import Currency, Money
from domain.treasury.events import FloatFunded, FundingRequested
from domain.treasury.funding import FloatFunding, FundingRequest, FundingRequestStatus
from tests.adapters.postgres.transactions import unit_of_work
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import AUD, dollars
from tests.fakes.unit_of_work import FakeUnitOfWork

DUE = (MONDAY_NOON + timedelta(days=3)).date()
REQUEST = FundingRequestId(UUID(int=1))


@pytest.fixture(params=["memory", "postgres"])
def uow(request: pytest.FixtureRequest) -> Iterator[TreasuryUnitOfWork]:
    if request.param == "memory":
        yield FakeUnitOfWork()
        return
    engine = build_engine(request.getfixturevalue("database_url"))
    yield unit_of_work(engine, ids=RandomIds())
    engine.dispose()


def ask(uow: TreasuryUnitOfWork, amount: Money, number: int = 1) -> FundingRequest:
    request = FundingRequest.open(
        id=FundingRequestId(UUID(int=number)), amount=amount, due_on=DUE, now=MONDAY_NOON
    )
    with uow:
        uow.funding_requests.add(request)
        uow.commit()
    return request


def send(uow: TreasuryUnitOfWork, request: FundingRequest | None) -> FloatFunding:
    funding = FloatFunding.book(
        id=FloatFundingId(UUID(int=7)),
        reference="bank_1",
        amount=dollars(5),
        occurred_at=MONDAY_NOON,
        request=request,
        now=MONDAY_NOON,
    )
    with uow:
        uow.float_fundings.add(funding)
        uow.commit()
    return funding


def told(entity: object) -> dict[str, object]:
    hidden = {"version", "_events"}
    return {
        name: getattr(entity, name)
        for name in (each.name for each in type(entity).__attrs_attrs__)  # type: ignore[attr-defined]
        if name not in hidden
    }


def test_a_request_reads_back_as_it_was_stored(uow: TreasuryUnitOfWork) -> None:
    asked = ask(uow, dollars(100))

    with uow:
        assert told(uow.funding_requests.get(REQUEST)) == told(asked)


def test_an_open_request_is_found_by_its_currency(uow: TreasuryUnitOfWork) -> None:
    ask(uow, dollars(100))
    ask(uow, Money.of(500, "USD"), number=2)

    with uow:
        found = uow.funding_requests.open_in(Currency("USD"))
        assert found is not None
        found.receive(Money.of(500, "USD"), now=MONDAY_NOON)
        uow.funding_requests.save(found)
        uow.commit()

    with uow:
        assert uow.funding_requests.open_in(Currency("USD")) is None
        again = uow.funding_requests.get(FundingRequestId(UUID(int=2)))
        assert (again.status, again.closed_at) == (FundingRequestStatus.FUNDED, MONDAY_NOON)
        assert uow.funding_requests.open_in(AUD) is not None


def test_two_requests_are_never_open_in_one_currency(uow: TreasuryUnitOfWork) -> None:
    ask(uow, dollars(100))

    with pytest.raises(Exception, match="open"):
        ask(uow, dollars(200), number=2)


def test_what_was_sent_is_found_by_any_of_its_names(uow: TreasuryUnitOfWork) -> None:
    sent = send(uow, ask(uow, dollars(100)))

    with uow:
        found = uow.float_fundings.find(["dep_1", "bank_1"])
        assert found is not None
        assert told(found) == told(sent)
        assert found.funding_request_id == REQUEST
        assert uow.float_fundings.find(["dep_1"]) is None
        found.reverse(now=MONDAY_NOON)
        uow.float_fundings.save(found)
        uow.commit()

    with uow:
        again = uow.float_fundings.find(["bank_1"])
        assert again is not None
        assert again.reversed_at == MONDAY_NOON


def test_events_go_with_what_made_them(uow: TreasuryUnitOfWork) -> None:
    request = ask(uow, dollars(100))
    send(uow, request)

    if isinstance(uow, FakeUnitOfWork):
        assert [type(event) for event in uow.events] == [FundingRequested, FloatFunded]
    assert request.pull_events() == ()
