"""
Deciding whom to tell, how and when.
"""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from attrs import frozen

from application.notifications.ports import (
    Contact,
    MessageTemplates,
    NotificationsUnitOfWork,
    RecipientUnknown,
)
from application.shared.access import Actor, require_system
from application.shared.ports import Clock, Ids
from domain.notifications import Channel, Notification, QuietHours
from domain.shared.ids import ConsultationId, NotificationId, PatientId, PhysicianId, UserId

_QUIET = QuietHours()


@frozen
class Notify:
    """
    Tell somebody that there is something to look at, in every channel of the template.
    """

    _uow: NotificationsUnitOfWork
    _templates: MessageTemplates
    _clock: Clock
    _ids: Ids

    def __call__(
        self,
        *,
        actor: Actor,
        template: str,
        cause: str,
        user_id: UserId | None = None,
        patient_id: PatientId | None = None,
        patient_in: ConsultationId | None = None,
        physician_id: PhysicianId | None = None,
        data: Mapping[str, str] | None = None,
        only_now: bool = False,
    ) -> None:
        """
        Queue it. The same cause tells the same person once; nobody to tell is no mistake.

        Args:
            cause: What it is about, as an identifier, e.g. a consultation's or a message's.
            user_id: One of the four says who is told.
            patient_in: The patient of this consultation.
            data: Identifiers, codes and ISO instants. Never PHI.
            only_now: Leave a channel out that would have to wait for the end of quiet hours.
        """
        require_system(actor)
        now = self._clock.now()
        with self._uow as uow:
            contact = _contact(uow, user_id, patient_id, patient_in, physician_id)
            if contact is None:
                return
            for channel in self._templates.channels(template):
                if channel is Channel.SMS and contact.phone is None:
                    continue
                deliver_at = _deliver_at(channel, contact, now)
                if only_now and deliver_at > now:
                    continue
                notification = Notification(
                    id=NotificationId(self._ids.new()),
                    user_id=contact.user_id,
                    channel=channel,
                    template=template,
                    data=dict(data or {}),
                    cause=cause,
                    locale=contact.locale,
                    created_at=now,
                    deliver_at=deliver_at,
                )
                notification.queue()
                uow.notifications.add(notification)
            uow.commit()


def _contact(
    uow: NotificationsUnitOfWork,
    user_id: UserId | None,
    patient_id: PatientId | None,
    patient_in: ConsultationId | None,
    physician_id: PhysicianId | None,
) -> Contact | None:
    try:
        if user_id is not None:
            return uow.address_book.of_user(user_id)
        if patient_id is not None:
            return uow.address_book.of_patient(patient_id)
        if patient_in is not None:
            return uow.address_book.of_patient_in(patient_in)
        if physician_id is not None:
            return uow.address_book.of_physician(physician_id)
    except RecipientUnknown:
        return None
    return None


def _deliver_at(channel: Channel, contact: Contact, now: datetime) -> datetime:
    if channel is not Channel.SMS:
        return now
    return _QUIET.next_allowed(now, ZoneInfo(contact.time_zone))
