"""
Letters between a patient and their physician, within a consultation.
"""

from datetime import datetime
from typing import Self

from attrs import define, field

from domain.consultations.events import MessageSent
from domain.consultations.outcome import MessageSender
from domain.shared.errors import Conflict, InvalidInput
from domain.shared.events import Aggregate
from domain.shared.ids import ConsultationId, MessageId, PatientId, PhysicianId, UserId

_LONGEST = 5_000


class MessageUnfit(InvalidInput):
    """Empty, or longer than a message may be."""


class ConversationClosed(Conflict):
    """Before payment and after a cancellation there is nobody to write to."""


@define(eq=False, kw_only=True)
class Message(Aggregate):
    """One letter. The text is PHI."""

    id: MessageId
    consultation_id: ConsultationId
    patient_id: PatientId
    sender: MessageSender
    sender_user_id: UserId | None
    body: str = field(repr=False)
    sent_at: datetime
    read_at: datetime | None = None

    @classmethod
    def write(
        cls,
        *,
        message_id: MessageId,
        consultation_id: ConsultationId,
        patient_id: PatientId,
        physician_id: PhysicianId | None,
        sender: MessageSender,
        sender_user_id: UserId | None,
        body: str,
        now: datetime,
    ) -> Self:
        """
        Send a letter.

        Raises:
            MessageUnfit: Empty or too long.
        """
        text = body.strip()
        if not 0 < len(text) <= _LONGEST:
            raise MessageUnfit(f"A message has 1 to {_LONGEST} characters.", field="body")
        message = cls(
            id=message_id,
            consultation_id=consultation_id,
            patient_id=patient_id,
            sender=sender,
            sender_user_id=sender_user_id,
            body=text,
            sent_at=now,
        )
        message.record(
            MessageSent(
                consultation_id=consultation_id,
                patient_id=patient_id,
                physician_id=physician_id,
                message_id=message_id,
                sender=sender,
                occurred_at=now,
            )
        )
        return message

    def read(self, *, by: MessageSender, now: datetime) -> None:
        """The other side opened it; the first time counts."""
        if by is not self.sender and self.read_at is None:
            self.read_at = now
