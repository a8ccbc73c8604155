"""
Mail that a server took, and gave back later.
"""

from attrs import frozen

from application.notifications.ports import NotificationsUnitOfWork
from application.shared.access import Actor, require_system
from application.shared.ports import Clock
from domain.notifications import NotificationNotFound
from domain.shared.ids import to_wire


@frozen
class RecordBounce:
    """
    Note that a letter did not arrive, and that the address does not take mail.

    Staff see both: in the list of what did not arrive, and at the account.
    """

    _uow: NotificationsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, reference: str) -> None:
        """
        Note it; a second time changes nothing.

        Raises:
            AccessDenied: Not the system.
            NotificationNotFound: None is known yet: the message may have overtaken our commit.
        """
        require_system(actor)
        now = self._clock.now()
        with self._uow as uow:
            notification_id = uow.notifications.find_by_reference(reference)
            if notification_id is None:
                raise NotificationNotFound("No notification has this reference yet.")
            notification = uow.notifications.get(notification_id)
            notification.undelivered(now=now)
            uow.notifications.save(notification)
            user = uow.users.get(notification.user_id)
            if user.email_bounced_at is None:
                user.mail_came_back(now=now)
                uow.users.save(user)
                uow.audit.record(
                    actor=actor,
                    action="user.mail_came_back",
                    subject=to_wire("user", user.id),
                )
            uow.commit()
