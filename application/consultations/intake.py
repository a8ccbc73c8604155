"""
The patient's part: start, answer, submit.
"""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from application.commission.booking import choose_plan
from application.consultations.access import require_its_patient
from application.consultations.ports import ConsultationsUnitOfWork
from application.shared.access import AccessDenied, Actor
from application.shared.ports import Clock, Ids
from domain.catalogue.answers import check_answers, prune_answers
from domain.catalogue.service import ServiceVersion
from domain.consultations.consultation import Consultation, ConsultationStatus
from domain.consultations.intake import ConsentMissing, RedFlag, ServiceNotOffered, SlotNotHeld
from domain.consultations.policy import CarePolicy
from domain.patients.consent import ConsentKind
from domain.patients.patient import Patient
from domain.scheduling.appointment import Appointment
from domain.shared.ids import ConsultationId, PatientId, ServiceId, to_wire

NEEDED_CONSENTS = (ConsentKind.TREATMENT, ConsentKind.PRIVACY, ConsentKind.TELEHEALTH)


@frozen(kw_only=True)
class IntakeProgress:
    """
    How far an intake has come.

    Args:
        asked: The questions that are asked, given the answers so far.
        missing: Those of them that still need an answer.
        stops: What the patient is told at once when an answer calls for urgent care.
    """

    consultation_id: ConsultationId
    status: ConsultationStatus
    asked: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()


@frozen
class StartConsultation:
    """
    Begin an intake for a service.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(self, *, actor: Actor, service_id: ServiceId) -> ConsultationId:
        """
        Start; a draft for the same service is taken up again.

        Raises:
            NotEligible: The service is not for this patient.
            ServiceNotFound: There is none.
            ServiceNotOffered: Not any more.
        """
        patient_id = _own_record(actor)
        now = self._clock.now()
        with self._uow as uow:
            service = uow.services.read(service_id)
            if not service.active:
                raise ServiceNotOffered("This service is not offered any more.")
            patient = uow.patients.read(patient_id)
            _require_eligible(service.current, patient, self._clock)
            draft = uow.consultations.draft_of(patient_id=patient_id, service_id=service_id)
            if draft is not None:
                _bring_up_to_date(uow, draft, service.current)
                uow.commit()
                return draft.id
            consultation = Consultation.start(
                consultation_id=ConsultationId(self._ids.new()),
                patient_id=patient_id,
                service_id=service_id,
                service_version=service.current.number,
                place=patient.place,
                now=now,
            )
            uow.consultations.add(consultation)
            _note(uow, actor, consultation, "consultation.started")
            uow.commit()
        return consultation.id


@frozen
class SaveAnswers:
    """
    Keep the answers as they are given, to be taken up on any device.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(
        self, *, actor: Actor, consultation_id: ConsultationId, answers: Mapping[str, Any]
    ) -> IntakeProgress:
        """
        Save all answers so far. Those that a change of mind has ruled out are dropped.

        Raises:
            IntakeClosed: It was submitted.
            UnknownQuestion, UnfitAnswer: An answer does not fit.
        """
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            require_its_patient(actor, consultation)
            service = _version(uow, consultation)
            consultation.save_answers(
                prune_answers(service.questionnaire, answers), now=self._clock.now()
            )
            uow.consultations.save(consultation)
            _note(uow, actor, consultation, "consultation.answers_saved")
            uow.commit()
        return intake_progress(consultation, service)


@frozen
class SubmitIntake:
    """
    Hand the intake in: stop for urgent care, or freeze what was promised and go on to payment.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> IntakeProgress:
        """
        Submit it; submitting it again changes nothing.

        Raises:
            AnswersMissing: Required questions are open.
            NotEligible: The service is not for this patient.
            ConsentMissing: The patient has not agreed to all that is needed.
            SlotNotHeld: The service is by appointment, and no time is held.
        """
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            require_its_patient(actor, consultation)
            service = _version(uow, consultation)
            if consultation.status is not ConsultationStatus.DRAFT:
                return intake_progress(consultation, service)
            self._submit(uow, consultation, service)
            uow.consultations.save(consultation)
            _note(uow, actor, consultation, "consultation.submitted")
            uow.commit()
        return intake_progress(consultation, service)

    def _submit(
        self, uow: ConsultationsUnitOfWork, consultation: Consultation, service: ServiceVersion
    ) -> None:
        now = self._clock.now()
        checked = check_answers(service.questionnaire, consultation.intake.answers)
        flags = tuple(RedFlag.of(raised) for raised in checked.red_flags)
        if checked.stops:
            consultation.stop_for_urgent_care(red_flags=flags, now=now)
            return
        checked.require_complete()
        _require_eligible(service, uow.patients.read(consultation.patient_id), self._clock)
        _require_consents(uow, consultation.patient_id)
        appointment = self._held_slot(uow, consultation, service)
        choice = choose_plan(
            uow,
            service_code=uow.services.read(consultation.service_id).code,
            currency=service.terms.price.currency,
            booked_at=now,
            physician_id=appointment.physician_id if appointment else None,
        )
        consultation.submit(
            policy=CarePolicy(
                terms=service.terms,
                commission_plan=choice.plan,
                specialties=service.specialties,
            ),
            red_flags=flags,
            appointment_id=appointment.id if appointment else None,
            now=now,
        )

    def _held_slot(
        self, uow: ConsultationsUnitOfWork, consultation: Consultation, service: ServiceVersion
    ) -> Appointment | None:
        if not service.terms.mode.is_booked:
            return None
        appointment = uow.appointments.read_latest_of(consultation.id)
        if appointment is None or not appointment.blocks_at(self._clock.now()):
            raise SlotNotHeld("Choose a time first.")
        return appointment


def intake_progress(consultation: Consultation, service: ServiceVersion) -> IntakeProgress:
    """Say how far an intake has come."""
    if consultation.status is not ConsultationStatus.DRAFT:
        return IntakeProgress(
            consultation_id=consultation.id,
            status=consultation.status,
            stops=tuple(flag.message for flag in consultation.intake.red_flags if flag.stops),
        )
    checked = check_answers(service.questionnaire, consultation.intake.answers)
    return IntakeProgress(
        consultation_id=consultation.id,
        status=consultation.status,
        asked=checked.enabled,
        missing=checked.missing,
        stops=tuple(flag.message for flag in checked.stops),
    )


def _note(
    uow: ConsultationsUnitOfWork, actor: Actor, consultation: Consultation, action: str
) -> None:
    uow.audit.record(
        actor=actor,
        action=action,
        subject=to_wire("consultation", consultation.id),
        patient_id=consultation.patient_id,
    )


def _version(uow: ConsultationsUnitOfWork, consultation: Consultation) -> ServiceVersion:
    return uow.services.version_of(consultation.service_id, consultation.service_version)


def _bring_up_to_date(
    uow: ConsultationsUnitOfWork, draft: Consultation, current: ServiceVersion
) -> None:
    if draft.service_version == current.number:
        return
    draft.use_version(
        current.number,
        keep=frozenset(item.link_id for item in current.questionnaire.walk()),
    )
    uow.consultations.save(draft)


def _own_record(actor: Actor) -> PatientId:
    if actor.patient_id is None:
        raise AccessDenied("Only a patient starts a consultation.")
    return actor.patient_id


def _require_eligible(service: ServiceVersion, patient: Patient, clock: Clock) -> None:
    service.eligibility.require(
        born_on=patient.date_of_birth,
        sex=patient.sex.value,
        place=patient.place,
        on=patient.today(clock.now()),
    )


def _require_consents(uow: ConsultationsUnitOfWork, patient_id: PatientId) -> None:
    given = uow.consents.kinds_in_force(patient_id)
    if any(kind not in given for kind in NEEDED_CONSENTS):
        raise ConsentMissing("Agree to treatment, privacy and care at a distance first.")
