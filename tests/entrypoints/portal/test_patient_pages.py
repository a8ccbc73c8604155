"""
The patient's pages without a browser: what they ask, what they show, what they forget.
"""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, timedelta
from typing import Any, TypeVar

import pytest

from application.consultations.conversation import SendMessage
from application.consultations.intake import IntakeProgress, SaveAnswers, SubmitIntake
from application.consultations.queries import ListMyConsultations
from application.consultations.viewing import ViewConsultation
from application.orders.creation import ChoosePharmacy
from application.orders.queries import ListOrdersOfPrescription
from application.orders.recall import RerouteOrder
from application.patients.consents import GiveConsent
from application.patients.queries import ViewConsents
from application.patients.record import UpdateHealthProfile
from application.payments.cancellation_quote import CancellationQuote, QuoteCancellation
from application.payments.initiation import StartPayment
from application.payments.ports import PaymentOutcomeUnknown
from application.payments.queries import ViewPayment
from application.payments.settlement import FollowUpPayment
from application.scheduling.booking import HoldSlot
from application.shared.pages import Page
from domain.consultations.consultation import ConsultationNotFound, ConsultationStatus
from domain.consultations.message import ConversationClosed
from domain.orders.fulfilment import OrderStatus
from domain.payments.payment import PaymentStatus
from domain.scheduling.availability import SlotTaken
from domain.shared.ids import to_wire
from domain.shared.money import Money
from entrypoints.portal.pages.patient.cancel import CancelState, quote_words
from entrypoints.portal.pages.patient.consents import ConsentsState
from entrypoints.portal.pages.patient.consultation import ConsultationState
from entrypoints.portal.pages.patient.consultations import ConsultationsState
from entrypoints.portal.pages.patient.intake import IntakeState
from entrypoints.portal.pages.patient.payment import PaymentState
from entrypoints.portal.pages.patient.prescription import PrescriptionState
from entrypoints.portal.pages.patient.profile import ProfileState, facts_of
from entrypoints.portal.pages.patient.review import ReviewState
from entrypoints.portal.pages.patient.service import ServiceState
from entrypoints.portal.pages.patient.services import ServicesState
from entrypoints.portal.pages.patient.time import TimeState
from entrypoints.portal.sentences import for_patient
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.patient_answers import (
    CONSULTATION,
    DRAFT,
    MIGRAINE,
    PRESCRIPTION,
    consents,
    consultation_summary,
    consultation_view,
    order_view,
    payment_view,
    prescription_view,
)
from tests.entrypoints.portal.patient_clinic import prepare_for_patient
from tests.entrypoints.portal.tabs import Clinic, open_state

Result = TypeVar("Result")

_ADDRESSES = {
    "service": f"/services/{to_wire('service', MIGRAINE)}?service_id={to_wire('service', MIGRAINE)}",
    "consultation": f"/consultations/x?consultation_id={to_wire('consultation', CONSULTATION)}",
    "draft": f"/consultations/x?consultation_id={to_wire('consultation', DRAFT)}",
    "prescription": f"/prescriptions/x?prescription_id={to_wire('prescription', PRESCRIPTION)}",
}


@pytest.fixture(autouse=True)
def patients_clinic(clinic: Clinic) -> Clinic:
    prepare_for_patient(clinic)
    return clinic


def play(scene: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(scene)


async def opened(state_class: Any, address: str = "/") -> Any:
    state = await open_state(state_class, "patient-token", address=_ADDRESSES.get(address, address))
    await state.load()
    return state


class TestServices:
    def test_shows_name_price_and_promise(self) -> None:
        state = play(opened(ServicesState))

        card = state.services[0]
        assert state.phase == "ready"
        assert (card.name, card.price) == ("Migraine treatment", "A$49.00")
        assert card.promise == "A physician answers within 2 hours"

    def test_offers_to_finish_what_was_begun(self) -> None:
        state = play(opened(ServicesState))

        assert [draft.words for draft in state.drafts] == ["Migraine treatment"]

    def test_says_what_comes_back_before_it_is_begun(self) -> None:
        state = play(opened(ServiceState, "service"))

        assert [(rule.when, rule.back) for rule in state.rules] == [
            ("Before a physician takes your case", "Everything comes back"),
            ("Before the physician begins", "50% comes back"),
        ]

    def test_says_that_an_address_leads_nowhere(self) -> None:
        state = play(opened(ServiceState, "/services/x?service_id=nonsense"))

        assert state.phase == "missing"


class TestIntake:
    def test_begins_at_the_first_open_step(self, clinic: Clinic) -> None:
        clinic.answer(ViewConsultation, consultation_view(consultation_id=DRAFT, answers={}))

        state = play(opened(IntakeState, "draft"))

        assert (state.step, state.title) == (0, "Your headache")
        assert [question.link_id for question in state.questions] == ["onset"]

    def test_asks_what_an_answer_calls_for_and_saves_at_once(self, clinic: Clinic) -> None:
        clinic.answer(ViewConsultation, consultation_view(consultation_id=DRAFT, answers={}))

        async def scene() -> Any:
            state = await opened(IntakeState, "draft")
            await state.answer("onset", "gradual")
            return state

        state = play(scene())

        assert [question.link_id for question in state.questions] == ["onset", "pain"]
        assert clinic.arguments_of(SaveAnswers)[-1]["answers"] == {"onset": "gradual"}

    def test_stops_when_an_answer_calls_for_urgent_care(self, clinic: Clinic) -> None:
        clinic.answer(ViewConsultation, consultation_view(consultation_id=DRAFT, answers={}))

        async def scene() -> Any:
            state = await opened(IntakeState, "draft")
            await state.answer("onset", "sudden")
            return state

        assert "emergency department" in play(scene()).stops[0]

    def test_holds_at_a_question_that_needs_an_answer(self, clinic: Clinic) -> None:
        clinic.answer(ViewConsultation, consultation_view(consultation_id=DRAFT, answers={}))

        async def scene() -> Any:
            state = await opened(IntakeState, "draft")
            await state.go_on()
            return state

        state = play(scene())

        assert state.step == 0
        assert state.first_mistake == "onset"
        assert state.questions[0].mistake != ""

    def test_says_how_to_mend_a_number_that_is_too_large(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(IntakeState, "draft")
            await state.go_back()
            await state.answer("pain", "12")
            return state

        state = play(scene())

        pain = next(one for one in state.questions if one.link_id == "pain")
        assert pain.mistake == "At most 10."

    def test_goes_on_to_the_payment_after_the_last_step(self) -> None:
        async def scene() -> Any:
            state = await opened(IntakeState, "draft")
            return await state.go_on()

        assert "/review" in str(play(scene()))

    def test_several_answers_are_pressed_one_after_another(self, clinic: Clinic) -> None:
        async def scene() -> None:
            state = await opened(IntakeState, "draft")
            await state.answer("signs", "nausea")
            await state.answer("signs", "light")

        play(scene())

        assert [call["answers"]["signs"] for call in clinic.arguments_of(SaveAnswers)[-2:]] == [
            ["light", "nausea"],
            ["nausea"],
        ]

    def test_keeps_the_answers_on_the_server(self) -> None:
        async def scene() -> Any:
            state = await opened(IntakeState, "draft")
            return state._get_root_state().dict()

        assert "_answers" not in str(play(scene()))


class TestTime:
    def test_shows_times_in_the_patients_own_zone(self) -> None:
        state = play(opened(TimeState, "draft"))

        assert state.zone_words == "Sydney time"
        assert state.days[0].times[0].at == "23:00"

    def test_holds_the_time_that_was_chosen(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(TimeState, "draft")
            await state.choose(state.days[0].times[0].key)
            return await state.hold()

        assert "/review" in str(play(scene()))
        assert clinic.arguments_of(HoldSlot)[0]["start_at"] == NOON + timedelta(days=1)

    def test_says_that_somebody_was_faster(self, clinic: Clinic) -> None:
        clinic.answer(HoldSlot, SlotTaken("Somebody else has just taken this time."))

        async def scene() -> Any:
            state = await opened(TimeState, "draft")
            await state.choose(state.days[0].times[0].key)
            await state.hold()
            return state

        assert play(scene()).trouble == "Somebody else has just taken this time."


class TestReviewAndPayment:
    def test_asks_for_consent_first(self, clinic: Clinic) -> None:
        clinic.answer(ViewConsents, consents(agreed=False))

        assert play(opened(ReviewState, "draft")).needs_consent

    def test_sends_the_answers_and_goes_to_the_processor(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(ReviewState, "draft")
            return await state.pay()

        assert play(scene()) is not None
        assert len(clinic.arguments_of(SubmitIntake)) == 1
        assert clinic.arguments_of(StartPayment)[0]["return_url"].endswith("/payment")

    def test_does_not_charge_when_the_intake_is_stopped(self, clinic: Clinic) -> None:
        clinic.answer(
            SubmitIntake,
            IntakeProgress(
                consultation_id=DRAFT, status=ConsultationStatus.STOPPED, stops=("Go now.",)
            ),
        )

        async def scene() -> None:
            state = await opened(ReviewState, "draft")
            await state.pay()

        play(scene())

        assert clinic.arguments_of(StartPayment) == []

    def test_asks_the_processor_at_once_and_shows_the_page_without_it(self, clinic: Clinic) -> None:
        clinic.answer(FollowUpPayment, PaymentOutcomeUnknown("No answer."))

        state = play(opened(PaymentState, "consultation"))

        assert clinic.arguments_of(FollowUpPayment)[0]["consultation_id"] == CONSULTATION
        assert (state.phase, state.trouble) == ("ready", "")

    def test_says_that_a_payment_did_not_go_through(self, clinic: Clinic) -> None:
        clinic.answer(ViewPayment, payment_view(status=PaymentStatus.FAILED))
        clinic.answer(
            ViewConsultation,
            consultation_view(
                summary=consultation_summary(status=ConsultationStatus.AWAITING_PAYMENT)
            ),
        )

        state = play(opened(PaymentState, "consultation"))

        assert state.may_retry
        assert "Nothing was charged" in state.words

    def test_agrees_only_to_what_was_ticked(self, clinic: Clinic) -> None:
        clinic.answer(ViewConsents, consents(agreed=False))

        async def scene() -> Any:
            state = await opened(ConsentsState)
            await state.agree({"privacy": "on"})
            return state

        state = play(scene())

        assert [call["kind"].value for call in clinic.arguments_of(GiveConsent)] == ["privacy"]
        assert "Tick each text" in state.trouble


class TestConsultations:
    def test_says_where_each_stands(self) -> None:
        state = play(opened(ConsultationsState))

        assert [line.words for line in state.lines] == [
            "You have not sent this yet.",
            "Dr Louis Moreau is working on your case.",
        ]

    def test_shows_older_ones_on_demand(self, clinic: Clinic) -> None:
        pages = {
            None: Page((consultation_summary(),), "next"),
            "next": Page((consultation_summary(),)),
        }
        clinic.answer(ListMyConsultations, lambda *, cursor=None, **_: pages[cursor])

        async def scene() -> Any:
            state = await opened(ConsultationsState)
            assert state.has_more
            await state.more()
            return state

        state = play(scene())

        assert len(state.lines) == 2
        assert not state.has_more

    def test_shows_the_prescription_in_plain_words(self) -> None:
        (one,) = play(opened(ConsultationState, "consultation")).prescriptions

        assert one.medicines[0].instructions == "Take 1 tablet up to twice a day as needed."
        assert one.medicines[0].amount == "6 tablets, 2 repeats"
        assert one.words == "The pharmacy is preparing your medicine."

    def test_hides_somebody_elses(self, clinic: Clinic) -> None:
        clinic.answer(ViewConsultation, ConsultationNotFound("There is no such consultation."))

        state = play(opened(ConsultationState, "consultation"))

        assert state.phase == "missing"
        assert state.service == ""

    def test_keeps_a_message_that_could_not_be_sent(self, clinic: Clinic) -> None:
        clinic.answer(SendMessage, ConversationClosed("There is nobody to write to."))

        async def scene() -> Any:
            state = await opened(ConsultationState, "consultation")
            await state.send({"body": "Hello"})
            return state

        state = play(scene())

        assert state.sent == 0
        assert state.trouble == "There is nobody to write to."

    def test_apologises_for_a_bug_without_quoting_it(
        self, clinic: Clinic, caplog: pytest.LogCaptureFixture
    ) -> None:
        clinic.answer(ViewConsultation, RuntimeError("Ada has a headache"))

        state = play(opened(ConsultationState, "consultation"))

        assert state.phase == "failed"
        assert "headache" not in state.trouble
        assert "headache" not in caplog.text


class TestCancelling:
    def test_shows_the_consequence_first(self) -> None:
        state = play(opened(CancelState, "consultation"))

        assert state.words == "A$24.50 of your A$49.00 come back."
        assert state.costs

    def test_lets_a_reservation_go(self) -> None:
        nothing = Money.of(0, "AUD")
        quote = CancellationQuote(paid=nothing, back=nothing, released=Money.of(4900, "AUD"))

        assert quote_words(quote)[0] == "You will not be charged."

    def test_asks_for_no_quote_before_anything_was_paid(self, clinic: Clinic) -> None:
        play(opened(CancelState, "draft"))

        assert clinic.arguments_of(QuoteCancellation) == []


class TestPrescription:
    def test_reroutes_what_was_sent(self, clinic: Clinic) -> None:
        async def scene() -> None:
            state = await opened(PrescriptionState, "prescription")
            await state.look_elsewhere()
            await state.choose(state.pharmacies[1].key)

        play(scene())

        assert len(clinic.arguments_of(RerouteOrder)) == 1

    def test_chooses_for_what_was_not_sent(self, clinic: Clinic) -> None:
        clinic.answer(ListOrdersOfPrescription, (order_view(status=OrderStatus.CREATED),))

        async def scene() -> None:
            state = await opened(PrescriptionState, "prescription")
            await state.look_elsewhere()
            await state.choose(state.pharmacies[0].key)

        play(scene())

        assert len(clinic.arguments_of(ChoosePharmacy)) == 1

    def test_warns_of_a_cancelled_one(self) -> None:
        from domain.prescriptions.prescription import PrescriptionStatus
        from entrypoints.portal.pages.patient.consultation import prescribed

        shown = prescribed(
            prescription_view(status=PrescriptionStatus.CANCELLED), order_view(), zone="UTC"
        )

        assert shown.words == "This prescription was cancelled. Do not take it."
        assert not shown.may_change


class TestProfile:
    def test_shows_who_opened_the_record_and_why(self) -> None:
        looks = play(opened(ProfileState)).looks

        assert (looks[1].who, looks[1].what, looks[1].why) == (
            "Noor Haddad",
            "Opened your record",
            "Asked to correct the address",
        )

    def test_tells_none_from_nothing_said(self) -> None:
        facts = facts_of({"allergies": "Penicillin\n\n Nuts ", "conditions_none": "on"})

        assert [entry.name for entry in facts.allergies or ()] == ["Penicillin", "Nuts"]
        assert facts.conditions == ()
        assert facts.medications is None

    def test_saves_the_health_profile(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(ProfileState)
            await state.save_health({"allergies": "Latex", "pregnancy": "pregnant"})
            return state

        state = play(scene())

        saved = clinic.arguments_of(UpdateHealthProfile)[0]["facts"]
        assert saved.pregnancy.value == "pregnant"
        assert state.notice == "Your health profile is saved."


class TestSentences:
    @pytest.mark.parametrize("status", list(ConsultationStatus))
    def test_says_something_about_every_status(self, status: ConsultationStatus) -> None:
        sentence = for_patient(consultation_summary(status=status), zone="UTC", now=NOON)

        assert sentence.words.endswith(".")
        assert "_" not in sentence.words

    def test_names_the_place_in_the_queue(self) -> None:
        waiting = consultation_summary(status=ConsultationStatus.WAITING, physician_name=None)

        sentence = for_patient(waiting, zone="UTC", position=3, now=NOON.astimezone(UTC))

        assert "You hear from them within 1 hour." in sentence.detail
        assert "Before you: 2." in sentence.detail

    def test_admits_a_broken_promise(self) -> None:
        late = consultation_summary(
            status=ConsultationStatus.WAITING, promised_by=NOON - timedelta(minutes=1)
        )

        assert "longer than we promised" in for_patient(late, zone="UTC", now=NOON).detail
