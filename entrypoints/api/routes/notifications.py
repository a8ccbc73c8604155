"""
What is new for the person who asks.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.notifications.queries import (
    CountUnseenNotifications,
    ListMyNotifications,
    MarkNotificationSeen,
)
from domain.identity.locale import checked_time_zone
from domain.shared.ids import NotificationId
from entrypoints.api.operations import Call, Listing, Resource, operation
from entrypoints.api.wire import ToWire


class NotificationResource(Resource):
    notification_id: Annotated[str, ToWire("notification")]
    template: str
    title: str
    text: str
    data: dict[str, str] = Field(description="The identifiers to link to.")
    created_at: datetime
    seen_at: datetime | None


class NotificationListing(Listing):
    items: list[NotificationResource]


class UnseenResource(Resource):
    unseen: int


@operation(
    "GET",
    "/notifications",
    tag="Notifications",
    returns=NotificationListing,
    paged=True,
    query={"time_zone": "For times in the text; UTC if not given."},
)
def list_notifications(call: Call[None]) -> NotificationListing:
    """List one's notifications, latest first."""
    page = call.use(ListMyNotifications)(
        actor=call.actor,
        time_zone=checked_time_zone(call.query.get("time_zone", "UTC")),
        **call.page(),
    )
    return NotificationListing(
        items=[NotificationResource.model_validate(one) for one in page.items],
        next_cursor=page.next_cursor,
    )


@operation("GET", "/notifications/unseen", tag="Notifications", returns=UnseenResource)
def count_unseen_notifications(call: Call[None]) -> UnseenResource:
    """Count the notifications that were not opened yet."""
    return UnseenResource(unseen=call.use(CountUnseenNotifications)(actor=call.actor))


@operation("POST", "/notifications/{notification_id}/seen", tag="Notifications")
def mark_notification_seen(call: Call[None], notification_id: UUID) -> None:
    """Note that a notification was opened."""
    call.use(MarkNotificationSeen)(
        actor=call.actor, notification_id=NotificationId(notification_id)
    )
