"""
What one person of finance cannot do alone, and what they can.
"""

from datetime import timedelta

import pytest
from attrs import evolve

from application.shared.access import SYSTEM, AccessDenied, Actor
from domain.identity.session import StepUpRequired
from domain.ledger.chart import wallet_available, wallet_held
from domain.payouts.approval import OwnPayout, SignedBefore
from domain.payouts.events import PayoutApproved, PayoutDeclined
from domain.payouts.failure import PayoutFailure
from domain.payouts.payout import Payout, PayoutMoved, PayoutStatus
from domain.shared.ids import PayoutId
from domain.wallets.wallet import WalletPolicy
from tests.fakes.money import (
    A_PHYSICIAN,
    FINANCE,
    PHYSICIAN,
    SECOND_FINANCE,
    MoneyDesk,
    dollars,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def desk() -> MoneyDesk:
    """Whoever asks for more than 40 dollars waits for two people."""
    desk = MoneyDesk(policy=WalletPolicy(approval_above=40))
    desk.earn()
    desk.be_payable()
    return desk


def payout(desk: MoneyDesk, payout_id: PayoutId) -> Payout:
    with desk.uow as uow:
        return uow.payouts.get(payout_id)


class TestAboveTheLimit:
    def test_stands_and_is_not_sent_before_two_people_agree(self, desk: MoneyDesk) -> None:
        payout_id = desk.request(dollars(40, 1))
        desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
        desk.sweep_payouts(actor=SYSTEM)
        assert payout(desk, payout_id).status is PayoutStatus.AWAITING_APPROVAL

        assert desk.approve_payout(actor=FINANCE, payout_id=payout_id, note="invoice seen") == 1
        desk.sweep_payouts(actor=SYSTEM)
        assert desk.vendor.submitted == []

        assert desk.approve_payout(actor=SECOND_FINANCE, payout_id=payout_id) == 0
        desk.sweep_payouts(actor=SYSTEM)
        assert payout(desk, payout_id).status is PayoutStatus.SUBMITTED
        assert len(desk.uow.events_of(PayoutApproved)) == 1
        audited = [r for r in desk.uow.audit.records if r.action == "payout.approved"]
        assert [(r.actor, r.details["missing"]) for r in audited] == [
            (FINANCE, "1"),
            (SECOND_FINANCE, "0"),
        ]

    def test_what_is_at_the_limit_is_sent_at_once(self, desk: MoneyDesk) -> None:
        payout_id = desk.request(dollars(40))

        desk.submit_payout(actor=SYSTEM, payout_id=payout_id)

        assert payout(desk, payout_id).status is PayoutStatus.SUBMITTED

    def test_the_limit_is_not_passed_in_halves(self, desk: MoneyDesk) -> None:
        first, second = desk.request(dollars(30)), desk.request(dollars(11))

        assert payout(desk, first).status is PayoutStatus.REQUESTED
        assert payout(desk, second).status is PayoutStatus.AWAITING_APPROVAL

        desk.cancel_payout(actor=A_PHYSICIAN, payout_id=second)
        desk.clock.pass_by(timedelta(days=1))
        assert payout(desk, desk.request(dollars(11))).status is PayoutStatus.REQUESTED

    def test_nobody_agrees_twice(self, desk: MoneyDesk) -> None:
        payout_id = desk.request(dollars(50))
        desk.approve_payout(actor=FINANCE, payout_id=payout_id)

        with pytest.raises(SignedBefore):
            desk.approve_payout(actor=FINANCE, payout_id=payout_id)

        assert payout(desk, payout_id).signatures_missing == 1

    def test_nobody_decides_on_their_own_money(self, desk: MoneyDesk) -> None:
        payout_id = desk.request(dollars(50))
        both = evolve(FINANCE, physician_id=PHYSICIAN)

        with pytest.raises(OwnPayout):
            desk.approve_payout(actor=both, payout_id=payout_id)
        with pytest.raises(OwnPayout):
            desk.decline_payout(actor=both, payout_id=payout_id, reason="mine")

    @pytest.mark.parametrize("who", [A_PHYSICIAN, SYSTEM])
    def test_only_finance_in_person_decides(self, desk: MoneyDesk, who: Actor) -> None:
        payout_id = desk.request(dollars(50))

        with pytest.raises(AccessDenied):
            desk.approve_payout(actor=who, payout_id=payout_id)

    def test_who_has_a_second_factor_gives_it_again(self, desk: MoneyDesk) -> None:
        payout_id = desk.request(dollars(50))
        long_ago = evolve(FINANCE, stepped_up_at=desk.clock.now() - timedelta(days=1))

        with pytest.raises(StepUpRequired):
            desk.approve_payout(actor=long_ago, payout_id=payout_id)

    def test_declined_gives_the_money_back_and_says_why(self, desk: MoneyDesk) -> None:
        payout_id = desk.request(dollars(50))
        desk.approve_payout(actor=FINANCE, payout_id=payout_id)

        desk.decline_payout(actor=SECOND_FINANCE, payout_id=payout_id, reason="Not yours yet.")

        found = payout(desk, payout_id)
        assert (found.status, found.declined_because) == (PayoutStatus.DECLINED, "Not yours yet.")
        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        assert desk.balance(wallet_held(PHYSICIAN)) == dollars(0)
        assert desk.uow.lots.all()[0].remaining == dollars(76)
        assert len(desk.uow.events_of(PayoutDeclined)) == 1
        for again in (desk.approve_payout, desk.cancel_payout):
            with pytest.raises(PayoutMoved):
                again(actor=FINANCE, payout_id=payout_id)

    def test_the_physician_may_call_it_back_meanwhile(self, desk: MoneyDesk) -> None:
        payout_id = desk.request(dollars(50))

        desk.cancel_payout(actor=A_PHYSICIAN, payout_id=payout_id)

        assert desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
        with pytest.raises(PayoutMoved):
            desk.approve_payout(actor=FINANCE, payout_id=payout_id)

    def test_what_is_sent_needs_no_approval(self, desk: MoneyDesk) -> None:
        payout_id = desk.request(dollars(10))

        with pytest.raises(PayoutMoved):
            desk.approve_payout(actor=FINANCE, payout_id=payout_id)


class TestResumePayout:
    def test_one_person_is_enough_where_nothing_was_sent(self, desk: MoneyDesk) -> None:
        payout_id = refused(desk, dollars(10).minor)

        assert desk.resume_payout(actor=FINANCE, payout_id=payout_id, reason="limit raised") == 0
        desk.sweep_payouts(actor=SYSTEM)

        assert payout(desk, payout_id).status is PayoutStatus.SUBMITTED

    def test_above_the_limit_it_takes_two(self, desk: MoneyDesk) -> None:
        payout_id = desk.request(dollars(50))
        for person in (FINANCE, SECOND_FINANCE):
            desk.approve_payout(actor=person, payout_id=payout_id)
        desk.vendor.rejects = PayoutFailure.LIMIT_EXCEEDED
        desk.submit_payout(actor=SYSTEM, payout_id=payout_id)

        assert desk.resume_payout(actor=FINANCE, payout_id=payout_id, reason="limit raised") == 1
        with pytest.raises(SignedBefore):
            desk.resume_payout(actor=FINANCE, payout_id=payout_id, reason="again")
        desk.sweep_payouts(actor=SYSTEM)
        assert len(desk.vendor.submitted) == 1

        assert desk.resume_payout(actor=SECOND_FINANCE, payout_id=payout_id, reason="yes") == 0
        desk.sweep_payouts(actor=SYSTEM)
        assert payout(desk, payout_id).status is PayoutStatus.SUBMITTED

    def test_an_unknown_outcome_takes_two_and_is_sent_as_another_attempt(
        self, desk: MoneyDesk
    ) -> None:
        payout_id = forgotten(desk)
        assert desk.resume_payout(actor=FINANCE, payout_id=payout_id, reason="not there") == 1
        desk.sweep_payouts(actor=SYSTEM)
        assert desk.vendor.submitted == []

        assert desk.resume_payout(actor=SECOND_FINANCE, payout_id=payout_id, reason="same") == 0
        desk.sweep_payouts(actor=SYSTEM)

        found = payout(desk, payout_id)
        assert found.status is PayoutStatus.SUBMITTED
        assert desk.vendor.submitted == [found.attempts[1].id]

    def test_the_attempt_that_was_given_up_stops_everything_if_it_turns_up(
        self, desk: MoneyDesk
    ) -> None:
        payout_id = forgotten(desk)
        late = desk.vendor.made_after_all(payout(desk, payout_id))
        for person in (FINANCE, SECOND_FINANCE):
            desk.resume_payout(actor=person, payout_id=payout_id, reason="not there")

        desk.refresh_payout(actor=SYSTEM, reference=late)
        desk.sweep_payouts(actor=SYSTEM)

        assert payout(desk, payout_id).review == "transfer_not_expected"
        assert desk.vendor.submitted == []

    def test_a_yes_to_an_earlier_question_does_not_count(self, desk: MoneyDesk) -> None:
        payout_id = forgotten(desk)
        desk.resume_payout(actor=FINANCE, payout_id=payout_id, reason="not there")
        late = desk.vendor.made_after_all(payout(desk, payout_id))
        desk.vendor.report(late, desk.vendor.find(late).finding, amount=dollars(60))
        desk.refresh_payout(actor=SYSTEM, reference=late)

        found = payout(desk, payout_id)
        assert (found.review, found.signatures_missing) == ("amount_differs", 2)

    def test_there_has_to_be_something_to_look_into(self, desk: MoneyDesk) -> None:
        payout_id = desk.request(dollars(10))

        with pytest.raises(PayoutMoved):
            desk.resume_payout(actor=FINANCE, payout_id=payout_id, reason="for fun")

    def test_nobody_resumes_their_own(self, desk: MoneyDesk) -> None:
        payout_id = refused(desk, 1_000)

        with pytest.raises(OwnPayout):
            desk.resume_payout(
                actor=evolve(FINANCE, physician_id=PHYSICIAN), payout_id=payout_id, reason="mine"
            )


def refused(desk: MoneyDesk, minor: int) -> PayoutId:
    """A small one that the vendor refused without moving anything."""
    payout_id = desk.request(dollars(0, minor))
    desk.vendor.rejects = PayoutFailure.LIMIT_EXCEEDED
    desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
    return payout_id


def forgotten(desk: MoneyDesk) -> PayoutId:
    """A small one of which the vendor may have forgotten that it knew it."""
    payout_id = desk.request(dollars(20))
    desk.vendor.deaf = True
    desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
    desk.clock.pass_by(timedelta(days=7))
    desk.sweep_payouts(actor=SYSTEM)
    return payout_id
