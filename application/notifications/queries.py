"""
A person's notifications in the portal, and staff's list of those that did not arrive.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from attrs import frozen

from application.notifications.ports import MessageTemplates, NotificationsUnitOfWork
from application.shared.access import AccessDenied, Actor, Role, require_role
from application.shared.pages import Page
from application.shared.ports import Clock
from domain.notifications import Channel, FailureCode, NotificationNotFound, NotificationStatus
from domain.shared.ids import NotificationId, UserId

MOST_AT_ONCE = 100
_STILL_NEWS = timedelta(weeks=2)


@frozen(kw_only=True)
class NotificationRow:
    """A notification as it is stored."""

    notification_id: NotificationId
    user_id: UserId
    channel: Channel
    template: str
    data: Mapping[str, str]
    locale: str
    status: NotificationStatus
    failure: FailureCode | None
    attempts: int
    created_at: datetime
    seen_at: datetime | None


@frozen(kw_only=True)
class NotificationView:
    """A notification in words. `data` holds the identifiers to link to."""

    notification_id: NotificationId
    template: str
    title: str
    text: str
    data: Mapping[str, str]
    created_at: datetime
    seen_at: datetime | None


class NotificationQueries(Protocol):
    """Notifications straight from the database. Checks no access itself."""

    def in_portal(
        self, user_id: UserId, *, limit: int, cursor: str | None
    ) -> Page[NotificationRow]:
        """What a person is shown in the portal, latest first."""
        ...

    def unseen(self, user_id: UserId) -> int:
        """How many of those they have not opened."""
        ...

    def not_delivered(self, *, limit: int, cursor: str | None) -> Page[NotificationRow]:
        """What did not arrive, latest first."""
        ...

    def unreached(
        self, *, since: datetime, limit: int, cursor: str | None
    ) -> Page[NotificationRow]:
        """
        What no letter or text brought to its reader, and they have not seen, latest first.

        One row for all the ways that failed.
        """
        ...


@frozen
class ListMyNotifications:
    """
    What is new for the person who asks, latest first, in their language.
    """

    _queries: NotificationQueries
    _templates: MessageTemplates

    def __call__(
        self,
        *,
        actor: Actor,
        time_zone: str = "UTC",
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[NotificationView]:
        """
        List it.

        Raises:
            AccessDenied: Not a person.
        """
        user_id = _own(actor)
        page = self._queries.in_portal(user_id, limit=min(limit, MOST_AT_ONCE), cursor=cursor)
        return Page(
            items=tuple(self._view(row, time_zone) for row in page.items),
            next_cursor=page.next_cursor,
        )

    def _view(self, row: NotificationRow, time_zone: str) -> NotificationView:
        message = self._templates.render(
            row.template,
            channel=Channel.PORTAL,
            locale=row.locale,
            time_zone=time_zone,
            data=row.data,
        )
        return NotificationView(
            notification_id=row.notification_id,
            template=row.template,
            title=message.subject,
            text=message.text,
            data=row.data,
            created_at=row.created_at,
            seen_at=row.seen_at,
        )


@frozen
class CountUnseenNotifications:
    """
    The number beside the bell.
    """

    _queries: NotificationQueries

    def __call__(self, *, actor: Actor) -> int:
        """Count them."""
        return self._queries.unseen(_own(actor))


@frozen
class MarkNotificationSeen:
    """
    Note that its reader opened a notification in the portal.
    """

    _uow: NotificationsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, notification_id: NotificationId) -> None:
        """
        Mark it; marking it again changes nothing.

        Raises:
            NotificationNotFound: Somebody else's.
        """
        with self._uow as uow:
            notification = uow.notifications.get(notification_id)
            if notification.user_id != _own(actor):
                raise NotificationNotFound("There is no such notification.")
            notification.seen(now=self._clock.now())
            uow.notifications.save(notification)
            uow.commit()


@frozen
class ListUndelivered:
    """
    For staff: who could not be reached, and why.
    """

    _queries: NotificationQueries

    def __call__(
        self, *, actor: Actor, limit: int = 50, cursor: str | None = None
    ) -> Page[NotificationRow]:
        """
        List it.

        Raises:
            AccessDenied: Not operations.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        return self._queries.not_delivered(limit=min(limit, MOST_AT_ONCE), cursor=cursor)


@frozen
class ListUnreached:
    """
    For staff: who does not know what we told them, because every letter and text came back.
    """

    _queries: NotificationQueries
    _clock: Clock

    def __call__(
        self, *, actor: Actor, limit: int = 50, cursor: str | None = None
    ) -> Page[NotificationRow]:
        """
        List what was to be told within the last two weeks.

        Raises:
            AccessDenied: Not operations.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        since = self._clock.now() - _STILL_NEWS
        return self._queries.unreached(since=since, limit=min(limit, MOST_AT_ONCE), cursor=cursor)


def _own(actor: Actor) -> UserId:
    if actor.user_id is None:
        raise AccessDenied("Only a person has notifications.")
    return actor.user_id
