import pytest

from application.consultations.intake import SaveAnswers, StartConsultation, SubmitIntake
from application.shared.access import AccessDenied
from domain.catalogue.answers import AnswersMissing
from domain.catalogue.eligibility import NotEligible
from domain.consultations.consultation import ConsultationNotFound, ConsultationStatus
from domain.consultations.events import (
    ConsultationStarted,
    IntakeStopped,
    IntakeSubmitted,
)
from domain.consultations.intake import (
    ConsentMissing,
    IntakeClosed,
    ServiceNotOffered,
    SlotNotHeld,
)
from domain.patients.consent import ConsentKind
from domain.shared.jurisdiction import Jurisdiction
from domain.shared.money import Money
from tests.builders.care import A_PATIENT, A_PHYSICIAN, A_STRANGER, PATIENT, Clinic
from tests.builders.catalogue import SERVICE, VISIT, WRITTEN, a_service, a_version


class TestStartConsultation:
    def test_begins_a_draft_where_the_patient_is(self, clinic: Clinic) -> None:
        consultation = clinic.consultation(clinic.draft())

        assert consultation.status is ConsultationStatus.DRAFT
        assert consultation.place == Jurisdiction("AU")
        assert [event.patient_id for event in clinic.uow.events_of(ConsultationStarted)] == [
            PATIENT
        ]

    def test_takes_up_the_draft_that_is_there(self, clinic: Clinic) -> None:
        assert clinic.draft() == clinic.draft()
        assert len(clinic.uow.events_of(ConsultationStarted)) == 1

    def test_brings_an_old_draft_to_the_present_questionnaire(self, clinic: Clinic) -> None:
        consultation_id = clinic.answered()
        with clinic.uow as uow:
            service = uow.services.get(a_service().id)
            shorter = {**WRITTEN, "questionnaire": {**WRITTEN["questionnaire"]}}
            shorter["questionnaire"]["items"] = WRITTEN["questionnaire"]["items"][:2]
            service.revise(to=a_version(shorter), now=clinic.clock.now())
            uow.services.save(service)
            uow.commit()

        assert clinic.draft() == consultation_id
        consultation = clinic.consultation(consultation_id)
        assert consultation.service_version == 2
        assert set(consultation.intake.answers) == {"onset", "aura"}

    def test_refuses_a_retired_service(self, clinic: Clinic) -> None:
        with clinic.uow as uow:
            service = uow.services.get(a_service().id)
            service.retire(now=clinic.clock.now())
            uow.services.save(service)
            uow.commit()

        with pytest.raises(ServiceNotOffered):
            clinic.draft()

    def test_refuses_a_patient_for_whom_it_is_not(self, clinic: Clinic) -> None:
        with clinic.uow as uow:
            patient = uow.patients.get(PATIENT)
            patient.place = Jurisdiction("FR")
            uow.patients.save(patient)
            uow.commit()

        with pytest.raises(NotEligible):
            clinic.draft()


class TestSaveAnswers:
    def test_keeps_them_and_says_what_is_missing(self, clinic: Clinic) -> None:
        consultation_id = clinic.draft()
        save = SaveAnswers(clinic.uow, clinic.clock)

        progress = save(
            actor=A_PATIENT, consultation_id=consultation_id, answers={"onset": "gradual"}
        )

        assert progress.missing == ("aura",)
        assert clinic.consultation(consultation_id).intake.answers == {"onset": "gradual"}

    def test_drops_what_a_change_of_mind_has_ruled_out(self, clinic: Clinic) -> None:
        consultation_id = clinic.answered(onset="sudden")

        assert "aura" not in clinic.consultation(consultation_id).intake.answers

    def test_tells_of_urgent_care_at_once(self, clinic: Clinic) -> None:
        save = SaveAnswers(clinic.uow, clinic.clock)

        progress = save(
            actor=A_PATIENT, consultation_id=clinic.draft(), answers={"onset": "sudden"}
        )

        assert progress.stops == ("Call an ambulance.",)

    def test_is_closed_after_submission(self, clinic: Clinic) -> None:
        with pytest.raises(IntakeClosed):
            SaveAnswers(clinic.uow, clinic.clock)(
                actor=A_PATIENT, consultation_id=clinic.submitted(), answers={}
            )

    def test_hides_the_consultation_from_others(self, clinic: Clinic) -> None:
        with pytest.raises(ConsultationNotFound):
            SaveAnswers(clinic.uow, clinic.clock)(
                actor=A_STRANGER, consultation_id=clinic.draft(), answers={}
            )


class TestSubmitIntake:
    def test_freezes_terms_and_commission_plan(self, clinic: Clinic) -> None:
        consultation_id = clinic.submitted()
        with clinic.uow as uow:
            service = uow.services.get(a_service().id)
            service.revise(to=a_version({**WRITTEN, "price_minor": 9900}), now=clinic.clock.now())
            uow.services.save(service)
            uow.commit()

        policy = clinic.consultation(consultation_id).frozen_policy
        assert policy.price == Money.of(4900, "AUD")
        assert policy.commission_plan.version == 3
        assert policy.specialties == {"general_practice"}
        assert len(clinic.uow.events_of(IntakeSubmitted)) == 1

    def test_stops_for_urgent_care_and_charges_nothing(self, clinic: Clinic) -> None:
        consultation_id = clinic.answered(onset="sudden")

        progress = SubmitIntake(clinic.uow, clinic.clock)(
            actor=A_PATIENT, consultation_id=consultation_id
        )

        assert progress.status is ConsultationStatus.STOPPED
        assert progress.stops == ("Call an ambulance.",)
        assert clinic.consultation(consultation_id).policy is None
        assert len(clinic.uow.events_of(IntakeStopped)) == 1
        assert clinic.uow.events_of(IntakeSubmitted) == []

    def test_submitting_again_changes_nothing(self, clinic: Clinic) -> None:
        consultation_id = clinic.submitted()

        SubmitIntake(clinic.uow, clinic.clock)(actor=A_PATIENT, consultation_id=consultation_id)

        assert len(clinic.uow.events_of(IntakeSubmitted)) == 1

    def test_insists_on_the_required_answers(self, clinic: Clinic) -> None:
        with pytest.raises(AnswersMissing):
            SubmitIntake(clinic.uow, clinic.clock)(actor=A_PATIENT, consultation_id=clinic.draft())

    def test_insists_on_consent(self, clinic: Clinic) -> None:
        consultation_id = clinic.answered()
        with clinic.uow as uow:
            consent = uow.consents.in_force(PATIENT, ConsentKind.TREATMENT)
            assert consent is not None
            consent.end(now=clinic.clock.now())
            uow.consents.save(consent)
            uow.commit()

        with pytest.raises(ConsentMissing):
            SubmitIntake(clinic.uow, clinic.clock)(actor=A_PATIENT, consultation_id=consultation_id)

    def test_a_service_by_appointment_needs_a_held_time(self, clinic: Clinic) -> None:
        with clinic.uow as uow:
            service = uow.services.get(a_service().id)
            service.revise(to=a_version(VISIT), now=clinic.clock.now())
            uow.services.save(service)
            uow.commit()
        consultation_id = clinic.answered()

        with pytest.raises(SlotNotHeld):
            SubmitIntake(clinic.uow, clinic.clock)(actor=A_PATIENT, consultation_id=consultation_id)


def test_only_a_patient_starts_a_consultation(clinic: Clinic) -> None:
    with pytest.raises(AccessDenied):
        StartConsultation(clinic.uow, clinic.clock, clinic.ids)(
            actor=A_PHYSICIAN, service_id=a_service(service_id=SERVICE).id
        )
