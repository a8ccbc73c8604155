"""
Letters between a patient and their physician.
"""

from attrs import frozen

from application.consultations.ports import ConsultationsUnitOfWork
from application.consultations.views import MessageView, message_view
from application.shared.access import Actor, require_person
from application.shared.ports import Clock, Ids
from domain.consultations.consultation import (
    Consultation,
    ConsultationNotFound,
    ConsultationStatus,
)
from domain.consultations.message import ConversationClosed, Message
from domain.consultations.outcome import MessageSender
from domain.shared.ids import ConsultationId, MessageId, to_wire

_OPEN = frozenset(
    {
        ConsultationStatus.WAITING,
        ConsultationStatus.CLAIMED,
        ConsultationStatus.IN_PROGRESS,
        ConsultationStatus.COMPLETED,
    }
)


@frozen
class SendMessage:
    """
    Write to the other side.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId, body: str) -> MessageId:
        """
        Send a letter as the patient or the physician of the consultation.

        Raises:
            ConversationClosed: It is not paid yet, or was cancelled.
            MessageUnfit: Empty or too long.
        """
        require_person(actor)
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            sender = _side(actor, consultation)
            if consultation.status not in _OPEN:
                raise ConversationClosed("There is nobody to write to in this consultation.")
            message = Message.write(
                message_id=MessageId(self._ids.new()),
                consultation_id=consultation.id,
                patient_id=consultation.patient_id,
                physician_id=consultation.physician_id,
                sender=sender,
                sender_user_id=actor.user_id,
                body=body,
                now=self._clock.now(),
            )
            uow.messages.add(message)
            uow.audit.record(
                actor=actor,
                action="consultation.message_sent",
                subject=to_wire("consultation", consultation.id),
                patient_id=consultation.patient_id,
            )
            uow.commit()
        return message.id


@frozen
class ReadMessages:
    """
    Open the letters of a consultation; those of the other side count as read.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> tuple[MessageView, ...]:
        """Give all letters, oldest first."""
        require_person(actor)
        now = self._clock.now()
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            reader = _side(actor, consultation)
            messages = uow.messages.of_consultation(consultation_id)
            for message in messages:
                was_read = message.read_at is not None
                message.read(by=reader, now=now)
                if not was_read and message.read_at is not None:
                    uow.messages.save(message)
            uow.audit.record(
                actor=actor,
                action="consultation.messages_read",
                subject=to_wire("consultation", consultation.id),
                patient_id=consultation.patient_id,
            )
            uow.commit()
        return tuple(message_view(message) for message in messages)


def _side(actor: Actor, consultation: Consultation) -> MessageSender:
    if actor.patient_id is not None and actor.patient_id == consultation.patient_id:
        return MessageSender.PATIENT
    if consultation.is_treated_by(actor.physician_id):
        return MessageSender.PHYSICIAN
    raise ConsultationNotFound("There is no such consultation.")
