"""
What the database says of our balance at the payout vendor, and of what it has to cover.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.treasury import PostgresFloatForecast, PostgresTreasuryQueries
from adapters.system.ids import RandomIds
from application.shared.access import SYSTEM, AccessDenied
from application.treasury.funding import RecordFloatFunding, ReverseFloatFunding
from application.treasury.ports import FloatBooks, StuckMove
from application.treasury.queries import ListFundingRequests, ViewTreasury
from application.treasury.watch import FloatPositions, WatchFloat
from domain.payouts.transfer import TransferFinding
from domain.treasury.float_position import DueKind, FundingPolicy
from domain.treasury.funding import FundingRequestStatus
from tests.adapters.postgres.transactions import unit_of_work
from tests.fakes.money import A_PATIENT, AUD, FINANCE, MoneyDesk, dollars
from tests.fakes.treasury import InMemoryFloat

POLICY = FundingPolicy()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def desk(engine: Engine) -> MoneyDesk:
    return MoneyDesk(uow=unit_of_work(engine), ids=RandomIds())  # type: ignore[arg-type]


def books(engine: Engine, desk: MoneyDesk, *, days: int = 7) -> FloatBooks:
    now = desk.clock.now()
    found = PostgresFloatForecast(engine).by_currency(
        today=now.date(),
        until=now.date() + timedelta(days=days),
        sent_since=now - timedelta(days=3),
    )
    return found[AUD]


def fund(desk: MoneyDesk, whole: int, reference: str = "bank_1") -> None:
    RecordFloatFunding(*desk.core, desk.ids)(
        actor=FINANCE, amount=dollars(whole), reference=reference, occurred_at=desk.clock.now()
    )


def dues(found: FloatBooks) -> dict[DueKind, str]:
    return {due.kind: str(due.amount) for due in found.dues}


def test_every_stage_of_a_wallet_is_due(engine: Engine, desk: MoneyDesk) -> None:
    desk.earn(3)
    desk.be_payable()
    desk.deliver(4)
    desk.request(dollars(30))

    found = books(engine, desk)

    assert dues(found) == {
        DueKind.PAYOUTS_TO_SEND: "AUD 30.00",
        DueKind.WITHDRAWABLE: "AUD 46.00",
        DueKind.MATURING: "AUD 76.00",
    }
    clears = (desk.clock.now() + timedelta(days=2)).date()
    assert {due.on for due in found.dues if due.kind is DueKind.MATURING} == {clears}
    assert DueKind.MATURING not in dues(books(engine, desk, days=1))


def test_a_payout_under_way_has_left_our_side_and_one_without_money_is_due(
    engine: Engine, desk: MoneyDesk
) -> None:
    fund(desk, 100)
    desk.earn(3)
    desk.be_payable()
    payout_id = desk.request(dollars(76))
    desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
    found = books(engine, desk)
    assert (found.ours, found.on_the_way, dues(found)) == (dollars(24), dollars(100), {})

    with desk.uow as uow:
        reference = uow.payouts.get(payout_id).reference
    assert reference is not None
    desk.vendor.report(reference, TransferFinding.UNFUNDED, vendor_status="OVERDUE")
    desk.refresh_payout(actor=SYSTEM, reference=reference)

    assert dues(books(engine, desk)) == {DueKind.PAYOUTS_UNFUNDED: "AUD 76.00"}


def test_what_was_taken_back_or_long_ago_is_not_on_its_way(engine: Engine, desk: MoneyDesk) -> None:
    fund(desk, 100)
    desk.clock.pass_by(timedelta(days=4))
    fund(desk, 20, "bank_2")
    fund(desk, 3, "bank_3")
    ReverseFloatFunding(*desk.core)(actor=FINANCE, reference="bank_3")

    found = books(engine, desk)

    assert (found.ours, found.on_the_way) == (dollars(120), dollars(20))


def test_the_page_shows_both_sides_and_all_that_was_asked_and_sent(
    engine: Engine, desk: MoneyDesk
) -> None:
    desk.earn(3)
    vendor = InMemoryFloat()
    vendor.put(dollars(10))
    vendor.stuck_moves.append(
        StuckMove(
            reference="cat_1",
            amount=dollars(9),
            vendor_status="SUSPENDED",
            since=desk.clock.now(),
        )
    )
    positions = FloatPositions(vendor, PostgresFloatForecast(engine), desk.clock, POLICY)
    WatchFloat(*desk.core, desk.ids, positions, POLICY)(actor=SYSTEM)
    fund(desk, 100)
    queries = PostgresTreasuryQueries(engine)
    view = ViewTreasury(positions, vendor, queries, POLICY, desk.clock)

    shown = view(actor=FINANCE)

    (aud,) = shown.floats
    assert (aud.available, aud.ours, aud.difference) == (dollars(10), dollars(100), -dollars(90))
    assert (aud.needed, aud.short_from, aud.on_the_way) == (dollars(76), None, dollars(100))
    (request,) = shown.requests
    assert (request.status, request.amount) == (FundingRequestStatus.FUNDED, dollars(100))
    assert [funding.reference for funding in shown.fundings] == ["bank_1"]
    assert [move.reference for move in shown.stuck] == ["cat_1"]
    listed = ListFundingRequests(queries)
    assert listed(actor=FINANCE).items == shown.requests
    assert listed(actor=FINANCE, only_open=True).items == ()
    for denied in (view, listed):
        with pytest.raises(AccessDenied):
            denied(actor=A_PATIENT)
