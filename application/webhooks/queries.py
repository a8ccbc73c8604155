"""
What vendors told us, as staff sees it.
"""

from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.shared.access import Actor, Role, require_role
from application.shared.pages import Page
from application.webhooks.ports import WebhookStatus
from domain.shared.ids import WebhookId

MOST_AT_ONCE = 100


@frozen(kw_only=True)
class WebhookView:
    """
    A vendor's message and what became of it.

    Args:
        reference: The vendor's identifier of what it is about.
        last_error: A code of what went wrong last; never PHI.
    """

    webhook_id: WebhookId
    vendor: str
    event_id: str
    kind: str
    reference: str | None
    status: WebhookStatus
    attempts: int
    last_error: str | None
    received_at: datetime
    finished_at: datetime | None


class WebhookLog(Protocol):
    """Vendors' messages, straight from the database. Checks no access itself."""

    def page(
        self,
        *,
        vendor: str | None,
        status: WebhookStatus | None,
        reference: str | None,
        limit: int,
        cursor: str | None,
    ) -> Page[WebhookView]:
        """The newest first."""
        ...


@frozen
class ListWebhooks:
    """
    For staff: what vendors told us.
    """

    _log: WebhookLog

    def __call__(
        self,
        *,
        actor: Actor,
        vendor: str | None = None,
        status: WebhookStatus | None = None,
        reference: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[WebhookView]:
        """
        List messages, the newest first.

        Args:
            reference: Only those about what the vendor calls so.

        Raises:
            AccessDenied: Not operations or an administrator.
        """
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        return self._log.page(
            vendor=vendor,
            status=status,
            reference=reference,
            limit=min(limit, MOST_AT_ONCE),
            cursor=cursor,
        )
