"""
Sending what was queued, and hearing what became of it.
"""

from datetime import timedelta

from attrs import frozen

from application.notifications.ports import (
    Contact,
    DeliveryRefused,
    DeliveryUnavailable,
    EmailSender,
    MessageTemplates,
    NotificationsUnitOfWork,
    RecipientUnknown,
    SmsSender,
)
from application.shared.access import Actor, require_system
from application.shared.ports import Clock
from application.shared.sweeps import work_through
from domain.notifications import (
    Channel,
    FailureCode,
    Notification,
    NotificationNotFound,
    NotificationStatus,
)
from domain.shared.ids import NotificationId

_BATCH = 100
_SILENCE = timedelta(minutes=30)
_ASKED_FOR = timedelta(days=1)


@frozen
class DeliverNotification:
    """
    Send one notification, when its time has come.
    """

    _uow: NotificationsUnitOfWork
    _templates: MessageTemplates
    _email: EmailSender
    _sms: SmsSender
    _clock: Clock

    def __call__(self, *, actor: Actor, notification_id: NotificationId) -> None:
        """Send it; what was sent, or is not due yet, is left as it is."""
        require_system(actor)
        taken = self._take(notification_id)
        if taken is None:
            return
        notification, contact = taken
        try:
            reference = self._send(notification, contact)
        except DeliveryRefused:
            self._record_refusal(notification_id, FailureCode.REJECTED)
        except DeliveryUnavailable:
            self._put_off(notification_id)
        else:
            self._record_sent(notification_id, reference)

    def _take(self, notification_id: NotificationId) -> tuple[Notification, Contact] | None:
        now = self._clock.now()
        with self._uow as uow:
            notification = uow.notifications.get(notification_id)
            if not notification.is_pending or notification.deliver_at > now:
                return None
            try:
                contact = uow.address_book.of_user(notification.user_id)
            except RecipientUnknown:
                contact = None
            if contact is None or (notification.channel is Channel.SMS and contact.phone is None):
                notification.refused(failure=FailureCode.NO_ADDRESS, now=now)
                uow.notifications.save(notification)
                uow.commit()
                return None
            # Another worker that finds it in the meantime leaves it alone.
            notification.begin(now=now)
            uow.notifications.save(notification)
            uow.commit()
        return notification, contact

    def _send(self, notification: Notification, contact: Contact) -> str | None:
        if notification.channel is Channel.PORTAL:
            return None
        message = self._templates.render(
            notification.template,
            channel=notification.channel,
            locale=notification.locale,
            time_zone=contact.time_zone,
            data=notification.data,
        )
        if notification.channel is Channel.EMAIL:
            return self._email.send(
                to=contact.email, message=message, notification_id=notification.id
            )
        if contact.phone is None:
            raise DeliveryRefused("There is no number to send to.")
        return self._sms.send(to=contact.phone, text=message.text)

    def _record_sent(self, notification_id: NotificationId, reference: str | None) -> None:
        with self._uow as uow:
            notification = uow.notifications.get(notification_id)
            notification.sent(reference=reference, now=self._clock.now())
            uow.notifications.save(notification)
            uow.commit()

    def _record_refusal(self, notification_id: NotificationId, failure: FailureCode) -> None:
        with self._uow as uow:
            notification = uow.notifications.get(notification_id)
            notification.refused(failure=failure, now=self._clock.now())
            uow.notifications.save(notification)
            uow.commit()

    def _put_off(self, notification_id: NotificationId) -> None:
        with self._uow as uow:
            notification = uow.notifications.get(notification_id)
            notification.not_now(now=self._clock.now())
            uow.notifications.save(notification)
            uow.commit()


@frozen
class DeliverDueNotifications:
    """
    Send what was put off until now: for quiet hours, or because a vendor did not answer.
    """

    _uow: NotificationsUnitOfWork
    _deliver: DeliverNotification
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """Give how many were due."""
        require_system(actor)
        with self._uow as uow:
            due = uow.notifications.due(now=self._clock.now(), limit=_BATCH)
        return work_through(due, lambda each: self._deliver(actor=actor, notification_id=each))


@frozen
class RefreshNotification:
    """
    Ask the vendor what became of a text message: it can come back after it was sent.
    """

    _uow: NotificationsUnitOfWork
    _sms: SmsSender
    _clock: Clock

    def __call__(self, *, actor: Actor, reference: str) -> None:
        """
        Take in what it says.

        Raises:
            NotificationNotFound: None is known yet: its message may have overtaken our commit.
            DeliveryUnavailable: Try later.
        """
        require_system(actor)
        with self._uow as uow:
            notification_id = uow.notifications.find_by_reference(reference)
        if notification_id is None:
            raise NotificationNotFound("No notification has this reference yet.")
        status = self._sms.status(reference)
        with self._uow as uow:
            notification = uow.notifications.get(notification_id)
            if status is NotificationStatus.DELIVERED:
                notification.delivered()
            elif status is NotificationStatus.UNDELIVERED:
                notification.undelivered(now=self._clock.now())
            uow.notifications.save(notification)
            uow.commit()


@frozen
class SweepTexts:
    """
    Ask about texts whose outcome nobody told, for a day after they were sent.
    """

    _uow: NotificationsUnitOfWork
    _refresh: RefreshNotification
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """
        Give how many were asked about.

        Raises:
            DeliveryUnavailable: The vendor does not answer; the rest waits for the next run.
        """
        require_system(actor)
        now = self._clock.now()
        with self._uow as uow:
            silent = uow.notifications.texts_sent_between(
                now - _ASKED_FOR, now - _SILENCE, limit=_BATCH
            )
        return work_through(silent, lambda each: self._refresh(actor=actor, reference=each))
