"""
Notifications, an address book and the vendors that deliver, in memory.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import define, field

from application.notifications.ports import (
    Contact,
    DeliveryRefused,
    DeliveryUnavailable,
    RecipientUnknown,
    RenderedMessage,
    TemplateUnknown,
)
from domain.identity.role import Role
from domain.notifications import (
    Channel,
    Notification,
    NotificationNotFound,
    NotificationStatus,
)
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.ids import ConsultationId, NotificationId, PatientId, PhysicianId, UserId
from tests.fakes.aggregates import Aggregates, Collector


@define(eq=False)
class InMemoryNotifications:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, notification: Notification) -> bool:
        known = {_key(one) for one in self.all()}
        if _key(notification) in known:
            return False
        self._store.put(notification.id, notification)
        return True

    def get(self, notification_id: NotificationId) -> Notification:
        found: Notification | None = self._store.find(notification_id)
        if found is None:
            raise NotificationNotFound("There is no such notification.")
        return found

    def save(self, notification: Notification) -> None:
        self._store.put(notification.id, notification)

    def find_by_reference(self, reference: str) -> NotificationId | None:
        return next((one.id for one in self.all() if one.vendor_reference == reference), None)

    def last_queued_at(self, user_id: UserId, *, template: str) -> datetime | None:
        return max(
            (
                one.created_at
                for one in self.all()
                if one.user_id == user_id and one.template == template
            ),
            default=None,
        )

    def texts_sent_between(self, since: datetime, until: datetime, *, limit: int) -> Sequence[str]:
        sent = sorted(
            (one.sent_at, one.vendor_reference)
            for one in self.all()
            if one.channel is Channel.SMS
            and one.status is NotificationStatus.SENT
            and one.vendor_reference is not None
            and one.sent_at is not None
            and since <= one.sent_at < until
        )
        return [reference for _, reference in reversed(sent)][:limit]

    def due(self, *, now: datetime, limit: int) -> Sequence[NotificationId]:
        due = sorted(
            (one.deliver_at, one.id)
            for one in self.all()
            if one.is_pending and one.deliver_at <= now
        )
        return [NotificationId(notification_id) for _, notification_id in due][:limit]

    def all(self) -> list[Notification]:
        return sorted(self._store.all(), key=lambda one: one.id)

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


def _key(notification: Notification) -> tuple[str, str, UUID, Channel]:
    return (
        notification.cause,
        notification.template,
        notification.user_id,
        notification.channel,
    )


@define(eq=False)
class InMemoryAddressBook:
    users: dict[UUID, Contact] = field(factory=dict)
    patients: dict[UUID, Contact] = field(factory=dict)
    physicians: dict[UUID, Contact] = field(factory=dict)
    consultations: dict[UUID, Contact] = field(factory=dict)
    roles: dict[Role, list[UserId]] = field(factory=dict)

    def with_role(self, role: Role) -> Sequence[UserId]:
        return self.roles.get(role, [])

    def of_user(self, user_id: UserId) -> Contact:
        return self._find(self.users, user_id)

    def of_patient(self, patient_id: PatientId) -> Contact:
        return self._find(self.patients, patient_id)

    def of_patient_in(self, consultation_id: ConsultationId) -> Contact:
        return self._find(self.consultations, consultation_id)

    def of_physician(self, physician_id: PhysicianId) -> Contact:
        return self._find(self.physicians, physician_id)

    def _find(self, known: Mapping[UUID, Contact], key: UUID) -> Contact:
        if key not in known:
            raise RecipientUnknown("There is nobody to tell.")
        return known[key]


@define(eq=False)
class InMemoryTemplates:
    known: dict[str, tuple[Channel, ...]] = field(
        factory=lambda: {
            "consultation_claimed": (Channel.EMAIL, Channel.PORTAL),
            "order_ready": (Channel.EMAIL, Channel.SMS, Channel.PORTAL),
        }
    )

    def channels(self, template: str) -> tuple[Channel, ...]:
        if template not in self.known:
            raise TemplateUnknown(template)
        return self.known[template]

    def render(
        self,
        template: str,
        *,
        channel: Channel,
        locale: str,
        time_zone: str,
        data: Mapping[str, str],
    ) -> RenderedMessage:
        words = f"{template} in {locale}"
        return RenderedMessage(subject=words, text=words, html=f"<p>{words}</p>")


@define(eq=False)
class InMemoryMail:
    sent: list[tuple[str, RenderedMessage]] = field(factory=list)
    refuses: bool = False
    silent: bool = False

    def send(
        self, *, to: EmailAddress, message: RenderedMessage, notification_id: NotificationId
    ) -> str:
        if self.silent:
            raise DeliveryUnavailable("The mail server does not answer.")
        if self.refuses:
            raise DeliveryRefused("The mail server does not take it.")
        self.sent.append((to.value, message))
        return f"<{notification_id}@mail.test>"


@define(eq=False)
class InMemorySms:
    sent: list[tuple[str, str]] = field(factory=list)
    statuses: dict[str, NotificationStatus] = field(factory=dict)
    refuses: bool = False

    def send(self, *, to: PhoneNumber, text: str) -> str:
        if self.refuses:
            raise DeliveryRefused("The number cannot be reached.")
        self.sent.append((to.value, text))
        reference = f"SM{len(self.sent):032x}"
        self.statuses[reference] = NotificationStatus.SENT
        return reference

    def status(self, reference: str) -> NotificationStatus:
        return self.statuses[reference]
