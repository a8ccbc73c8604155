"""
What statements promise, over the books in memory and in PostgreSQL.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from attrs import frozen

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.statements import PostgresStatements
from application.shared.access import SYSTEM
from application.wallets.statements import Holder, StatementQueries, Withdrawal
from domain.payouts.payout import PayoutStatus
from domain.payouts.transfer import TransferFinding
from domain.physicians.physician import PhysicianNotFound
from domain.shared.ids import ConsultationId, PayoutId, PhysicianId
from domain.shared.money import Currency, Money
from domain.shared.period import Period
from domain.wallets.statement import MovementKind, Statement, check_parts
from tests.adapters.postgres.money_desk import open_desk
from tests.builders.physicians import a_physician_user, an_active_physician
from tests.fakes.money import AUD, FINANCE, PHYSICIAN, MoneyDesk, dollars
from tests.fakes.statements import InMemoryStatements

EVER = Period(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
THIRD, FOURTH, FIFTH = (ConsultationId(UUID(int=number)) for number in (3, 4, 5))


@frozen
class Books:
    desk: MoneyDesk
    queries: StatementQueries

    def statement(self, period: Period = EVER) -> Statement:
        found, _ = self.queries.statement(PHYSICIAN, AUD, period)
        found.check()
        return found

    def send(self, whole: int, *findings: TransferFinding) -> PayoutId:
        payout_id = self.desk.request(dollars(whole))
        self.desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
        with self.desk.uow as uow:
            reference = uow.payouts.get(payout_id).reference
        assert reference is not None
        for finding in findings:
            self.desk.vendor.report(reference, finding, fee=dollars(0, 25))
            self.desk.refresh_payout(actor=SYSTEM, reference=reference)
        return payout_id

    def refund(self, consultation_id: ConsultationId) -> None:
        quote = self.desk.quote_refund(actor=FINANCE, consultation_id=consultation_id)
        self.desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="complaint")


@pytest.fixture(params=["memory", "postgres"])
def books(request: pytest.FixtureRequest) -> Iterator[Books]:
    if request.param == "memory":
        desk = MoneyDesk()
        holder = Holder(
            physician_id=PHYSICIAN, name="Dr Amelia Moreau", time_zone="Australia/Sydney"
        )
        yield Books(desk, InMemoryStatements(desk.uow, {PHYSICIAN: holder}))
        return
    engine = build_engine(request.getfixturevalue("database_url"))
    desk = open_desk(engine)
    with desk.uow as uow:
        uow.users.add(a_physician_user())
        uow.physicians.add(an_active_physician(physician_id=PHYSICIAN))
        uow.commit()
    yield Books(desk, PostgresStatements(engine))
    engine.dispose()


@pytest.fixture
def history(books: Books) -> Books:
    """Two earnings; a payout that arrives, one that comes back; a refund that leaves a debt."""
    books.desk.earn(3)
    books.desk.earn(4)
    books.desk.be_payable()
    books.send(100, TransferFinding.PAID)
    books.send(20, TransferFinding.PAID, TransferFinding.FAILED)
    books.send(52, TransferFinding.PAID)
    books.refund(THIRD)
    books.desk.earn(5)
    return books


def test_the_holder_is_named_with_their_zone(books: Books) -> None:
    holder = books.queries.holder(PHYSICIAN)

    assert (holder.name, holder.time_zone) == ("Dr Amelia Moreau", "Australia/Sydney")
    with pytest.raises(PhysicianNotFound):
        books.queries.holder(PhysicianId(UUID(int=99)))


def test_a_wallet_without_bookings_has_an_empty_statement(books: Books) -> None:
    found = books.statement()

    assert books.queries.bookings(PHYSICIAN) == ()
    assert found.movements == ()
    assert found.opening == found.closing
    assert found.closing.owed == dollars(0)


def test_every_line_says_what_it_is_and_adds_up(history: Books) -> None:
    found = history.statement()

    assert [(line.kind, line.net, owed) for line, owed in found.lines] == [
        (MovementKind.CONSULTATION, dollars(76), dollars(76)),
        (MovementKind.CONSULTATION, dollars(76), dollars(152)),
        (MovementKind.PAYOUT, -dollars(100), dollars(52)),
        (MovementKind.PAYOUT, -dollars(20), dollars(32)),
        (MovementKind.PAYOUT_RETURNED, dollars(20), dollars(52)),
        (MovementKind.PAYOUT, -dollars(52), dollars(0)),
        (MovementKind.REFUND, -dollars(76), -dollars(76)),
        (MovementKind.CONSULTATION, dollars(76), dollars(0)),
        (MovementKind.DEBT_RECOVERED, dollars(0), dollars(0)),
    ]
    assert found.closing.owed == dollars(0)
    assert found.closing.available == found.closing.debt == dollars(38)


def test_a_consultation_shows_its_price_and_what_was_kept_of_it(history: Books) -> None:
    first = history.statement().of(MovementKind.CONSULTATION)[0]
    (refund,) = history.statement().of(MovementKind.REFUND)
    (recovery,) = history.statement().of(MovementKind.DEBT_RECOVERED)

    parts = (first.gross, first.commission, first.platform_fee, first.tax, first.borne)
    assert parts == (dollars(100), -dollars(19), -dollars(5), dollars(0), dollars(0))
    assert (refund.gross, refund.commission, refund.platform_fee) == (
        -dollars(100),
        dollars(19),
        dollars(5),
    )
    assert [each.consultation_id for each in (first, refund, recovery)] == [THIRD, THIRD, FIFTH]
    assert (refund.change.debt, recovery.change.debt) == (dollars(76), -dollars(38))


def test_two_periods_chain_wherever_they_are_cut(history: Books) -> None:
    whole = history.statement()
    for movement in whole.movements:
        before = history.statement(Period(EVER.start_at, movement.recorded_at))
        after = history.statement(Period(movement.recorded_at, EVER.end_at))

        assert before.opening.owed == dollars(0)
        assert before.closing == after.opening
        assert after.closing == whole.closing
        assert (*before.movements, *after.movements) == whole.movements


def test_money_on_its_way_is_owed_until_it_arrives(books: Books) -> None:
    books.desk.earn(3)
    books.desk.be_payable()
    books.send(50)

    found = books.statement()

    assert found.closing.in_transit == dollars(50)
    assert found.closing.owed == dollars(76)
    assert [line.kind for line, _ in found.lines] == [MovementKind.CONSULTATION]


def test_payouts_and_consultations_name_each_other(history: Books) -> None:
    _, withdrawals = history.queries.statement(PHYSICIAN, AUD, EVER)

    assert [
        (each.consultation_id, each.amount, each.returned_at is None) for each in withdrawals
    ] == [
        (THIRD, dollars(76), True),
        (FOURTH, dollars(24), True),
        (FOURTH, dollars(20), False),
        (FOURTH, dollars(52), True),
    ]


def test_a_payout_is_stated_by_what_it_is_made_of(history: Books) -> None:
    paid, returned, _ = sorted({each.payout_id for each in _withdrawals(history)})

    found = history.queries.payout(paid)
    came_back = history.queries.payout(returned)

    assert found is not None
    assert came_back is not None
    check_parts(found.parts, found.amount)
    check_parts(came_back.parts, came_back.amount)
    assert [(part.consultation_id, part.earned, part.amount) for part in found.parts] == [
        (THIRD, dollars(76), dollars(76)),
        (FOURTH, dollars(76), dollars(24)),
    ]
    assert (found.parts[0].gross, found.parts[0].commission) == (dollars(100), -dollars(19))
    assert (found.status, came_back.status) == (PayoutStatus.PAID, PayoutStatus.RETURNED)
    assert came_back.parts[0].returned_at is not None
    assert history.queries.payout(PayoutId(UUID(int=12345))) is None


def test_bookings_tell_the_currency_and_the_first_and_last_of_them(history: Books) -> None:
    (booked,) = history.queries.bookings(PHYSICIAN)
    movements = history.statement().movements

    assert booked.currency == AUD
    # A payout's arrival touches none of the wallet's own accounts.
    assert booked.first_at == movements[0].recorded_at
    assert booked.last_at == movements[-1].recorded_at


def test_other_currencies_and_other_physicians_are_not_part_of_it(history: Books) -> None:
    yen, _ = history.queries.statement(PHYSICIAN, Currency("JPY"), EVER)
    others, _ = history.queries.statement(PhysicianId(UUID(int=99)), AUD, EVER)

    assert yen.movements == others.movements == ()
    assert yen.closing.owed == Money.of(0, "JPY")
    assert others.closing.owed == dollars(0)


def _withdrawals(books: Books) -> tuple[Withdrawal, ...]:
    _, withdrawals = books.queries.statement(PHYSICIAN, AUD, EVER)
    return withdrawals
