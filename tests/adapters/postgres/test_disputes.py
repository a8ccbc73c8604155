"""
Disputes through the real database and the played Stripe: the books hold at the end of each.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import define
from sqlalchemy import Engine

from adapters.postgres.engine import build_engine
from adapters.postgres.queries.disputes import PostgresDisputeQueries
from adapters.postgres.queries.ledger import PostgresBooks
from adapters.postgres.queries.wallets import PostgresWalletQueries
from adapters.stripe.books import StripeBooks
from adapters.stripe.disputes import StripeDisputes
from adapters.stripe.payments import StripePayments
from adapters.stripe.webhooks import StripeWebhooks
from adapters.system.ids import RandomIds
from application.ledger.books import VerifyBooks
from application.payments.dispute_queries import (
    DisputeChange,
    DisputeView,
    ListDisputes,
    ListUndecidedDisputes,
    ViewDispute,
    ViewDisputeHistory,
)
from application.payments.disputes import RefreshDispute
from application.payments.ports import Stage
from application.shared.access import SYSTEM, AccessDenied
from application.wallets.queries import CauseKind, ViewStatement
from application.webhooks.routing import find_route
from domain.ledger.chart import (
    DISPUTED_FUNDS,
    PROCESSOR_CLEARING,
    wallet_available,
    wallet_pending,
)
from domain.payments.dispute import DisputeFinding, DisputeNotFound, DisputeStatus
from domain.payments.evidence import Evidence
from domain.shared.ids import DisputeId, to_wire
from tests.adapters.postgres.money_desk import assert_books_hold, open_desk
from tests.entrypoints.sandbox.stripe_world import Shop
from tests.entrypoints.sandbox.stripe_world import shop as open_shop
from tests.fakes.clock import FixedClock
from tests.fakes.money import (
    A_PHYSICIAN,
    AUD,
    CONSULTATION,
    FINANCE,
    PHYSICIAN,
    MoneyDesk,
    dollars,
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = build_engine(database_url, pool_size=5)
    yield engine
    engine.dispose()


def history(engine: Engine, dispute_id: DisputeId) -> tuple[DisputeChange, ...]:
    return ViewDisputeHistory(PostgresDisputeQueries(engine))(actor=FINANCE, dispute_id=dispute_id)


def disputes(engine: Engine, status: DisputeStatus | None = None) -> tuple[DisputeView, ...]:
    return ListDisputes(PostgresDisputeQueries(engine))(actor=FINANCE, status=status).items


class TestThroughTheDatabase:
    @pytest.fixture
    def desk(self, engine: Engine) -> MoneyDesk:
        return open_desk(engine)

    def test_the_books_hold_through_every_turn(self, engine: Engine, desk: MoneyDesk) -> None:
        desk.deliver()
        reference = desk.bank.open(desk.reference(), dollars(100))

        for turn in (
            desk.bank.lose,
            desk.bank.reinstate,
            desk.bank.withdraw,
            desk.bank.win,
        ):
            desk.refresh_dispute(actor=SYSTEM, reference=reference)
            assert_books_hold(engine, desk)
            turn(reference)
        desk.clock.pass_by(timedelta(days=3))
        desk.mature_earnings(actor=SYSTEM)
        desk.refresh_dispute(actor=SYSTEM, reference=reference)

        assert_books_hold(engine, desk)
        (found,) = disputes(engine)
        assert (found.status, found.away, found.shares) == (DisputeStatus.WON, dollars(0), None)
        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(76)

    def test_the_books_hold_after_refund_and_dispute(self, engine: Engine, desk: MoneyDesk) -> None:
        desk.deliver()
        quote = desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION, amount=dollars(40))
        refund_id = desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="late")
        desk.submit_refund(actor=SYSTEM, refund_id=refund_id)
        reference = desk.bank.open(desk.reference(), dollars(100))
        desk.bank.lose(reference)
        desk.refresh_dispute(actor=SYSTEM, reference=reference)

        assert_books_hold(engine, desk)
        (found,) = disputes(engine, DisputeStatus.LOST)
        assert found.shares is not None
        assert (found.shares.amount, found.beyond) == (dollars(60), dollars(40))
        assert disputes(engine, DisputeStatus.WON) == ()

    def test_a_statement_names_the_dispute(self, engine: Engine, desk: MoneyDesk) -> None:
        desk.deliver()
        reference = desk.bank.open(desk.reference(), dollars(100))
        desk.bank.lose(reference)
        desk.refresh_dispute(actor=SYSTEM, reference=reference)

        view = ViewStatement(PostgresWalletQueries(engine))
        line = view(actor=A_PHYSICIAN, physician_id=PHYSICIAN, currency=AUD).items[0]

        assert (line.cause_kind, line.reason) == (CauseKind.DISPUTE, "dispute_lost")
        assert line.consultation == to_wire("consultation", CONSULTATION)

    def test_a_sweep_finds_and_follows(self, engine: Engine, desk: MoneyDesk) -> None:
        desk.deliver()
        reference = desk.bank.open(desk.reference(), dollars(100))
        assert desk.sweep_disputes(actor=SYSTEM) == 1
        assert desk.sweep_disputes(actor=SYSTEM) == 0

        desk.clock.pass_by(timedelta(hours=1))
        desk.bank.lose(reference)
        assert desk.sweep_disputes(actor=SYSTEM) == 1
        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)

    def test_who_answers_it_is_kept(self, engine: Engine, desk: MoneyDesk) -> None:
        desk.deliver()
        reference = desk.bank.open(desk.reference(), dollars(100))
        desk.refresh_dispute(actor=SYSTEM, reference=reference)
        dispute_id = disputes(engine)[0].dispute_id

        desk.assign_dispute(actor=FINANCE, dispute_id=dispute_id)
        desk.submit_evidence(
            actor=FINANCE, dispute_id=dispute_id, evidence=Evidence(explanation="It took place.")
        )

        found = ViewDispute(PostgresDisputeQueries(engine))(actor=FINANCE, dispute_id=dispute_id)
        assert (found.owner_id, found.status) == (FINANCE.user_id, DisputeStatus.UNDER_REVIEW)
        assert found.evidence_sent_at == desk.clock.now()

    def test_how_often_it_was_reminded_of_is_kept(self, engine: Engine, desk: MoneyDesk) -> None:
        desk.deliver()
        desk.refresh_dispute(actor=SYSTEM, reference=desk.bank.open(desk.reference(), dollars(100)))
        desk.clock.pass_by(timedelta(days=27))

        waiting = [desk.remind_of_disputes(actor=SYSTEM) for _ in range(2)]

        assert waiting == [1, 1]
        (found,) = disputes(engine)
        reminders = [each for each in history(engine, found.dispute_id) if "Deadline" in each.kind]
        assert len(reminders) == 1

    def test_its_history_is_told_in_order(self, engine: Engine, desk: MoneyDesk) -> None:
        desk.deliver()
        reference = desk.bank.open(desk.reference(), dollars(100))
        desk.refresh_dispute(actor=SYSTEM, reference=reference)
        desk.bank.win(reference)
        desk.refresh_dispute(actor=SYSTEM, reference=reference)

        (found,) = disputes(engine)
        assert [(each.kind, each.amount) for each in history(engine, found.dispute_id)] == [
            ("DisputeOpened", None),
            ("DisputeFundsMoved", -dollars(100)),
            ("DisputeWon", None),
            ("DisputeFundsMoved", dollars(100)),
        ]
        with pytest.raises(DisputeNotFound):
            history(engine, DisputeId(RandomIds().new()))

    def test_those_that_wait_are_listed_by_their_time_limit(
        self, engine: Engine, desk: MoneyDesk
    ) -> None:
        queries = PostgresDisputeQueries(engine)
        due = desk.clock.now() + timedelta(days=5)
        wanted = []
        for number, (days, change) in enumerate(
            ((2, {}), (1, {}), (None, {}), (0, {"finding": DisputeFinding.UNDER_REVIEW})), start=3
        ):
            consultation_id = desk.deliver(number)
            reference = desk.bank.open(desk.reference(consultation_id), dollars(100))
            limit = None if days is None else due + timedelta(days=days)
            desk.bank.change(reference, evidence_due_at=limit, **change)
            desk.refresh_dispute(actor=SYSTEM, reference=reference)
            wanted.append(reference)
        desk.bank.lose(lost := desk.bank.open(desk.reference(desk.deliver(9)), dollars(100)))
        desk.refresh_dispute(actor=SYSTEM, reference=lost)

        found, cursor = [], None
        while True:
            page = ListUndecidedDisputes(queries)(actor=FINANCE, limit=1, cursor=cursor)
            found += [each.reference for each in page.items]
            if (cursor := page.next_cursor) is None:
                break

        assert found == [wanted[1], wanted[0], wanted[2], wanted[3]]

    def test_is_shown_to_finance_alone(self, engine: Engine) -> None:
        queries = PostgresDisputeQueries(engine)
        nobodys = DisputeId(CONSULTATION)

        with pytest.raises(AccessDenied):
            ListDisputes(queries)(actor=A_PHYSICIAN)
        with pytest.raises(AccessDenied):
            ViewDispute(queries)(actor=A_PHYSICIAN, dispute_id=nobodys)
        with pytest.raises(DisputeNotFound):
            ViewDispute(queries)(actor=FINANCE, dispute_id=nobodys)


@define
class Counter:
    """A desk whose card processor is the played Stripe, and its webhooks."""

    engine: Engine
    desk: MoneyDesk
    shop: Shop

    def deliver(self) -> None:
        started = self.desk.start()
        reference = self.desk.reference()
        assert started.redirect_url
        self.shop.v1.payment_intents.confirm(reference, {"payment_method": "pm_card_visa"})
        self.desk.refresh_payment(actor=SYSTEM, reference=reference)
        self.desk.consultations.change(CONSULTATION, stage=Stage.WAITING)
        self.desk.complete()

    def dispute(self, **given: Any) -> str:
        made = self.shop.control("create_dispute", payment_intent=self.desk.reference(), **given)
        return str(made["id"])

    def hear(self, *, times: int = 1) -> None:
        """Every message about disputes so far, in order, as often as wanted."""
        self.shop.world.run_due()
        health = self.shop.world.http.get(f"{self.shop.world.url}/_sandbox/health").json()
        webhooks = StripeWebhooks(
            ("whsec_scripted",), FixedClock(datetime.fromisoformat(health["now"]))
        )
        for heard in self.shop.world.ear.heard:
            event = webhooks.verify(headers=heard.headers, body=heard.raw, url=heard.path)
            route = find_route("stripe", event.kind)
            if route is not None and route.use_case is RefreshDispute:
                for _ in range(times):
                    self.desk.refresh_dispute(actor=SYSTEM, **route.arguments(event))

    def assert_books_hold(self) -> None:
        verify = VerifyBooks(
            PostgresBooks(self.engine), StripeBooks(self.shop.client), self.desk.clock
        )
        results = verify(actor=FINANCE).results
        assert [each.breaks for each in results if not each.holds] == []


class TestThroughStripe:
    @pytest.fixture
    def counter(self, engine: Engine) -> Iterator[Counter]:
        with open_shop() as shop:
            desk = open_desk(engine)
            desk.processor = StripePayments(  # type: ignore[assignment]
                shop.client, f"{shop.world.url}/stripe/pay"
            )
            desk.bank = StripeDisputes(shop.client)  # type: ignore[assignment]
            counter = Counter(engine, desk, shop)
            counter.deliver()
            yield counter

    def test_won(self, counter: Counter) -> None:
        reference = counter.dispute()
        counter.hear()
        assert counter.desk.balance(DISPUTED_FUNDS) == dollars(100)
        counter.assert_books_hold()

        counter.shop.control("win_dispute", id=reference)
        counter.hear()

        assert counter.desk.balance(DISPUTED_FUNDS) == dollars(0)
        assert counter.desk.balance(PROCESSOR_CLEARING) == dollars(85)
        counter.assert_books_hold()

    def test_lost_and_told_ten_times(self, counter: Counter) -> None:
        reference = counter.dispute()
        counter.hear(times=10)
        counter.shop.control("lose_dispute", id=reference)
        counter.hear(times=10)

        assert counter.desk.balance(DISPUTED_FUNDS) == dollars(0)
        assert counter.desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)
        assert counter.desk.balance(PROCESSOR_CLEARING) == -dollars(15)
        counter.assert_books_hold()

    def test_withdrawn_and_reinstated_after_it_was_lost(self, counter: Counter) -> None:
        reference = counter.dispute()
        counter.shop.control("lose_dispute", id=reference)
        counter.hear()
        for action, pending in (
            ("reinstate_dispute_funds", dollars(76)),
            ("withdraw_dispute_funds", dollars(0)),
            ("reinstate_dispute_funds", dollars(76)),
        ):
            counter.shop.control(action, id=reference)
            counter.hear(times=2)
            assert counter.desk.balance(wallet_pending(PHYSICIAN)) == pending
            counter.assert_books_hold()

    def test_part_of_it_after_a_refund(self, counter: Counter) -> None:
        desk = counter.desk
        quote = desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION, amount=dollars(40))
        refund_id = desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="late")
        desk.submit_refund(actor=SYSTEM, refund_id=refund_id)
        reference = counter.dispute(amount=6000)
        counter.shop.control("lose_dispute", id=reference)
        counter.hear()

        assert desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)
        counter.assert_books_hold()

    def test_answered(self, counter: Counter) -> None:
        counter.dispute()
        counter.hear()
        dispute_id = disputes(counter.engine)[0].dispute_id

        counter.desk.submit_evidence(
            actor=FINANCE,
            dispute_id=dispute_id,
            evidence=Evidence(explanation="It took place.", service_on="2026-03-02"),
        )
        counter.hear()

        assert disputes(counter.engine)[0].status is DisputeStatus.UNDER_REVIEW
        counter.assert_books_hold()
