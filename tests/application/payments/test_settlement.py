"""
Money comes in: started, authorised, captured, whichever way we learn of it.
"""

from datetime import timedelta

import pytest

from application.payments.ports import PaymentOutcomeUnknown, Stage
from application.payments.settlement import FollowUpPayment
from application.shared.access import SYSTEM, AccessDenied, Actor
from domain.catalogue.service import CaptureOn
from domain.ledger.chart import PATIENT_FUNDS, PROCESSOR_CLEARING
from domain.payments.events import (
    PaymentAuthorised,
    PaymentCancelled,
    PaymentCaptured,
    PaymentFailed,
    PaymentNeedsReview,
)
from domain.payments.payment import Finding, NothingToPay, PaymentNotFound, PaymentStatus
from tests.fakes.money import (
    A_PATIENT,
    A_PHYSICIAN,
    CONSULTATION,
    PHYSICIAN,
    RETURN_URL,
    MoneyDesk,
    dollars,
)

LONG = timedelta(hours=1)


@pytest.fixture
def desk() -> MoneyDesk:
    return MoneyDesk()


def status(desk: MoneyDesk) -> PaymentStatus:
    payment = desk.uow.payments.of_consultation(CONSULTATION)
    assert payment is not None
    return payment.status


class TestStartPayment:
    def test_sends_the_patient_to_the_processors_page_with_the_price(self, desk: MoneyDesk) -> None:
        to_make = desk.start()

        assert to_make.amount == dollars(100)
        assert to_make.redirect_url.startswith(f"https://pay.test/{desk.reference()}")
        assert status(desk) is PaymentStatus.PENDING

    def test_asking_again_leads_to_the_same_payment(self, desk: MoneyDesk) -> None:
        first, second = desk.start(), desk.start()

        assert first == second
        assert len(desk.processor.payments) == 1

    def test_a_crash_after_the_processor_made_it_does_not_make_another(
        self, desk: MoneyDesk
    ) -> None:
        desk.processor.silent = True
        with pytest.raises(PaymentOutcomeUnknown):
            desk.start()

        desk.start()

        assert len(desk.processor.payments) == 1
        assert len(desk.uow.payments.all()) == 1

    def test_only_the_patient_pays(self, desk: MoneyDesk) -> None:
        with pytest.raises(AccessDenied):
            desk.start_payment(
                actor=A_PHYSICIAN, consultation_id=CONSULTATION, return_url=RETURN_URL
            )

    @pytest.mark.parametrize("stage", [Stage.WAITING, Stage.CANCELLED, Stage.COMPLETED])
    def test_what_does_not_wait_for_money_is_not_paid(self, desk: MoneyDesk, stage: Stage) -> None:
        desk.consultations.change(CONSULTATION, stage=stage)

        with pytest.raises(NothingToPay):
            desk.start()

        assert desk.processor.calls == []

    def test_a_draft_is_not_paid(self, desk: MoneyDesk) -> None:
        desk.consultations.drafts.add(CONSULTATION)

        with pytest.raises(NothingToPay):
            desk.start()

    def test_nobody_pays_twice(self, desk: MoneyDesk) -> None:
        desk.start()
        desk.report_payment(Finding.AUTHORISED)

        with pytest.raises(NothingToPay):
            desk.start()

    def test_a_payment_cancelled_while_it_was_started_is_let_go_at_the_processor(
        self, desk: MoneyDesk
    ) -> None:
        def cancelled_meanwhile(_: str) -> None:
            desk.cancel_payment(actor=SYSTEM, consultation_id=CONSULTATION)

        desk.processor.overtakes = cancelled_meanwhile

        with pytest.raises(NothingToPay):
            desk.start()

        assert desk.processor.payments[desk.reference()].report.finding is Finding.CANCELLED


class TestRefreshPayment:
    def test_an_authorisation_is_noted_once_however_often_it_is_reported(
        self, desk: MoneyDesk
    ) -> None:
        desk.start()

        for _ in range(10):
            desk.report_payment(Finding.AUTHORISED)

        assert status(desk) is PaymentStatus.AUTHORISED
        assert len(desk.uow.events_of(PaymentAuthorised)) == 1

    def test_a_capture_that_a_webhook_tells_first_is_posted_exactly_once(
        self, desk: MoneyDesk
    ) -> None:
        desk.pay()

        for _ in range(10):
            desk.report_payment(Finding.CAPTURED)
        desk.complete()

        assert desk.balance(PROCESSOR_CLEARING) == dollars(100)
        assert len(desk.uow.events_of(PaymentCaptured)) == 1
        assert "capture" not in desk.processor.calls

    def test_a_webhook_that_overtakes_our_commit_finds_the_payment(self, desk: MoneyDesk) -> None:
        def overtake(reference: str) -> None:
            desk.processor.report(reference, Finding.AUTHORISED)
            desk.refresh_payment(actor=SYSTEM, reference=reference)

        desk.processor.overtakes = overtake
        desk.start()

        assert status(desk) is PaymentStatus.AUTHORISED

    def test_a_payment_that_is_not_ours_is_tried_again_later(self, desk: MoneyDesk) -> None:
        desk.start()
        reference = desk.reference()
        stranger = MoneyDesk()
        stranger.processor = desk.processor

        with pytest.raises(PaymentNotFound):
            stranger.refresh_payment(actor=SYSTEM, reference=reference)

    def test_a_declined_card_lets_the_patient_try_again(self, desk: MoneyDesk) -> None:
        desk.start()
        desk.report_payment(Finding.DECLINED)
        assert status(desk) is PaymentStatus.FAILED

        desk.start()
        desk.report_payment(Finding.AUTHORISED)

        assert status(desk) is PaymentStatus.AUTHORISED
        assert len(desk.uow.events_of(PaymentFailed)) == 1

    def test_an_old_report_does_not_take_a_capture_back(self, desk: MoneyDesk) -> None:
        desk.pay()
        desk.report_payment(Finding.CAPTURED)

        desk.report_payment(Finding.AUTHORISED)

        assert status(desk) is PaymentStatus.CAPTURED

    def test_another_amount_is_left_to_a_person_and_not_posted(self, desk: MoneyDesk) -> None:
        desk.start()
        desk.processor.report(desk.reference(), Finding.CAPTURED, amount=dollars(99))

        desk.refresh_payment(actor=SYSTEM, reference=desk.reference())

        assert desk.uow.events_of(PaymentNeedsReview)[0].finding == "amount_differs"
        assert desk.uow.journal.keys() == []

    def test_money_set_aside_after_a_cancellation_is_let_go(self, desk: MoneyDesk) -> None:
        desk.start()
        desk.cancel_payment(actor=SYSTEM, consultation_id=CONSULTATION)

        desk.report_payment(Finding.AUTHORISED)

        assert desk.processor.payments[desk.reference()].report.finding is Finding.CANCELLED


class TestCapturePayment:
    def test_takes_the_money_when_the_terms_say_so(self, desk: MoneyDesk) -> None:
        desk.pay()
        desk.consultations.change(
            CONSULTATION,
            stage=Stage.CLAIMED,
            physician_id=PHYSICIAN,
            capture_on=CaptureOn.CLAIMED,
        )

        desk.capture_payment(actor=SYSTEM, consultation_id=CONSULTATION)

        assert desk.balance(PATIENT_FUNDS) == dollars(100)

    def test_waits_for_completion_when_the_terms_say_that(self, desk: MoneyDesk) -> None:
        desk.pay()
        desk.consultations.change(CONSULTATION, stage=Stage.CLAIMED, physician_id=PHYSICIAN)

        desk.capture_payment(actor=SYSTEM, consultation_id=CONSULTATION)

        assert desk.processor.calls == ["start"]

    def test_a_worker_that_dies_after_the_call_is_repeated_without_a_second_posting(
        self, desk: MoneyDesk
    ) -> None:
        desk.pay()
        desk.consultations.change(CONSULTATION, stage=Stage.COMPLETED, physician_id=PHYSICIAN)
        desk.processor.silent = True
        with pytest.raises(PaymentOutcomeUnknown):
            desk.capture_payment(actor=SYSTEM, consultation_id=CONSULTATION)
        assert status(desk) is PaymentStatus.AUTHORISED

        desk.capture_payment(actor=SYSTEM, consultation_id=CONSULTATION)
        desk.capture_payment(actor=SYSTEM, consultation_id=CONSULTATION)

        assert desk.balance(PROCESSOR_CLEARING) == dollars(100)
        assert len(desk.uow.journal.entries) == 1

    def test_an_authorisation_that_lapsed_is_noted_as_cancelled(self, desk: MoneyDesk) -> None:
        desk.pay()
        desk.processor.report(desk.reference(), Finding.CANCELLED)
        desk.consultations.change(CONSULTATION, stage=Stage.COMPLETED, physician_id=PHYSICIAN)

        desk.capture_payment(actor=SYSTEM, consultation_id=CONSULTATION)

        assert status(desk) is PaymentStatus.CANCELLED
        assert desk.balance(PROCESSOR_CLEARING) == dollars(0)

    def test_only_the_platform_captures(self, desk: MoneyDesk) -> None:
        with pytest.raises(AccessDenied):
            desk.capture_payment(actor=A_PATIENT, consultation_id=CONSULTATION)


class TestCancelPayment:
    def test_lets_an_authorisation_go(self, desk: MoneyDesk) -> None:
        desk.pay()

        desk.cancel_payment(actor=SYSTEM, consultation_id=CONSULTATION)
        desk.cancel_payment(actor=SYSTEM, consultation_id=CONSULTATION)

        assert status(desk) is PaymentStatus.CANCELLED
        assert len(desk.uow.events_of(PaymentCancelled)) == 1
        assert desk.uow.journal.keys() == []

    def test_a_capture_that_was_faster_is_noted_and_stays(self, desk: MoneyDesk) -> None:
        desk.pay()
        desk.processor.report(desk.reference(), Finding.CAPTURED)

        desk.cancel_payment(actor=SYSTEM, consultation_id=CONSULTATION)

        assert status(desk) is PaymentStatus.CAPTURED
        assert desk.balance(PROCESSOR_CLEARING) == dollars(100)


class TestSweepPayments:
    def test_finds_what_no_webhook_told(self, desk: MoneyDesk) -> None:
        desk.start()
        desk.processor.report(desk.reference(), Finding.AUTHORISED)
        desk.clock.pass_by(LONG)

        assert desk.sweep_payments(actor=SYSTEM) == 1
        assert status(desk) is PaymentStatus.AUTHORISED


class TestFollowUpPayment:
    def follow(self, desk: MoneyDesk, actor: Actor = A_PATIENT) -> None:
        FollowUpPayment(desk.uow, desk.clock, desk.processor)(
            actor=actor, consultation_id=CONSULTATION
        )

    def test_finds_what_a_lost_webhook_did_not_tell(self, desk: MoneyDesk) -> None:
        desk.start()
        desk.processor.report(desk.reference(), Finding.AUTHORISED)

        self.follow(desk)

        assert status(desk) is PaymentStatus.AUTHORISED

    def test_asks_once_in_a_moment(self, desk: MoneyDesk) -> None:
        desk.start()
        self.follow(desk)
        desk.processor.report(desk.reference(), Finding.AUTHORISED)
        self.follow(desk)
        assert status(desk) is PaymentStatus.PENDING
        desk.clock.pass_by(timedelta(seconds=5))

        self.follow(desk)

        assert status(desk) is PaymentStatus.AUTHORISED

    def test_is_for_the_patient_who_pays(self, desk: MoneyDesk) -> None:
        desk.start()

        for other in (A_PHYSICIAN, SYSTEM):
            with pytest.raises(PaymentNotFound):
                self.follow(desk, other)
