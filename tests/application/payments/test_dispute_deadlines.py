"""
Evidence before the bank's time limit: put together from facts, owned, and reminded of.
"""

from datetime import datetime, timedelta

import pytest

from application.payments.dispute_ports import ServiceFact, ServiceStep
from application.shared.access import SYSTEM, AccessDenied
from domain.catalogue.refund_policy import RefundCase, RefundPolicy, RefundRule
from domain.payments.dispute import Dispute
from domain.payments.events import DisputeDeadlineNear, DisputeFundsMoved
from domain.payments.evidence import Evidence
from tests.fakes.money import A_PHYSICIAN, CONSULTATION, FINANCE, MoneyDesk, dollars


@pytest.fixture
def desk() -> MoneyDesk:
    desk = MoneyDesk()
    desk.pay()
    desk.complete()
    return desk


@pytest.fixture
def opened(desk: MoneyDesk) -> Dispute:
    reference = desk.bank.open(desk.reference(), dollars(100))
    desk.refresh_dispute(actor=SYSTEM, reference=reference)
    return stored(desk)


def stored(desk: MoneyDesk) -> Dispute:
    return desk.uow.disputes.all()[0]


class TestEvidence:
    @pytest.fixture(autouse=True)
    def _a_service(self, desk: MoneyDesk) -> None:
        at = datetime.fromisoformat("2026-03-02T09:30:00+00:00")
        desk.services.done[CONSULTATION] = [
            ServiceFact(step=step, at=at + timedelta(minutes=number))
            for number, step in enumerate(ServiceStep)
            if step is not ServiceStep.CANCELLED
        ]
        policy = RefundPolicy(
            (
                RefundRule(applies_when=RefundCase.BEFORE_CLAIM, refund_percent=100),
                RefundRule(
                    applies_when=RefundCase.HOURS_BEFORE_APPOINTMENT, refund_percent=50, hours=24
                ),
            )
        )
        desk.consultations.change(CONSULTATION, refund_policy=policy)

    def test_is_put_together_from_what_there_is(self, desk: MoneyDesk, opened: Dispute) -> None:
        draft = desk.draft_evidence(actor=FINANCE, dispute_id=opened.id)

        assert draft.service_on == "2026-03-02"
        assert "It was completed on 02 March 2026." in draft.explanation
        assert draft.refund_policy == (
            "100% of the price comes back before a physician takes the request on.\n"
            "50% of the price comes back up to 24 hours before the booked time.\n"
            "Otherwise a patient who cancels gets nothing back."
        )
        assert draft.activity is not None
        assert draft.activity.splitlines()[0] == (
            "02 March 2026, 09:30 UTC: The patient handed the request in and agreed to the terms."
        )
        assert len(draft.activity.splitlines()) == len(ServiceStep) - 1
        assert draft.receipt is not None
        assert "100.00" in draft.receipt

    def test_tells_what_was_given_back_before(self, desk: MoneyDesk) -> None:
        quote = desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION, amount=dollars(30))
        refund_id = desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="late")
        desk.submit_refund(actor=SYSTEM, refund_id=refund_id)
        desk.refresh_dispute(actor=SYSTEM, reference=desk.bank.open(desk.reference(), dollars(70)))

        draft = desk.draft_evidence(actor=FINANCE, dispute_id=stored(desk).id)

        assert draft.receipt is not None
        assert "Given back: " in draft.receipt
        assert "30.00" in draft.receipt

    def test_of_a_service_that_was_not_completed_claims_no_day(
        self, desk: MoneyDesk, opened: Dispute
    ) -> None:
        desk.services.done.clear()

        draft = desk.draft_evidence(actor=FINANCE, dispute_id=opened.id)

        assert (draft.service_on, draft.activity) == (None, None)
        assert "completed" not in draft.explanation

    def test_is_sent_with_the_explanation_of_a_person(
        self, desk: MoneyDesk, opened: Dispute
    ) -> None:
        desk.submit_evidence(
            actor=FINANCE, dispute_id=opened.id, evidence=Evidence(explanation="They came.")
        )

        (sent,) = desk.bank.answers
        assert (sent.explanation, sent.service_on) == ("They came.", "2026-03-02")
        assert sent.activity is not None
        assert sent.refund_policy is not None

    def test_is_for_finance(self, desk: MoneyDesk, opened: Dispute) -> None:
        with pytest.raises(AccessDenied):
            desk.draft_evidence(actor=A_PHYSICIAN, dispute_id=opened.id)


class TestReminders:
    @pytest.mark.parametrize(
        ("before", "escalates", "is_missed"),
        [
            (timedelta(days=3), False, False),
            (timedelta(days=1), True, False),
            (timedelta(0), True, True),
        ],
    )
    def test_come_once_for_each_step_towards_the_time_limit(
        self,
        desk: MoneyDesk,
        opened: Dispute,
        *,
        before: timedelta,
        escalates: bool,
        is_missed: bool,
    ) -> None:
        desk.assign_dispute(actor=FINANCE, dispute_id=opened.id)
        assert opened.evidence_due_at is not None
        desk.clock.at = opened.evidence_due_at - before

        for _ in range(3):
            desk.remind_of_disputes(actor=SYSTEM)

        (reminder,) = desk.uow.events_of(DisputeDeadlineNear)
        assert reminder.owner_id == FINANCE.user_id
        assert (reminder.escalates, reminder.is_missed) == (escalates, is_missed)

    def test_go_to_everybody_while_nobody_owns_it(self, desk: MoneyDesk, opened: Dispute) -> None:
        desk.clock.pass_by(timedelta(days=27))

        desk.remind_of_disputes(actor=SYSTEM)

        (reminder,) = desk.uow.events_of(DisputeDeadlineNear)
        assert (reminder.owner_id, reminder.escalates) == (None, True)

    def test_do_not_come_long_before(self, desk: MoneyDesk, opened: Dispute) -> None:
        desk.clock.pass_by(timedelta(days=26))

        assert desk.remind_of_disputes(actor=SYSTEM) == 0
        assert desk.uow.events_of(DisputeDeadlineNear) == []

    def test_end_with_the_answer(self, desk: MoneyDesk, opened: Dispute) -> None:
        desk.submit_evidence(
            actor=FINANCE, dispute_id=opened.id, evidence=Evidence(explanation="They came.")
        )
        desk.clock.pass_by(timedelta(days=40))

        desk.remind_of_disputes(actor=SYSTEM)

        assert desk.uow.events_of(DisputeDeadlineNear) == []

    def test_begin_anew_when_the_bank_gives_more_time(
        self, desk: MoneyDesk, opened: Dispute
    ) -> None:
        desk.clock.pass_by(timedelta(days=27))
        desk.remind_of_disputes(actor=SYSTEM)
        later = desk.clock.now() + timedelta(days=10)
        desk.bank.change(opened.reference, evidence_due_at=later)
        desk.refresh_dispute(actor=SYSTEM, reference=opened.reference)
        desk.clock.pass_by(timedelta(days=8))

        desk.remind_of_disputes(actor=SYSTEM)

        assert [each.due_at for each in desk.uow.events_of(DisputeDeadlineNear)][1:] == [later]

    def test_are_for_the_clock(self, desk: MoneyDesk) -> None:
        with pytest.raises(AccessDenied):
            desk.remind_of_disputes(actor=FINANCE)


def test_every_movement_of_money_is_told_once(desk: MoneyDesk, opened: Dispute) -> None:
    desk.bank.win(opened.reference)
    for _ in range(2):
        desk.refresh_dispute(actor=SYSTEM, reference=opened.reference)

    moved = desk.uow.events_of(DisputeFundsMoved)
    assert [(each.amount, each.fee) for each in moved] == [
        (-dollars(100), dollars(15)),
        (dollars(100), dollars(0)),
    ]
