"""
The physician's pages without a browser.
"""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from application.consultations.assignment import ClaimConsultation
from application.consultations.care import CompleteConsultation, SignNote, WriteNote
from application.identity.second_factors import StepUp
from application.payouts.bank_accounts import LinkBankAccount
from application.payouts.initiation import CancelPayout, RequestPayout
from application.payouts.queries import ViewPayoutAccount
from application.physicians.application import SignContract
from application.physicians.licensing import AddLicence
from application.prescriptions.drafting import (
    DraftPrescription,
    ScreenPrescription,
    SearchMedications,
)
from application.prescriptions.queries import ListPrescriptionsOfConsultation
from application.prescriptions.signing import SignPrescription
from application.scheduling.hours import AffectedVisit, SetAvailability
from application.scheduling.queries import ViewAvailability
from application.shared.pages import Page
from application.wallets.queries import ViewStatement
from domain.consultations.consultation import AlreadyClaimed
from domain.consultations.outcome import ConsultationOutcome
from domain.identity.lockout import WrongCredentials
from domain.identity.session import StepUpRequired
from domain.payouts.payout_account import PayoutAccountNotFound
from domain.prescriptions.prescription import OverrideReason, PrescriptionStatus
from domain.scheduling.availability import AvailabilityNotFound
from domain.shared.errors import Unavailable
from domain.shared.ids import AppointmentId, to_wire
from domain.shared.period import Period
from entrypoints.portal.pages.physician.amounts import UnfitAmount, read_money
from entrypoints.portal.pages.physician.availability import (
    AvailabilityState,
    limits_of,
    weekly_of,
)
from entrypoints.portal.pages.physician.onboarding import OnboardingState, licence_kind
from entrypoints.portal.pages.physician.prescribing import PrescribingState, UnfitLine, line_of
from entrypoints.portal.pages.physician.queue import QueueState
from entrypoints.portal.pages.physician.wallet import WalletState
from entrypoints.portal.pages.physician.workspace import (
    UnfitFollowUp,
    WorkspaceState,
    follow_up_of,
)
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.patient_answers import (
    CONSULTATION,
    NEW_SOUTH_WALES,
    prescription_view,
)
from tests.entrypoints.portal.physician_answers import (
    CONTENT_HASH,
    PAYOUT,
    aud,
    screened,
    statement,
)
from tests.entrypoints.portal.physician_clinic import prepare_for_physician
from tests.entrypoints.portal.tabs import Clinic, open_state

_WORKSPACE = f"/physician/consultations/x?consultation_id={to_wire('consultation', CONSULTATION)}"
_DOSE = {"dose": "1", "times_per_day": "2", "quantity": "6", "repeats": "2", "as_needed": "on"}


@pytest.fixture(autouse=True)
def physicians_clinic(clinic: Clinic) -> Clinic:
    prepare_for_physician(clinic)
    return clinic


async def opened(state_class: Any, address: str = "/") -> Any:
    state = await open_state(state_class, "physician-token", address=address)
    await state.load()
    return state


class TestQueue:
    def test_shows_what_waits_without_answers_or_names(self) -> None:
        state = asyncio.run(opened(QueueState))

        assert state.waiting[0].service == "Migraine treatment"
        assert state.waiting[0].flagged
        assert "Ada" not in str(state.waiting)

    def test_opens_the_case_that_was_taken(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(QueueState)
            return state.waiting[0].key, await state.claim(state.waiting[0].key)

        key, onward = asyncio.run(scene())

        assert key in str(onward)
        assert len(clinic.arguments_of(ClaimConsultation)) == 1

    def test_says_that_another_physician_was_faster(self, clinic: Clinic) -> None:
        clinic.answer(ClaimConsultation, AlreadyClaimed("Another physician has just taken this."))

        async def scene() -> Any:
            state = await opened(QueueState)
            await state.claim(state.waiting[0].key)
            return state

        assert asyncio.run(scene()).trouble == "Another physician has just taken this."


class TestWorkspace:
    def test_shows_dangers_and_tells_none_from_not_asked(self) -> None:
        state = asyncio.run(opened(WorkspaceState, _WORKSPACE))

        assert state.red_flags == ["Migraine with aura on a combined pill."]
        assert [(one.name, one.names, one.recorded) for one in state.known] == [
            ("Allergies", ["Penicillin"], True),
            ("Conditions", [], True),
            ("Medicines", [], False),
        ]

    def test_keeps_each_part_of_the_note_as_it_is_left(self, clinic: Clinic) -> None:
        async def scene() -> None:
            state = await opened(WorkspaceState, _WORKSPACE)
            await state.write_part("plan", "Rest, fluids, sumatriptan.")

        asyncio.run(scene())

        assert clinic.arguments_of(WriteNote)[0]["plan"] == "Rest, fluids, sumatriptan."

    def test_writes_only_parts_that_a_note_has(self, clinic: Clinic) -> None:
        async def scene() -> None:
            state = await opened(WorkspaceState, _WORKSPACE)
            await state.write_part("status", "completed")

        asyncio.run(scene())

        assert clinic.arguments_of(WriteNote) == []

    def test_signs_the_note_as_it_stands(self, clinic: Clinic) -> None:
        async def scene() -> None:
            state = await opened(WorkspaceState, _WORKSPACE)
            await state.sign_note()

        asyncio.run(scene())

        assert [called for called, _ in clinic.calls if called in (WriteNote, SignNote)] == [
            WriteNote,
            SignNote,
        ]

    def test_completes_with_an_outcome_and_a_follow_up(self, clinic: Clinic) -> None:
        async def scene() -> None:
            state = await opened(WorkspaceState, _WORKSPACE)
            await state.complete(
                {"outcome": "prescribed", "follow_up_days": "14", "follow_up_words": "Diary"}
            )

        asyncio.run(scene())

        (call,) = clinic.arguments_of(CompleteConsultation)
        assert call["outcome"] is ConsultationOutcome.PRESCRIBED
        assert call["follow_up"].instructions == "Diary"

    def test_plans_no_follow_up_unless_asked(self) -> None:
        assert follow_up_of({}, zone="UTC") is None

    @pytest.mark.parametrize("days", ["0", "400", "soon"])
    def test_says_how_to_give_the_follow_up(self, days: str) -> None:
        with pytest.raises(UnfitFollowUp):
            follow_up_of({"follow_up_days": days}, zone="UTC")


class TestPrescribing:
    def test_screens_a_medicine_as_soon_as_it_is_added(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(PrescribingState, _WORKSPACE)
            await state.search("sumatriptan")
            await state.choose("sumatriptan-50")
            await state.add_line(_DOSE)
            return state

        state = asyncio.run(scene())

        (line,) = clinic.arguments_of(DraftPrescription)[0]["lines"]
        assert (line.medication_code, line.dose, line.as_needed) == (
            "sumatriptan-50",
            Decimal(1),
            True,
        )
        assert [finding.grave for finding in state.findings] == [True, False]
        assert state.gaps == ["Interactions: the patient's medicines are not known."]

    def test_signs_exactly_what_was_shown(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(PrescribingState, _WORKSPACE)
            await state.choose("sumatriptan-50")
            await state.add_line(_DOSE)
            await state.sign({"condition:hypertension": "will_monitor", "dose:sumatriptan": "on"})
            return state

        state = asyncio.run(scene())

        (call,) = clinic.arguments_of(SignPrescription)
        assert call["content_hash"] == CONTENT_HASH
        assert call["overrides"] == {"condition:hypertension": OverrideReason.WILL_MONITOR}
        assert call["acknowledged"] == ["condition:hypertension", "dose:sumatriptan"]
        assert (state.draft, state.shown_hash) == ([], "")

    def test_steps_up_for_a_controlled_medicine(self, clinic: Clinic) -> None:
        clinic.answer(ScreenPrescription, screened(needs_second_factor=True, findings=()))
        clinic.answer(StepUp, None)

        async def scene() -> None:
            state = await opened(PrescribingState, _WORKSPACE)
            await state.add_line(_DOSE)
            await state.sign({"code": "123456"})

        asyncio.run(scene())

        assert clinic.arguments_of(StepUp)[0]["code"] == "123456"
        assert len(clinic.arguments_of(SignPrescription)) == 1

    def test_takes_up_a_draft_that_was_left(self, clinic: Clinic) -> None:
        clinic.answer(ListPrescriptionsOfConsultation, (screened().prescription,))

        async def scene() -> Any:
            state = await opened(PrescribingState, _WORKSPACE)
            await state.look_up()
            return state

        assert asyncio.run(scene()).shown_hash == CONTENT_HASH

    def test_shows_nothing_where_nothing_was_prescribed_or_it_was_thrown_away(
        self, clinic: Clinic
    ) -> None:
        discarded = prescription_view(status=PrescriptionStatus.DISCARDED)

        async def scene(*found: Any) -> Any:
            clinic.answer(ListPrescriptionsOfConsultation, found)
            state = await opened(PrescribingState, _WORKSPACE)
            await state.look_up()
            return state.signed, state.draft

        assert [asyncio.run(scene(*found)) for found in ((), (discarded,))] == [([], []), ([], [])]

    def test_says_for_which_words_the_choices_were_found(self, clinic: Clinic) -> None:
        async def scene(*words: str) -> Any:
            state = await opened(PrescribingState, _WORKSPACE)
            for each in words:
                await state.search(each)
            return state.searched, [one.code for one in state.choices]

        assert asyncio.run(scene(" suma ")) == ("suma", ["sumatriptan-50", "sumatriptan-100"])
        assert asyncio.run(scene("suma", "  ")) == ("", [])

    def test_choices_that_could_not_be_looked_up_keep_the_words_they_were_found_for(
        self, clinic: Clinic
    ) -> None:
        async def scene() -> Any:
            state = await opened(PrescribingState, _WORKSPACE)
            await state.search("suma")
            clinic.answer(SearchMedications, Unavailable("Not now."))
            await state.search("sumatriptan 100")
            return state.searched

        assert asyncio.run(scene()) == "suma"

    @pytest.mark.parametrize("wrong", [{"dose": "one"}, {"quantity": ""}, {"times_per_day": "x"}])
    def test_says_which_number_is_missing(self, wrong: dict[str, str]) -> None:
        with pytest.raises(UnfitLine):
            line_of("sumatriptan-50", _DOSE | wrong)


class TestWallet:
    def test_explains_every_cent(self) -> None:
        state = asyncio.run(opened(WalletState))

        assert [one.sum for one in state.whereabouts] == [
            "A$124.00",
            "A$382.50",
            "A$50.00",
            "A$200.00",
            "A$15.00",
        ]
        assert state.whereabouts[3].who == "Waits for the payout partner"

    def test_dates_the_statement_as_it_was_booked_and_says_when_it_happened(
        self, clinic: Clinic
    ) -> None:
        lines = statement().items
        late = evolve(lines[0], occurred_at=NOON - timedelta(days=9))
        clinic.answer(ViewStatement, Page((late, *lines[1:])))

        state = asyncio.run(opened(WalletState))

        assert [(line.when, line.happened) for line in state.statement[:2]] == [
            ("Mon 23 Nov, 23:00", "Happened Sat 14 Nov, 23:00"),
            ("Sun 22 Nov, 23:00", ""),
        ]

    def test_withdraws_only_what_was_confirmed(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(WalletState)
            await state.prepare({"amount": "120.50", "currency": "AUD"})
            asked = (state.asked_words, len(clinic.arguments_of(RequestPayout)))
            await state.withdraw()
            return asked

        assert asyncio.run(scene()) == ("A$120.50", 0)
        assert clinic.arguments_of(RequestPayout)[0]["amount"] == aud(12_050)

    def test_asks_for_the_code_and_goes_on(self, clinic: Clinic) -> None:
        clinic.answer(RequestPayout, StepUpRequired("Confirm this with a code."))
        clinic.answer(StepUp, None)

        async def scene() -> Any:
            state = await opened(WalletState)
            await state.prepare({"amount": "120.50", "currency": "AUD"})
            await state.withdraw()
            asked = (state.wants_code, state.trouble)
            clinic.answer(RequestPayout, PAYOUT)
            await state.give_code({"code": "123 456"})
            return asked, (state.wants_code, state.notice)

        asked, then = asyncio.run(scene())

        assert asked == (True, "")
        assert then == (False, "A$120.50 are on their way to your bank.")
        assert clinic.arguments_of(StepUp)[0]["code"] == "123456"
        assert len(clinic.arguments_of(RequestPayout)) == 2

    def test_a_wrong_code_is_asked_for_again(self, clinic: Clinic) -> None:
        clinic.answer(RequestPayout, StepUpRequired("Confirm this with a code."))
        clinic.answer(StepUp, WrongCredentials("The code is wrong."))

        async def scene() -> Any:
            state = await opened(WalletState)
            await state.prepare({"amount": "120.50", "currency": "AUD"})
            await state.withdraw()
            await state.give_code({"code": "000000"})
            return state.wants_code, state.trouble

        assert asyncio.run(scene()) == (True, "The code is wrong.")

    def test_withdraws_nothing_that_was_not_prepared(self, clinic: Clinic) -> None:
        async def scene() -> None:
            state = await opened(WalletState)
            await state.withdraw()

        asyncio.run(scene())

        assert clinic.arguments_of(RequestPayout) == []

    def test_calls_back_a_withdrawal(self, clinic: Clinic) -> None:
        async def scene() -> None:
            state = await opened(WalletState)
            await state.call_back(to_wire("payout", PAYOUT))

        asyncio.run(scene())

        assert clinic.arguments_of(CancelPayout)[0]["payout_id"] == PAYOUT

    def test_says_that_there_is_no_bank_account_yet(self, clinic: Clinic) -> None:
        clinic.answer(ViewPayoutAccount, PayoutAccountNotFound("None."))

        assert asyncio.run(opened(WalletState)).bank == ""

    def test_reads_amounts_as_people_write_them(self) -> None:
        assert read_money(" 1,5 ", "AUD") == aud(150)
        with pytest.raises(UnfitAmount):
            read_money("lots", "AUD")


class TestAvailability:
    def test_begins_empty(self, clinic: Clinic) -> None:
        clinic.answer(ViewAvailability, AvailabilityNotFound("No hours are set yet."))

        state = asyncio.run(opened(AvailabilityState))

        assert state.phase == "ready"
        assert {day.start for day in state.week} == {""}

    def test_saves_hours_and_keeps_days_off(self, clinic: Clinic) -> None:
        async def scene() -> None:
            state = await opened(AvailabilityState)
            await state.save({"start_0": "09:00", "end_0": "12:00", "notice_hours": "4"})

        asyncio.run(scene())

        (call,) = clinic.arguments_of(SetAvailability)
        assert [one.hours.texts for one in call["weekly"]] == [("09:00", "12:00")]
        assert len(call["exceptions"]) == 1
        assert call["limits"].minimum_notice == timedelta(hours=4)

    def test_lists_the_visits_that_a_change_leaves_outside(self, clinic: Clinic) -> None:
        visit = AffectedVisit(
            appointment_id=AppointmentId(PAYOUT),
            consultation_id=CONSULTATION,
            during=Period(NOON, NOON + timedelta(minutes=20)),
        )
        clinic.answer(SetAvailability, (visit,))

        async def scene() -> Any:
            state = await opened(AvailabilityState)
            await state.save({})
            return state

        assert asyncio.run(scene()).affected == ["Mon 23 Nov, 23:00"]

    def test_takes_two_stretches_a_day(self) -> None:
        weekly = weekly_of(
            {
                "start_2": "09:00",
                "end_2": "12:00",
                "second_start_2": "14:00",
                "second_end_2": "18:00",
            }
        )

        assert [(one.weekday, one.hours.texts) for one in weekly] == [
            (2, ("09:00", "12:00")),
            (2, ("14:00", "18:00")),
        ]

    def test_has_no_daily_cap_unless_given(self) -> None:
        assert limits_of({}).daily_cap is None


class TestOnboarding:
    def test_says_what_is_missing_and_who_acts(self) -> None:
        state = asyncio.run(opened(OnboardingState))

        assert [(step.title, step.words, step.who) for step in state.steps] == [
            ("Prove who you are", "Done", ""),
            ("Licences", "In progress", "Waits for us"),
            ("Contract", "To do", "Waits for you"),
            ("Payout account", "To do", "Waits for you"),
        ]

    def test_signs_the_contract_that_was_shown(self, clinic: Clinic) -> None:
        async def scene() -> None:
            state = await opened(OnboardingState)
            await state.sign_contract()

        asyncio.run(scene())

        assert len(clinic.arguments_of(SignContract)) == 1

    def test_knows_which_number_a_place_has(self) -> None:
        assert licence_kind(NEW_SOUTH_WALES).value == "ahpra"

    def test_asks_for_a_day_that_exists(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(OnboardingState)
            await state.add_licence({"place": "AU-NSW", "number": "MED1", "expires_on": ""})
            return state

        assert "day, month and year" in asyncio.run(scene()).trouble
        assert clinic.arguments_of(AddLicence) == []

    def test_passes_bank_details_on_and_keeps_none(self, clinic: Clinic) -> None:
        async def scene() -> Any:
            state = await opened(OnboardingState)
            await state.open_account(
                {
                    "bank_country": "AU",
                    "account_name": "Louis Moreau",
                    "account_number": "9876 5432",
                    "routing_value": "062-000",
                }
            )
            return state

        state = asyncio.run(scene())

        bank = clinic.arguments_of(LinkBankAccount)[0]["bank"]
        assert (bank.account_number, bank.routing_value) == ("98765432", "062000")
        assert "98765432" not in str(vars(state))
