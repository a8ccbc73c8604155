"""
Running one reaction or one webhook: begin, do, note. Safe to run twice, safe to be killed.
"""

import logging
from collections.abc import Mapping
from typing import Any, Protocol, Self, TypeVar
from uuid import UUID

import structlog
from attrs import frozen

from application.reactions import REACTIONS
from application.shared.access import SYSTEM
from application.shared.ports import Clock
from application.webhooks.ports import WebhookInbox
from application.webhooks.routing import find_route, refuse_stray
from application.workflow.ports import ReactionLog
from domain.shared.ids import EventId, WebhookId
from entrypoints.worker.retrying import GivenUp, is_last_try, told

log = structlog.get_logger(__name__)
UseCase = TypeVar("UseCase")


class Resolver(Protocol):
    """What makes use cases: the container, seen from here."""

    def resolve(self, kind: type[UseCase]) -> UseCase: ...


@frozen
class Execution:
    """What the worker's jobs do."""

    resolver: Resolver
    clock: Clock
    reactions: ReactionLog
    inbox: WebhookInbox

    @classmethod
    def by(cls, resolver: Resolver) -> Self:
        """Take what is needed from a container."""
        return cls(
            resolver,
            resolver.resolve(Clock),
            resolver.resolve(ReactionLog),
            resolver.resolve(WebhookInbox),
        )

    def react(self, *, event_id: str, name: str) -> None:
        """
        Run a reaction unless it is done.

        Raises:
            GivenUp: After the last try; the note says why.
        """
        key = EventId(UUID(event_id))
        due = self.reactions.begin(event_id=key, name=name, now=self.clock.now())
        if due is None:
            return
        try:
            reaction = REACTIONS.find(type(due.event), name)
            if reaction is not None:
                self._run(reaction.use_case, reaction.arguments(due.event))
        except Exception as error:
            last = is_last_try(error, due.attempt)
            _log_failure("reaction failed", error, last=last, name=name, event_id=event_id)
            self.reactions.fail(
                event_id=key, name=name, error=told(error), given_up=last, now=self.clock.now()
            )
            if last:
                raise GivenUp(told(error)) from error
            raise
        self.reactions.finish(event_id=key, name=name, now=self.clock.now())

    def process_webhook(self, *, webhook_id: str) -> None:
        """
        Act on a stored message unless that is done. A kind that concerns nobody is only noted.

        Raises:
            GivenUp: After the last try; the note says why.
        """
        key = WebhookId(UUID(webhook_id))
        due = self.inbox.begin(webhook_id=key)
        if due is None:
            return
        try:
            refuse_stray(due.event)
            route = find_route(due.vendor, due.event.kind)
            if route is not None:
                self._run(route.use_case, route.arguments(due.event))
        except Exception as error:
            last = is_last_try(error, due.attempt)
            _log_failure("webhook failed", error, last=last, vendor=due.vendor, kind=due.event.kind)
            self.inbox.fail(webhook_id=key, error=told(error), given_up=last, now=self.clock.now())
            if last:
                raise GivenUp(told(error)) from error
            raise
        self.inbox.finish(webhook_id=key, now=self.clock.now())

    def sweep(self, use_case: type) -> None:
        """Run a scheduled use case; a failure is logged and the next time tries again."""
        try:
            self._run(use_case, {})
        except Exception as error:
            log.warning("sweep failed", use_case=use_case.__name__, error=told(error))
            raise

    def _run(self, use_case: type, arguments: Mapping[str, Any]) -> None:
        self.resolver.resolve(use_case)(actor=SYSTEM, **arguments)


def _log_failure(what: str, error: Exception, *, last: bool, **facts: str) -> None:
    # What is tried again mends itself as a rule; only what was given up needs a person.
    level = logging.WARNING if last else logging.INFO
    log.log(level, what, error=told(error), dead=last, **facts)
