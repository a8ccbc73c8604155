"""
What the workflow gave up: reactions and vendors' messages that a person has to look at.
"""

from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.shared.access import Actor, Role, require_role
from application.shared.pages import Page
from application.shared.ports import UnitOfWork
from application.webhooks.ports import WebhookInbox
from application.workflow.ports import ReactionLog
from domain.shared.errors import NotFound
from domain.shared.ids import ConsultationId, EventId, WebhookId, to_wire

MOST_AT_ONCE = 100
_KEEPERS = (Role.OPERATIONS, Role.ADMINISTRATOR)


class ReactionNotFound(NotFound):
    """No event asked for such a reaction."""


class WebhookNotFound(NotFound):
    """No such message came."""


@frozen(kw_only=True)
class DeadReaction:
    """
    A reaction that was given up.

    Args:
        last_error: A code of what went wrong last; never PHI.
    """

    event_id: EventId
    name: str
    event_type: str
    consultation_id: ConsultationId | None
    attempts: int
    last_error: str | None
    occurred_at: datetime
    given_up_at: datetime | None


@frozen(kw_only=True)
class DeadWebhook:
    """A vendor's message that could not be acted on. `reference` is the vendor's."""

    webhook_id: WebhookId
    vendor: str
    kind: str
    reference: str | None
    attempts: int
    last_error: str | None
    received_at: datetime
    given_up_at: datetime | None


class DeadLetters(Protocol):
    """What was given up, straight from the database. Checks no access itself."""

    def reactions(self, *, limit: int, cursor: str | None) -> Page[DeadReaction]:
        """The oldest first."""
        ...

    def webhooks(self, *, limit: int, cursor: str | None) -> Page[DeadWebhook]:
        """The oldest first."""
        ...

    def has_reaction(self, event_id: EventId, name: str) -> bool:
        """Whether there is such a reaction, given up or not."""
        ...

    def has_webhook(self, webhook_id: WebhookId) -> bool:
        """Whether there is such a message, given up or not."""
        ...


@frozen
class ListDeadReactions:
    """
    For staff: reactions that were given up.
    """

    _letters: DeadLetters

    def __call__(
        self, *, actor: Actor, limit: int = 50, cursor: str | None = None
    ) -> Page[DeadReaction]:
        """
        List them, the oldest first.

        Raises:
            AccessDenied: Not operations or an administrator.
        """
        require_role(actor, *_KEEPERS)
        return self._letters.reactions(limit=min(limit, MOST_AT_ONCE), cursor=cursor)


@frozen
class ListDeadWebhooks:
    """
    For staff: vendors' messages that could not be acted on.
    """

    _letters: DeadLetters

    def __call__(
        self, *, actor: Actor, limit: int = 50, cursor: str | None = None
    ) -> Page[DeadWebhook]:
        """
        List them, the oldest first.

        Raises:
            AccessDenied: Not operations or an administrator.
        """
        require_role(actor, *_KEEPERS)
        return self._letters.webhooks(limit=min(limit, MOST_AT_ONCE), cursor=cursor)


@frozen
class ReviveReaction:
    """
    Try a reaction that was given up again, once its cause is mended.
    """

    _uow: UnitOfWork
    _letters: DeadLetters
    _reactions: ReactionLog

    def __call__(self, *, actor: Actor, event_id: EventId, name: str) -> None:
        """
        Queue it; one that was not given up, or was revived before, stays as it is.

        Raises:
            AccessDenied: Not operations or an administrator.
            ReactionNotFound: There is no such reaction.
        """
        require_role(actor, *_KEEPERS)
        if not self._letters.has_reaction(event_id, name):
            raise ReactionNotFound("There is no such reaction.")
        _note(self._uow, actor, "reaction.revived", to_wire("event", event_id), name)
        self._reactions.revive(event_id=event_id, name=name)


@frozen
class ReviveWebhook:
    """
    Act on a vendor's message again: one that was given up, or one that was done before.

    A message only says where to look, so that acting on it again does nothing twice.
    """

    _uow: UnitOfWork
    _letters: DeadLetters
    _inbox: WebhookInbox

    def __call__(self, *, actor: Actor, webhook_id: WebhookId) -> None:
        """
        Queue it; one that waits anyway stays as it is.

        Raises:
            AccessDenied: Not operations or an administrator.
            WebhookNotFound: There is no such message.
        """
        require_role(actor, *_KEEPERS)
        if not self._letters.has_webhook(webhook_id):
            raise WebhookNotFound("There is no such message.")
        _note(self._uow, actor, "webhook.revived", to_wire("webhook", webhook_id), "webhook")
        self._inbox.revive(webhook_id=webhook_id)


def _note(uow: UnitOfWork, actor: Actor, action: str, subject: str, name: str) -> None:
    # Noted before it is done: what is not in the trail must not have happened.
    with uow:
        uow.audit.record(actor=actor, action=action, subject=subject, details={"name": name})
        uow.commit()
