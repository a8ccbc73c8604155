"""
A notification tells a person that there is something to look at, never what it says.

    pending ──> sent ──> delivered
       │          └────> undelivered     the carrier or mail server gave it back later
       └───────> failed                  refused for good, or tried too often

No clinical content travels by e-mail or SMS: the data of a notification are codes,
dates and identifiers, and the text links to where the person signs in.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from attrs import define, field, frozen

from domain.shared.errors import Conflict, NotFound
from domain.shared.events import Aggregate, DomainEvent
from domain.shared.ids import NotificationId, UserId

MAX_ATTEMPTS = 8
LEASE = timedelta(minutes=2)


class Channel(StrEnum):
    """How a person is reached."""

    EMAIL = "email"
    SMS = "sms"
    PORTAL = "portal"  # the list in the portal; nothing leaves the platform


class NotificationStatus(StrEnum):
    """How far it came."""

    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


class FailureCode(StrEnum):
    """Why it did not arrive."""

    REJECTED = "rejected"  # the vendor refuses this address or number
    NO_ADDRESS = "no_address"  # the person gave none for this channel
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    CARRIER = "carrier"  # accepted first, given back later


class NotificationNotFound(NotFound):
    """No such notification."""


class NotificationSettled(Conflict):
    """It has been delivered or given up; that does not change any more."""


@frozen(kw_only=True)
class NotificationQueued(DomainEvent):
    """Something is to be sent, not before `deliver_at`."""

    notification_id: NotificationId
    user_id: UserId
    deliver_at: datetime


@frozen(kw_only=True)
class NotificationFailed(DomainEvent):
    """The person was not reached in this way."""

    notification_id: NotificationId
    user_id: UserId
    channel: Channel
    failure: FailureCode


_NEXT = {
    NotificationStatus.PENDING: {NotificationStatus.SENT, NotificationStatus.FAILED},
    NotificationStatus.SENT: {NotificationStatus.DELIVERED, NotificationStatus.UNDELIVERED},
}


@define(eq=False, kw_only=True)
class Notification(Aggregate):
    """
    One message to one person in one channel, for one cause.

    `cause` with the template, person and channel identifies it, so that the same
    cause never tells the same person twice.
    """

    id: NotificationId
    user_id: UserId
    channel: Channel
    template: str
    data: Mapping[str, str] = field(factory=dict)
    cause: str
    locale: str
    created_at: datetime
    deliver_at: datetime
    status: NotificationStatus = NotificationStatus.PENDING
    attempts: int = 0
    vendor_reference: str | None = None
    failure: FailureCode | None = None
    sent_at: datetime | None = None
    seen_at: datetime | None = None

    def queue(self) -> None:
        """Announce it, so that it is sent."""
        self.record(
            NotificationQueued(
                notification_id=self.id,
                user_id=self.user_id,
                deliver_at=self.deliver_at,
                occurred_at=self.created_at,
            )
        )

    @property
    def is_pending(self) -> bool:
        """Whether it still has to be sent."""
        return self.status is NotificationStatus.PENDING

    def begin(self, *, now: datetime) -> None:
        """An attempt to send it starts; should it be cut off, the next one may start later."""
        self.attempts += 1
        self.deliver_at = now + LEASE

    def sent(self, *, reference: str | None, now: datetime) -> None:
        """The vendor took it."""
        self._move_to(NotificationStatus.SENT)
        self.sent_at = now
        self.vendor_reference = reference

    def delivered(self) -> None:
        """The vendor says that it arrived. Saying so again changes nothing."""
        if self.status is not NotificationStatus.DELIVERED:
            self._move_to(NotificationStatus.DELIVERED)

    def undelivered(self, *, now: datetime) -> None:
        """The vendor took it and gives it back."""
        if self.status is NotificationStatus.UNDELIVERED:
            return
        self._move_to(NotificationStatus.UNDELIVERED)
        self._fail_with(FailureCode.CARRIER, now=now)

    def refused(self, *, failure: FailureCode, now: datetime) -> None:
        """It can never be sent in this way."""
        self._move_to(NotificationStatus.FAILED)
        self._fail_with(failure, now=now)

    def not_now(self, *, now: datetime) -> None:
        """The vendor did not answer. Tried again later, each time after a longer pause."""
        if self.attempts >= MAX_ATTEMPTS:
            self._move_to(NotificationStatus.FAILED)
            self._fail_with(FailureCode.TOO_MANY_ATTEMPTS, now=now)
            return
        self.deliver_at = now + timedelta(seconds=30 * 2 ** (self.attempts - 1))

    def seen(self, *, now: datetime) -> None:
        """The person opened it in the portal."""
        self.seen_at = self.seen_at or now

    def _fail_with(self, failure: FailureCode, *, now: datetime) -> None:
        self.failure = failure
        self.record(
            NotificationFailed(
                notification_id=self.id,
                user_id=self.user_id,
                channel=self.channel,
                failure=failure,
                occurred_at=now,
            )
        )

    def _move_to(self, status: NotificationStatus) -> None:
        if status not in _NEXT.get(self.status, set()):
            raise NotificationSettled(f"A {self.status} notification cannot become {status}.")
        self.status = status


@frozen
class QuietHours:
    """When telephones are left in peace, by the person's own clock."""

    from_time: time = time(21)
    to_time: time = time(8)

    def next_allowed(self, instant: datetime, zone: tzinfo) -> datetime:
        """The instant itself, or the end of the quiet hours that it falls into."""
        local = instant.astimezone(zone)
        clock = local.time()
        if self.to_time <= clock < self.from_time:
            return instant
        day = local.date() + timedelta(days=1 if clock >= self.from_time else 0)
        return datetime.combine(day, self.to_time, tzinfo=zone).astimezone(instant.tzinfo)
