"""
Opening one consultation: as its patient, or at work on it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen

from application.consultations.access import is_in_care, require_its_patient
from application.consultations.ports import ConsultationsUnitOfWork
from application.consultations.queries import ConsultationQueries, Reader
from application.consultations.views import (
    AnswerView,
    ConsultationSummary,
    ConsultationView,
    FollowUpView,
    PatientInCare,
    WorkspaceView,
    message_view,
)
from application.shared.access import Actor, Role
from application.shared.ports import Clock
from domain.catalogue.questionnaire import Item, ItemType, Questionnaire
from domain.consultations.consultation import (
    Consultation,
    ConsultationNotFound,
    ConsultationStatus,
)
from domain.consultations.follow_up import FollowUp
from domain.patients.health_profile import HealthEntry, HealthFacts
from domain.patients.patient import Patient
from domain.shared.ids import ConsultationId, to_wire

_HISTORY = 20


@frozen
class ViewConsultation:
    """
    A consultation as its patient sees it.
    """

    _queries: ConsultationQueries
    _uow: ConsultationsUnitOfWork

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> ConsultationView:
        """
        Show it.

        Raises:
            ConsultationNotFound: None of this patient's.
        """
        with self._uow as uow:
            consultation = uow.consultations.read(consultation_id)
            require_its_patient(actor, consultation)
            follow_ups = uow.follow_ups.of_consultation(consultation_id)
            _note_look(uow, actor, consultation, None)
            uow.commit()
        waits = consultation.status is ConsultationStatus.WAITING
        completed = consultation.status is ConsultationStatus.COMPLETED
        return ConsultationView(
            summary=_summary(self._queries, consultation_id, Reader.PATIENT),
            service_version=consultation.service_version,
            place=consultation.place.code,
            appointment_id=consultation.appointment_id,
            answers=consultation.intake.answers,
            stop_reason=consultation.stop_reason,
            stops=tuple(flag.message for flag in consultation.intake.red_flags if flag.stops),
            position=self._queries.position(consultation_id) if waits else None,
            advice=consultation.note.plan if completed else None,
            follow_ups=tuple(_follow_up_view(one) for one in follow_ups),
        )


@frozen
class ViewWorkspace:
    """
    All that the treating physician needs. An administrator may break the glass, with a reason.

    Once it is over and its aftercare as well, only what was written in it is shown.
    """

    _queries: ConsultationQueries
    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(
        self, *, actor: Actor, consultation_id: ConsultationId, reason: str | None = None
    ) -> WorkspaceView:
        """
        Show it, red flags first.

        Args:
            reason: Why somebody who does not treat the patient has to look.

        Raises:
            ConsultationNotFound: Not this physician's.
        """
        now = self._clock.now()
        with self._uow as uow:
            consultation = uow.consultations.read(consultation_id)
            broken_glass = _require_may_look(actor, consultation, reason)
            patient = uow.patients.read(consultation.patient_id)
            in_care = broken_glass is not None or is_in_care(consultation, now=now)
            facts = uow.health_profiles.read(patient.id).facts if in_care else HealthFacts()
            edition = uow.services.version_of(consultation.service_id, consultation.service_version)
            messages = uow.messages.of_consultation(consultation_id)
            follow_ups = uow.follow_ups.of_consultation(consultation_id)
            prescriptions = uow.prescriptions.signed_in(consultation_id)
            _note_look(uow, actor, consultation, broken_glass)
            uow.commit()
        history = self._queries.of_patient(patient.id, limit=_HISTORY, cursor=None).items
        return WorkspaceView(
            red_flags=consultation.intake.ordered_flags,
            summary=_summary(self._queries, consultation_id, Reader.PHYSICIAN),
            place=consultation.place.code,
            patient=_in_care(patient, facts, now),
            answers=answers_in_words(edition.questionnaire, consultation.intake.answers),
            note=consultation.note,
            messages=tuple(message_view(message) for message in messages),
            prescriptions=tuple(prescriptions),
            follow_ups=tuple(_follow_up_view(one) for one in follow_ups),
            history=tuple(
                one for one in history if in_care and one.consultation_id != consultation_id
            ),
        )


def answers_in_words(
    questionnaire: Questionnaire, answers: Mapping[str, Any]
) -> tuple[AnswerView, ...]:
    """Each answered question with its answer as the patient read it, in the order of asking."""
    return tuple(
        AnswerView(link_id=item.link_id, question=item.text, answer=_words(item, answer))
        for item in questionnaire.walk()
        if (answer := answers.get(item.link_id)) is not None
    )


def _words(item: Item, answer: object) -> str:
    given = answer if isinstance(answer, list | tuple) else [answer]
    if item.type is ItemType.CHOICE:
        displays = {option.code: option.display for option in item.options}
        return ", ".join(displays.get(str(one), str(one)) for one in given)
    if item.type is ItemType.BOOLEAN:
        return "Yes" if answer else "No"
    return ", ".join(str(one) for one in given)


def _summary(
    queries: ConsultationQueries, consultation_id: ConsultationId, reader: Reader
) -> ConsultationSummary:
    summary = queries.summary(consultation_id, reader=reader)
    if summary is None:
        raise ConsultationNotFound("There is no such consultation.")
    return summary


def _require_may_look(actor: Actor, consultation: Consultation, reason: str | None) -> str | None:
    if consultation.is_treated_by(actor.physician_id):
        return None
    if Role.ADMINISTRATOR in actor.roles and reason and reason.strip():
        return reason
    raise ConsultationNotFound("There is no such consultation.")


def _in_care(patient: Patient, facts: HealthFacts, now: datetime) -> PatientInCare:
    return PatientInCare(
        patient_id=patient.id,
        name=patient.name.full,
        date_of_birth=patient.date_of_birth,
        age=patient.age(now),
        sex=patient.sex.value,
        pregnancy=facts.pregnancy.value,
        allergies=_names(facts.allergies),
        conditions=_names(facts.conditions),
        medications=_names(facts.medications),
    )


def _names(entries: tuple[HealthEntry, ...] | None) -> tuple[str, ...] | None:
    return None if entries is None else tuple(entry.name for entry in entries)


def _follow_up_view(follow_up: FollowUp) -> FollowUpView:
    return FollowUpView(
        follow_up_id=follow_up.id,
        due_at=follow_up.due_at,
        instructions=follow_up.instructions,
        status=follow_up.status,
    )


def _note_look(
    uow: ConsultationsUnitOfWork, actor: Actor, consultation: Consultation, reason: str | None
) -> None:
    uow.audit.record(
        actor=actor,
        action="consultation.glass_broken" if reason else "consultation.read",
        subject=to_wire("consultation", consultation.id),
        patient_id=consultation.patient_id,
        reason=reason,
    )
