from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from application.consultations.cancellation import CancelConsultation
from application.consultations.care import CompleteConsultation
from application.prescriptions.drafting import (
    DiscardDraft,
    DraftPrescription,
    PrescriptionLine,
    ScreenPrescription,
    SearchMedications,
)
from application.prescriptions.queries import (
    ListMyPrescriptions,
    ListPrescriptionsOfConsultation,
    ViewPrescription,
)
from application.prescriptions.signing import RecordSupply, SecondFactorNeeded
from application.shared.access import SYSTEM, AccessDenied
from domain.consultations.assignment import NotLicensedHere, PhysicianNotActive
from domain.consultations.consultation import ConsultationMoved, ConsultationNotFound
from domain.consultations.outcome import ConsultationOutcome
from domain.prescriptions.events import (
    PrescriptionCancelled,
    PrescriptionCancelReason,
    PrescriptionCompleted,
    PrescriptionSigned,
)
from domain.prescriptions.medication import MedicationUnknown
from domain.prescriptions.prescription import (
    ContentChanged,
    FindingsOpen,
    NotThePrescriber,
    OverrideReason,
    PrescriptionFinal,
    PrescriptionNotFound,
    PrescriptionStatus,
    PrescriptionUnfit,
)
from domain.prescriptions.safety_screen import CannotScreen, NotChecked
from tests.builders.care import (
    A_PATIENT,
    A_PHYSICIAN,
    A_PROGRAM,
    A_STRANGER,
    AMOXICILLIN_LINE,
    ANOTHER_PHYSICIAN,
    OPERATIONS,
    Clinic,
)
from tests.builders.physicians import an_active_physician

DIAZEPAM_LINE = PrescriptionLine(
    medication_code="diazepam-5", dose=Decimal(1), times_per_day=1, days=5, quantity=5
)
WARFARIN_LINE = PrescriptionLine(
    medication_code="warfarin-5", dose=Decimal(1), times_per_day=1, quantity=30
)
IBUPROFEN_LINE = PrescriptionLine(
    medication_code="ibuprofen-400", dose=Decimal(1), times_per_day=3, days=5, quantity=15
)


class TestSearchMedications:
    def test_returns_choices(self, clinic: Clinic) -> None:
        found = SearchMedications(clinic.medications)(actor=A_PHYSICIAN, words="amox 500")

        assert [choice.title for choice in found] == ["Amoxicillin 500 mg tablet"]

    def test_is_not_for_patients(self, clinic: Clinic) -> None:
        with pytest.raises(AccessDenied):
            SearchMedications(clinic.medications)(actor=A_PATIENT, words="amox")


class TestDraftPrescription:
    def test_can_be_prepared_by_a_program_for_the_treating_physician(self, clinic: Clinic) -> None:
        draft = DraftPrescription(clinic.uow, clinic.medications, clinic.clock, clinic.ids)

        prescription_id = draft(
            actor=A_PROGRAM, consultation_id=clinic.opened(), lines=[AMOXICILLIN_LINE]
        )

        prescription = clinic.prescription(prescription_id)
        assert prescription.prescriber_id == A_PHYSICIAN.physician_id
        assert prescription.items[0].instructions == "Take 1 tablet 3 times a day for 7 days."

    def test_can_be_changed_until_it_is_signed(self, clinic: Clinic) -> None:
        prescription_id = clinic.drafted()
        consultation_id = clinic.prescription(prescription_id).consultation_id
        draft = DraftPrescription(clinic.uow, clinic.medications, clinic.clock, clinic.ids)

        draft(
            actor=A_PHYSICIAN,
            consultation_id=consultation_id,
            lines=[evolve(AMOXICILLIN_LINE, quantity=14)],
            prescription_id=prescription_id,
        )
        assert clinic.prescription(prescription_id).items[0].quantity == 14

        clinic.sign(prescription_id)
        with pytest.raises(PrescriptionFinal):
            draft(
                actor=A_PHYSICIAN,
                consultation_id=consultation_id,
                lines=[AMOXICILLIN_LINE],
                prescription_id=prescription_id,
            )

    def test_needs_an_open_consultation(self, clinic: Clinic) -> None:
        with pytest.raises(ConsultationMoved):
            clinic.drafted(consultation_id=clinic.claimed())

    def test_is_hidden_from_other_physicians(self, clinic: Clinic) -> None:
        draft = DraftPrescription(clinic.uow, clinic.medications, clinic.clock, clinic.ids)

        with pytest.raises(ConsultationNotFound):
            draft(
                actor=ANOTHER_PHYSICIAN,
                consultation_id=clinic.opened(),
                lines=[AMOXICILLIN_LINE],
            )

    def test_knows_no_medicine_that_is_not_in_the_catalogue(self, clinic: Clinic) -> None:
        with pytest.raises(MedicationUnknown):
            clinic.drafted(evolve(AMOXICILLIN_LINE, medication_code="moonstone-1"))

    def test_allows_no_more_repeats_than_the_medicine_does(self, clinic: Clinic) -> None:
        with pytest.raises(PrescriptionUnfit):
            clinic.drafted(evolve(AMOXICILLIN_LINE, repeats=6))

    def test_a_draft_can_be_discarded_and_not_a_signed_one(self, clinic: Clinic) -> None:
        discard = DiscardDraft(clinic.uow, clinic.clock)
        prescription_id = clinic.drafted()

        discard(actor=A_PHYSICIAN, prescription_id=prescription_id)
        discard(actor=A_PHYSICIAN, prescription_id=prescription_id)

        assert clinic.prescription(prescription_id).status is PrescriptionStatus.DISCARDED
        with pytest.raises(PrescriptionFinal):
            discard(actor=A_PHYSICIAN, prescription_id=clinic.signed())


class TestScreenPrescription:
    def test_says_what_it_could_not_check(self, clinic: Clinic) -> None:
        screen = ScreenPrescription(clinic.uow, clinic.rule_packs, clinic.clock)

        shown = screen(actor=A_PHYSICIAN, prescription_id=clinic.drafted())

        assert set(shown.not_checked) == {
            NotChecked.NO_ALLERGIES_RECORDED,
            NotChecked.NO_CONDITIONS_RECORDED,
            NotChecked.NO_MEDICATIONS_RECORDED,
        }

    def test_without_rules_in_force_nothing_can_be_signed(self, clinic: Clinic) -> None:
        prescription_id = clinic.drafted()
        content_hash = clinic.shown_hash(prescription_id)
        clinic.rule_packs.packs = [
            evolve(pack, effective_until=date(2026, 2, 28)) for pack in clinic.rule_packs.packs
        ]

        with pytest.raises(CannotScreen):
            clinic.shown_hash(prescription_id)
        with pytest.raises(CannotScreen):
            clinic.sign(prescription_id, content_hash=content_hash)


class TestSignPrescription:
    def test_signs_what_was_shown(self, clinic: Clinic) -> None:
        prescription_id = clinic.drafted()
        content_hash = clinic.shown_hash(prescription_id)

        clinic.sign(prescription_id, content_hash=content_hash)
        clinic.sign(prescription_id, content_hash=content_hash)

        signature = clinic.prescription(prescription_id).signature
        assert signature is not None
        assert signature.content_hash == content_hash
        assert signature.screen.rule_pack == "2026-03"
        assert len(clinic.uow.events_of(PrescriptionSigned)) == 1

    def test_refuses_when_the_patients_record_changed_since(self, clinic: Clinic) -> None:
        clinic.records(allergies=())
        prescription_id = clinic.drafted()
        content_hash = clinic.shown_hash(prescription_id)
        clinic.records(allergies=("penicillins",))

        with pytest.raises(ContentChanged):
            clinic.sign(prescription_id, content_hash=content_hash)

    def test_refuses_when_the_draft_changed_since(self, clinic: Clinic) -> None:
        prescription_id = clinic.drafted()
        content_hash = clinic.shown_hash(prescription_id)
        DraftPrescription(clinic.uow, clinic.medications, clinic.clock, clinic.ids)(
            actor=OPERATIONS,
            consultation_id=clinic.prescription(prescription_id).consultation_id,
            lines=[evolve(AMOXICILLIN_LINE, quantity=20)],
            prescription_id=prescription_id,
        )

        with pytest.raises(ContentChanged):
            clinic.sign(prescription_id, content_hash=content_hash)

    def test_a_contraindication_needs_a_coded_reason(self, clinic: Clinic) -> None:
        clinic.records(allergies=("penicillins",))
        prescription_id = clinic.drafted()
        finding = "allergy:penicillins:amoxicillin"

        with pytest.raises(FindingsOpen) as refusal:
            clinic.sign(prescription_id, acknowledged=[finding])
        assert refusal.value.codes == (finding,)

        clinic.sign(prescription_id, overrides={finding: OverrideReason.RECORD_IS_WRONG})
        signature = clinic.prescription(prescription_id).signature
        assert signature is not None
        assert signature.overrides == {finding: OverrideReason.RECORD_IS_WRONG}

    def test_a_warning_has_to_be_acknowledged(self, clinic: Clinic) -> None:
        prescription_id = clinic.drafted(evolve(AMOXICILLIN_LINE, dose=Decimal(3)))

        with pytest.raises(FindingsOpen):
            clinic.sign(prescription_id)
        clinic.sign(prescription_id, acknowledged=["dose:amoxicillin"])

        assert clinic.prescription(prescription_id).status is PrescriptionStatus.SIGNED

    def test_a_program_can_never_sign(self, clinic: Clinic) -> None:
        prescription_id = clinic.drafted()
        program = evolve(A_PROGRAM, physician_id=A_PHYSICIAN.physician_id, roles=set())

        for actor in (A_PROGRAM, program, SYSTEM):
            with pytest.raises(AccessDenied):
                clinic.sign(prescription_id, actor=actor)

    def test_another_physician_cannot_sign(self, clinic: Clinic) -> None:
        with pytest.raises(NotThePrescriber):
            clinic.sign(clinic.drafted(), actor=ANOTHER_PHYSICIAN)

    def test_nothing_is_signed_once_the_consultation_was_cancelled(self, clinic: Clinic) -> None:
        prescription_id = clinic.drafted()
        CancelConsultation(clinic.uow, clinic.clock)(
            actor=OPERATIONS,
            consultation_id=clinic.prescription(prescription_id).consultation_id,
        )

        with pytest.raises(ConsultationMoved):
            clinic.sign(prescription_id)

    def test_a_completed_one_allows_replacements_only(self, clinic: Clinic) -> None:
        consultation_id = clinic.noted()
        first = clinic.signed(consultation_id=consultation_id)
        left_over = clinic.drafted(consultation_id=consultation_id)
        CompleteConsultation(clinic.uow, clinic.clock, clinic.ids)(
            actor=A_PHYSICIAN,
            consultation_id=consultation_id,
            outcome=ConsultationOutcome.PRESCRIBED,
        )
        replacement = clinic.drafted(consultation_id=consultation_id, replaces=first)

        with pytest.raises(ConsultationMoved):
            clinic.sign(left_over)
        clinic.sign(replacement)

        assert clinic.prescription(replacement).status is PrescriptionStatus.SIGNED

    def test_a_physician_suspended_since_cannot_sign(self, clinic: Clinic) -> None:
        prescription_id = clinic.drafted()
        clinic.suspend_physician()

        with pytest.raises(PhysicianNotActive):
            clinic.sign(prescription_id)

    def test_a_licence_that_ran_out_since_signs_nothing(self, clinic: Clinic) -> None:
        prescription_id = clinic.drafted()
        content_hash = clinic.shown_hash(prescription_id)
        clinic.uow.physicians.restore(({}, {}))
        with clinic.uow as uow:
            uow.physicians.add(an_active_physician(expires_on=date(2026, 3, 3)))
            uow.commit()
        clinic.clock.pass_by(timedelta(days=2))

        with pytest.raises(NotLicensedHere):
            clinic.sign(prescription_id, content_hash=content_hash)

    def test_a_controlled_medicine_needs_a_fresh_second_factor(self, clinic: Clinic) -> None:
        prescription_id = clinic.drafted(DIAZEPAM_LINE)
        now = clinic.clock.now()

        for stepped_up_at in (None, now - timedelta(minutes=6)):
            with pytest.raises(SecondFactorNeeded):
                clinic.sign(prescription_id, actor=evolve(A_PHYSICIAN, stepped_up_at=stepped_up_at))
        clinic.sign(
            prescription_id,
            actor=evolve(A_PHYSICIAN, stepped_up_at=now - timedelta(minutes=4)),
        )

        assert clinic.prescription(prescription_id).status is PrescriptionStatus.SIGNED

    def test_a_replacement_withdraws_the_first_in_the_same_act(self, clinic: Clinic) -> None:
        first = clinic.signed()
        consultation_id = clinic.prescription(first).consultation_id

        second = clinic.drafted(
            evolve(AMOXICILLIN_LINE, days=5, quantity=15),
            consultation_id=consultation_id,
            replaces=first,
        )
        clinic.sign(second)

        assert clinic.prescription(first).status is PrescriptionStatus.CANCELLED
        assert clinic.prescription(second).lineage_id == first
        (cancelled,) = clinic.uow.events_of(PrescriptionCancelled)
        assert cancelled.reason is PrescriptionCancelReason.REPLACED

    def test_interacting_medicines_are_found_on_one_prescription(self, clinic: Clinic) -> None:
        prescription_id = clinic.drafted(WARFARIN_LINE, IBUPROFEN_LINE)

        with pytest.raises(FindingsOpen) as refusal:
            clinic.sign(prescription_id)
        assert refusal.value.codes == ("interaction:ibuprofen:warfarin",)


class TestRecordSupply:
    def test_completes_a_prescription_without_repeats(self, clinic: Clinic) -> None:
        prescription_id = clinic.signed()
        supply = RecordSupply(clinic.uow, clinic.clock)

        supply(actor=SYSTEM, prescription_id=prescription_id)
        supply(actor=SYSTEM, prescription_id=prescription_id)

        assert clinic.prescription(prescription_id).status is PrescriptionStatus.COMPLETED
        assert len(clinic.uow.events_of(PrescriptionCompleted)) == 1

    def test_with_repeats_it_stays_in_force(self, clinic: Clinic) -> None:
        prescription_id = clinic.drafted(evolve(AMOXICILLIN_LINE, repeats=1))
        clinic.sign(prescription_id)

        RecordSupply(clinic.uow, clinic.clock)(actor=SYSTEM, prescription_id=prescription_id)

        assert clinic.prescription(prescription_id).status is PrescriptionStatus.SIGNED


class TestViewing:
    def test_a_patient_sees_what_was_signed_and_no_drafts(self, clinic: Clinic) -> None:
        consultation_id = clinic.opened()
        draft = clinic.drafted(consultation_id=consultation_id)
        signed = clinic.signed(consultation_id=consultation_id)

        mine = ListMyPrescriptions(clinic.uow)(actor=A_PATIENT)
        assert [one.prescription_id for one in mine] == [signed]
        here = ListPrescriptionsOfConsultation(clinic.uow)
        assert len(here(actor=A_PATIENT, consultation_id=consultation_id)) == 1
        assert len(here(actor=A_PHYSICIAN, consultation_id=consultation_id)) == 2
        with pytest.raises(PrescriptionNotFound):
            ViewPrescription(clinic.uow)(actor=A_PATIENT, prescription_id=draft)

    def test_others_may_not_know_of_it(self, clinic: Clinic) -> None:
        prescription_id = clinic.signed()

        for actor in (A_STRANGER, ANOTHER_PHYSICIAN, OPERATIONS):
            with pytest.raises(PrescriptionNotFound):
                ViewPrescription(clinic.uow)(actor=actor, prescription_id=prescription_id)
