"""
How what vendors tell us comes in: verified, stored once, acknowledged, then worked on.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from domain.shared.errors import Conflict, InvalidInput, NotPermitted
from domain.shared.ids import WebhookId


class ForgedWebhook(NotPermitted):
    """The signature or the time of the message does not hold."""


class MalformedWebhook(InvalidInput):
    """The vendor sent it, but what it says cannot be read."""


class StrayWebhook(Conflict):
    """The vendor sent it, but about another account, or another environment, than ours."""


class WebhookStatus(StrEnum):
    """What became of a message."""

    PENDING = "pending"  # waits, also to be tried again
    DONE = "done"
    DEAD = "dead"  # given up: a person has to look


@frozen(kw_only=True)
class VerifiedEvent:
    """
    What a genuine message says. It is a hint to look, never the truth itself.

    Args:
        event_id: The vendor's identifier of the message, stable over its retries.
        kind: The vendor's name for what happened, e.g. `payment_intent.succeeded`.
        reference: The vendor's identifier of the object to fetch again; None if it names none.
        facts: Codes that routing needs. Never PHI. `stray` says that it is not meant for us.
    """

    event_id: str
    kind: str
    reference: str | None
    facts: Mapping[str, str]


class WebhookVerifier(Protocol):
    """One vendor's way of signing. Verification reads the body's very bytes."""

    def verify(self, *, headers: Mapping[str, str], body: bytes, url: str) -> VerifiedEvent:
        """
        Check that the vendor sent this, and recently.

        Args:
            headers: As received; looked up without regard to case.
            url: The public URL that it was sent to, which some vendors sign.

        Raises:
            ForgedWebhook: Bad signature, or older than the vendor's tolerance.
            MalformedWebhook: Genuine, but not in a shape that we know.
        """
        ...


@frozen(kw_only=True)
class DueWebhook:
    """A stored message to work on now."""

    vendor: str
    event: VerifiedEvent
    attempt: int


class WebhookInbox(Protocol):
    """Where messages wait. The same message is kept once, however often it comes."""

    def store(
        self, *, vendor: str, event: VerifiedEvent, body: bytes, now: datetime
    ) -> WebhookId | None:
        """Keep it and queue the work on it, at once; None when it was here before."""
        ...

    def begin(self, *, webhook_id: WebhookId) -> DueWebhook | None:
        """Count an attempt; None when it was done before."""
        ...

    def finish(self, *, webhook_id: WebhookId, now: datetime) -> None:
        """Note that it is done."""
        ...

    def fail(self, *, webhook_id: WebhookId, error: str, given_up: bool, now: datetime) -> None:
        """Note what went wrong; given up means a person must look."""
        ...

    def revive(self, *, webhook_id: WebhookId) -> bool:
        """Queue one that was given up, or done, again; False when it waits anyway."""
        ...
