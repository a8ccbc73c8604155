"""
What telling people needs of the outside.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from application.shared.ports import UnitOfWork
from domain.identity.role import Role
from domain.identity.user import User
from domain.notifications import Channel, Notification, NotificationStatus
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.errors import DomainError, InvariantError, NotFound, Unavailable
from domain.shared.ids import (
    ConsultationId,
    NotificationId,
    PatientId,
    PhysicianId,
    UserId,
)


class RecipientUnknown(NotFound):
    """Nobody is there who could be told."""


class TemplateUnknown(InvariantError):
    """No template has this name."""


class DeliveryRefused(DomainError):
    """The vendor will not deliver to this address or number, now or later."""


class DeliveryUnavailable(Unavailable):
    """The vendor does not answer now."""


@frozen(kw_only=True)
class Contact:
    """How somebody is reached, in their language and by their clock."""

    user_id: UserId
    name: str = field(repr=False)
    email: EmailAddress = field(repr=False)
    phone: PhoneNumber | None = field(default=None, repr=False)
    locale: str
    time_zone: str


class AddressBook(Protocol):
    """
    Where people are reached.

    Every look-up raises RecipientUnknown when there is nobody, or nobody any more.
    """

    def of_user(self, user_id: UserId) -> Contact:
        """A user's."""
        ...

    def of_patient(self, patient_id: PatientId) -> Contact:
        """A patient's."""
        ...

    def of_patient_in(self, consultation_id: ConsultationId) -> Contact:
        """That of the patient of a consultation."""
        ...

    def of_physician(self, physician_id: PhysicianId) -> Contact:
        """A physician's."""
        ...

    def with_role(self, role: Role) -> Sequence[UserId]:
        """Everybody who holds a role and may sign in."""
        ...


@frozen(kw_only=True)
class RenderedMessage:
    """A notification in words. An SMS has neither subject nor HTML."""

    subject: str
    text: str
    html: str


class MessageTemplates(Protocol):
    """What notifications say, in each language."""

    def channels(self, template: str) -> tuple[Channel, ...]:
        """
        How people are told.

        Raises:
            TemplateUnknown: There is no such template.
        """
        ...

    def render(
        self,
        template: str,
        *,
        channel: Channel,
        locale: str,
        time_zone: str,
        data: Mapping[str, str],
    ) -> RenderedMessage:
        """
        Say it. Dates in `data` are ISO instants; they are shown by the person's clock.

        Raises:
            TemplateUnknown: There is no such template.
        """
        ...


class EmailSender(Protocol):
    """Sends e-mail."""

    def send(
        self, *, to: EmailAddress, message: RenderedMessage, notification_id: NotificationId
    ) -> str:
        """
        Send it; the result is the message's own identifier.

        Raises:
            DeliveryRefused: The server does not take mail for this address.
            DeliveryUnavailable: It does not answer.
        """
        ...


class SmsSender(Protocol):
    """Sends text messages."""

    def send(self, *, to: PhoneNumber, text: str) -> str:
        """
        Send it; the result is the vendor's identifier.

        Raises:
            DeliveryRefused: The number cannot be reached.
            DeliveryUnavailable: The vendor does not answer.
        """
        ...

    def status(self, reference: str) -> NotificationStatus:
        """
        What became of it: sent, delivered or undelivered.

        Raises:
            DeliveryUnavailable: The vendor does not answer.
        """
        ...


class NotificationRepository(Protocol):
    """Notifications by identifier, locked until the transaction ends."""

    def add(self, notification: Notification) -> bool:
        """Store a new one; False when the same cause has told this person so before."""
        ...

    def get(self, notification_id: NotificationId) -> Notification:
        """
        Load one.

        Raises:
            NotificationNotFound: There is none.
        """
        ...

    def save(self, notification: Notification) -> None:
        """Store a changed one."""
        ...

    def find_by_reference(self, reference: str) -> NotificationId | None:
        """The one that a vendor knows under a reference."""
        ...

    def last_queued_at(self, user_id: UserId, *, template: str) -> datetime | None:
        """When a person was last told this, whatever became of it."""
        ...

    def texts_sent_between(self, since: datetime, until: datetime, *, limit: int) -> Sequence[str]:
        """The vendor's references of texts that are still only sent, latest first."""
        ...

    def due(self, *, now: datetime, limit: int) -> Sequence[NotificationId]:
        """Those to be sent by now, earliest first."""
        ...


class Accounts(Protocol):
    """Accounts, whose addresses may turn out not to take mail."""

    def get(self, user_id: UserId, /) -> User:
        """
        Load an account and lock it.

        Raises:
            UserNotFound: There is none.
        """
        ...

    def save(self, user: User, /) -> None:
        """Store a changed account."""
        ...


class NotificationsUnitOfWork(UnitOfWork, Protocol):
    """A transaction over notifications."""

    @property
    def users(self) -> Accounts: ...

    @property
    def notifications(self) -> NotificationRepository: ...

    @property
    def address_book(self) -> AddressBook: ...
