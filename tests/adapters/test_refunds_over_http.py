"""
Refunds and disputes at the played processor, over HTTP, with a real database: faults by number.

After each the books hold, and say the same as the processor's.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from adapters.postgres.unit_of_work import PostgresUnitOfWork
from application.payments.ports import PaymentOutcomeUnknown, RefundInstruction, Stage
from application.shared.access import SYSTEM
from domain.ledger.chart import (
    COMMISSION,
    DISPUTED_FUNDS,
    GOODWILL,
    PROCESSOR_CLEARING,
    physician_debt,
    wallet_available,
    wallet_pending,
)
from domain.payments.payment import Payment, PaymentStatus
from domain.payments.refund import QuoteNoLongerTrue, Refund, RefundStatus
from domain.shared.errors import InvariantError
from domain.shared.ids import RefundId
from domain.shared.money import Money
from tests.adapters.money_house import House, open_house
from tests.fakes.money import CONSULTATION, FINANCE, PHYSICIAN, dollars


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    with open_house(database_url) as house:
        yield house


def refund(house: House, amount: Money | None = None) -> RefundId:
    """Quoted, agreed to and sent; what the processor says of it has not been heard yet."""
    desk = house.desk
    quote = desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION, amount=amount)
    refund_id = desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="complaint")
    desk.submit_refund(actor=SYSTEM, refund_id=refund_id)
    return refund_id


def payment(house: House) -> Payment:
    with house.desk.uow as uow:
        found = uow.payments.of_consultation(CONSULTATION)
    assert found is not None
    return found


def refunds(house: House) -> tuple[Refund, ...]:
    paid = payment(house)
    with house.desk.uow as uow:
        return uow.refunds.of_payment(paid.id)


def control(house: House, deed: str, **body: Any) -> str:
    return str(house.world.control(f"stripe/{deed}", **body)["id"])


def refund_in_the_dashboard(house: House, cents: int) -> str:
    return control(house, "refund", payment_intent=house.desk.reference(), amount=cents)


def dispute(house: House, **given: Any) -> str:
    return control(house, "create_dispute", payment_intent=house.desk.reference(), **given)


def pay_out(house: House) -> None:
    """All that was earned is with the physician's bank."""
    house.be_payable()
    payout_id = house.desk.request(dollars(76))
    house.desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
    house.move(payout_id, "PROCESSING", "SENT", "PAID")
    house.take_webhooks()


class TestRefunds:
    def test_the_quote_is_what_is_posted(self, house: House) -> None:
        house.earn()
        quote = house.desk.quote_refund(
            actor=FINANCE, consultation_id=CONSULTATION, amount=dollars(50)
        )
        house.desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="complaint")

        (posted,) = refunds(house)
        assert posted.shares == quote.shares

    def test_a_quote_whose_facts_changed_is_refused(self, house: House) -> None:
        house.earn()
        quote = house.desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION)
        pay_out(house)

        with pytest.raises(QuoteNoLongerTrue):
            house.desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="late")
        assert refunds(house) == ()

    def test_after_the_payout_the_physician_owes_it(self, house: House) -> None:
        house.earn()
        pay_out(house)

        refund(house)
        house.take_webhooks()

        assert house.desk.balance(physician_debt(PHYSICIAN)) == dollars(76)
        assert house.payment_status() is PaymentStatus.REFUNDED
        house.assert_books_hold()

    @pytest.mark.fault(3)
    def test_several_and_the_first_told_again_at_the_end(self, house: House) -> None:
        house.earn()
        for cents in (3_000, 2_000, 5_000):
            refund(house, Money.of(cents, "AUD"))
            house.take_webhooks()
        heard = [each for each in house.world.ear.heard if each.json["type"].startswith("refund.")]
        first = heard[0]

        house.world.ear.heard[:] = [first] * 5
        house.take_webhooks()

        assert [each.status for each in refunds(house)] == [RefundStatus.SUCCEEDED] * 3
        assert house.payment_status() is PaymentStatus.REFUNDED
        assert house.desk.balance(PROCESSOR_CLEARING) == dollars(0)
        assert house.desk.balance(wallet_available(PHYSICIAN)) == dollars(0)
        house.assert_books_hold()

    @pytest.mark.fault(4)
    def test_made_in_the_dashboard_is_booked_once_and_shown_to_staff(self, house: House) -> None:
        house.earn()
        refund_in_the_dashboard(house, 4_000)

        house.take_webhooks()
        house.desk.sweep_refunds(actor=SYSTEM)

        (found,) = refunds(house)
        assert (found.status, found.quote_id) == (RefundStatus.SUCCEEDED, None)
        assert payment(house).review == "refunded_at_the_processor"
        assert house.desk.balance(COMMISSION) == dollars(11, 40)
        house.assert_books_hold()

    @pytest.mark.fault(4)
    def test_made_in_the_dashboard_and_never_told_is_found_by_asking(self, house: House) -> None:
        house.earn()
        house.world.fault("stripe", "webhook_drop", times=99)
        refund_in_the_dashboard(house, 4_000)
        house.take_webhooks()
        assert refunds(house) == ()

        for _ in range(2):
            house.desk.sweep_refunds(actor=SYSTEM)

        assert [each.status for each in refunds(house)] == [RefundStatus.SUCCEEDED]
        house.assert_books_hold()

    @pytest.mark.fault(4)
    @pytest.mark.parametrize("told", [True, False])
    def test_that_fails_after_it_succeeded_is_undone(self, house: House, *, told: bool) -> None:
        house.earn()
        refund(house)
        house.take_webhooks()
        (done,) = refunds(house)
        if not told:
            house.world.fault("stripe", "webhook_drop", times=99)
        control(house, "fail_refund", id=done.reference)

        house.take_webhooks()
        house.desk.clock.pass_by(timedelta(days=1))
        house.desk.sweep_refunds(actor=SYSTEM)

        assert [each.status for each in refunds(house)] == [RefundStatus.FAILED]
        assert house.payment_status() is PaymentStatus.CAPTURED
        assert house.desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        house.assert_books_hold()

    @pytest.mark.fault(8)
    def test_the_same_key_with_another_amount_gives_nothing_more_back(self, house: House) -> None:
        house.earn()
        refund_id = refund(house, dollars(30))
        other = RefundInstruction(
            refund_id=refund_id, payment_reference=house.desk.reference(), amount=dollars(40)
        )

        with pytest.raises(InvariantError):
            house.desk.processor.refund(other)

        house.take_webhooks()
        assert payment(house).refunded == dollars(30)
        house.assert_books_hold()

    @pytest.mark.fault(8)
    def test_the_same_key_at_once_gives_back_once(self, house: House) -> None:
        house.earn()
        refund_id = refund(house, dollars(30))
        again = RefundInstruction(
            refund_id=refund_id, payment_reference=house.desk.reference(), amount=dollars(30)
        )

        def ask(_: int) -> str | None:
            try:
                return house.desk.processor.refund(again).reference
            except PaymentOutcomeUnknown:
                return None  # the first one is still at work

        with ThreadPoolExecutor(max_workers=8) as pool:
            answers = set(pool.map(ask, range(16)))

        assert answers - {None} == {refunds(house)[0].reference}
        house.take_webhooks()
        house.assert_books_hold()

    @pytest.mark.fault(7)
    def test_an_answer_that_is_lost_is_asked_for_with_the_same_key(self, house: House) -> None:
        house.earn()
        house.world.fault(
            "stripe", "respond_500_after_commit", match={"path": "/v1/refunds", "method": "POST"}
        )
        with pytest.raises(PaymentOutcomeUnknown):
            refund(house)

        house.desk.clock.pass_by(timedelta(hours=1))
        house.desk.sweep_refunds(actor=SYSTEM)

        assert [each.status for each in refunds(house)] == [RefundStatus.SUCCEEDED]
        assert house.payment_status() is PaymentStatus.REFUNDED
        house.assert_books_hold()

    @pytest.mark.fault(11)
    def test_rolled_back_here_and_done_there_is_brought_home_by_the_message(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        house.earn()
        quote = house.desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION)
        refund_id = house.desk.refund_payment(
            actor=FINANCE, quote_id=quote.quote_id, reason="complaint"
        )
        with monkeypatch.context() as patched:
            patched.setattr(PostgresUnitOfWork, "commit", _the_database_is_gone)
            with pytest.raises(ConnectionError):
                house.desk.submit_refund(actor=SYSTEM, refund_id=refund_id)
        assert [each.status for each in refunds(house)] == [RefundStatus.REQUESTED]

        house.take_webhooks()

        assert [each.status for each in refunds(house)] == [RefundStatus.SUCCEEDED]
        house.assert_books_hold()

    @pytest.mark.fault(12)
    def test_a_message_with_an_old_status_is_only_a_hint(self, house: House) -> None:
        house.earn()
        house.world.fault("stripe", "webhook_stale_status", times=99, status="failed")
        refund(house)

        house.take_webhooks()

        assert [each.status for each in refunds(house)] == [RefundStatus.SUCCEEDED]
        house.assert_books_hold()

    @pytest.mark.fault(13)
    def test_what_the_answer_told_first_is_not_booked_again_by_the_message(
        self, house: House
    ) -> None:
        house.pay_on_the_hosted_page()
        house.take_webhooks()
        house.world.fault("stripe", "webhook_drop", times=99)
        house.desk.consultations.change(CONSULTATION, stage=Stage.WAITING)
        house.desk.complete()
        refund(house, dollars(30))
        before = len(house.world.ear.heard)
        balances = [house.desk.balance(each) for each in (PROCESSOR_CLEARING, COMMISSION)]
        assert payment(house).refunded == dollars(30)

        late = house.world.http.get(
            f"{house.world.url}/_sandbox/deliveries", params={"vendor": "stripe"}
        ).json()["data"]
        for delivery in late:
            house.world.control(f"deliveries/{delivery['id']}/resend")
        house.take_webhooks()

        assert len(house.world.ear.heard) > before
        assert [house.desk.balance(each) for each in (PROCESSOR_CLEARING, COMMISSION)] == balances
        house.assert_books_hold()


class TestRefundsTogetherWithDisputes:
    def test_refunded_first_the_bank_gets_the_rest(self, house: House) -> None:
        house.earn()
        refund(house, dollars(40))
        reference = dispute(house, amount=6_000)
        control(house, "lose_dispute", id=reference)

        house.take_webhooks()

        assert house.desk.balance(wallet_available(PHYSICIAN)) == dollars(0)
        assert house.desk.balance(GOODWILL) == dollars(0)
        house.assert_books_hold()

    def test_disputed_first_what_is_refunded_here_meanwhile_is_refused_there(
        self, house: House
    ) -> None:
        house.earn()
        dispute(house)

        refund(house)
        house.take_webhooks()

        assert [each.status for each in refunds(house)] == [RefundStatus.FAILED]
        assert house.desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        assert house.desk.balance(DISPUTED_FUNDS) == dollars(100)
        house.assert_books_hold()

    def test_lost_before_we_heard_of_an_earlier_refund_nobody_loses_twice(
        self, house: House
    ) -> None:
        house.earn()
        refund_in_the_dashboard(house, 4_000)
        reference = dispute(house, amount=6_000)
        control(house, "lose_dispute", id=reference)
        house.desk.refresh_dispute(actor=SYSTEM, reference=reference)

        house.take_webhooks()

        assert house.desk.balance(wallet_available(PHYSICIAN)) == dollars(0)
        assert house.desk.balance(physician_debt(PHYSICIAN)) == dollars(0)
        house.assert_books_hold()


class TestDisputes:
    @pytest.mark.parametrize("inquiry", [False, True])
    def test_that_is_won_or_let_drop_leaves_everybody_with_theirs(
        self, house: House, *, inquiry: bool
    ) -> None:
        house.earn()
        reference = dispute(house, inquiry=inquiry)
        house.take_webhooks()
        house.assert_books_hold()

        control(house, "win_dispute", id=reference)
        house.take_webhooks()

        assert house.desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        assert house.desk.balance(DISPUTED_FUNDS) == dollars(0)
        house.assert_books_hold()

    @pytest.mark.fault(18)
    def test_withdrawn_and_reinstated_after_the_payout_is_a_debt_and_then_none(
        self, house: House
    ) -> None:
        house.earn()
        pay_out(house)
        reference = dispute(house)
        control(house, "lose_dispute", id=reference)
        house.take_webhooks()
        owed = [house.desk.balance(physician_debt(PHYSICIAN))]

        for deed in ("reinstate_dispute_funds", "withdraw_dispute_funds"):
            control(house, deed, id=reference)
            house.take_webhooks()
            owed.append(house.desk.balance(physician_debt(PHYSICIAN)))
            house.assert_books_hold()
        control(house, "reinstate_dispute_funds", id=reference)
        house.take_webhooks()

        assert owed == [dollars(76), dollars(0), dollars(76)]
        assert house.desk.balance(physician_debt(PHYSICIAN)) == dollars(0)
        assert house.desk.balance(wallet_pending(PHYSICIAN)) == dollars(0)
        house.assert_books_hold()

    @pytest.mark.fault(18)
    def test_a_debt_that_was_recovered_is_owed_back_when_the_money_is_reinstated(
        self, house: House
    ) -> None:
        house.earn()
        pay_out(house)
        reference = dispute(house)
        control(house, "lose_dispute", id=reference)
        house.take_webhooks()
        house.earn_another(4)
        recovered = house.desk.balance(physician_debt(PHYSICIAN))

        control(house, "reinstate_dispute_funds", id=reference)
        house.take_webhooks()

        assert recovered == dollars(38)
        assert house.desk.balance(physician_debt(PHYSICIAN)) == dollars(0)
        assert house.desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        house.assert_books_hold()


def _the_database_is_gone(_: object) -> None:
    raise ConnectionError
