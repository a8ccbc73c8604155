"""
What a played vendor is, and what it is given to play with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import Factory, define, frozen
from flask import Blueprint

from entrypoints.sandbox.core.clock import SandboxClock, Scheduler
from entrypoints.sandbox.core.faults import Faults
from entrypoints.sandbox.core.store import Store
from entrypoints.sandbox.core.webhooks import WebhookSender, any_2xx
from entrypoints.sandbox.settings import Settings


class ActionRefused(Exception):
    """
    A control action cannot be carried out, and why; answered as 400.
    """


@define(eq=False, kw_only=True)
class Sandbox:
    """
    The running sandbox, handed to every vendor.

    ``public_url`` is where the server can be reached; it is known once it listens.
    """

    settings: Settings
    store: Store
    clock: SandboxClock
    scheduler: Scheduler
    faults: Faults
    webhooks: WebhookSender
    public_url: str

    def vendor_url(self, vendor: str) -> str:
        return f"{self.public_url}/{vendor.replace('_', '-')}"


Action = Callable[[Sandbox, dict[str, Any]], dict[str, Any]]
"""(sandbox, JSON body of the control call) -> JSON answer; raises ActionRefused."""


def _nothing(ctx: Sandbox) -> None:
    del ctx


@frozen(kw_only=True)
class Vendor:
    """
    One vendor, declared as ``VENDOR`` in its sub-package and listed in ``registry.py``.

    Args:
        name: Used in the store and in faults; paths also spell it with ``-`` for ``_``.
        blueprint: Makes the routes; they are mounted below the vendor's base URL.
        start: Registers task handlers and webhook signers, and starts servers of its own.
            Runs once, before the first request.
        stop: Ends what ``start`` started.
        describe: (kind, columns) of the documents to show on the overview page.
        actions: Verbs of the control API, ``POST /_sandbox/<vendor>/<action>``.
        faults: Names of faults that only this vendor knows, each with one line about it.
        acknowledged: Which HTTP statuses acknowledge this vendor's webhooks.
        pages: (title, path below the base URL) of pages for people.
    """

    name: str
    title: str
    blueprint: Callable[[Sandbox], Blueprint]
    describe: Callable[[], list[tuple[str, list[str]]]]
    start: Callable[[Sandbox], None] = _nothing
    stop: Callable[[Sandbox], None] = _nothing
    actions: dict[str, Action] = Factory(dict)
    faults: dict[str, str] = Factory(dict)
    acknowledged: Callable[[int], bool] = any_2xx
    pages: tuple[tuple[str, str], ...] = ()

    @property
    def slug(self) -> str:
        return self.name.replace("_", "-")
