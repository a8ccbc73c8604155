"""
Which tab wants to hear of what, and telling it.

A list of open pages lives in this process beside the websockets that it serves; changes
come from the database, whoever made them. Nothing of a page's content is kept here.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

import reflex as rx
from attrs import define, field, frozen

from application.shared.changes import Change, ChangeFeed

_log = logging.getLogger(__name__)

Refresh = Callable[[str, type[rx.State]], Awaitable[None]]

_TOGETHER_SECONDS = 0.15


@frozen
class Interest:
    """A page that a tab shows, and whose changes it wants; anybody's if it names none."""

    page: type[rx.State]
    subjects: frozenset[UUID]

    def is_met_by(self, change: Change | None) -> bool:
        """Whether the page may have changed; None is a gap, when anything may have."""
        if change is None or not self.subjects:
            return True
        named = {change.consultation_id, change.patient_id, change.physician_id}
        return bool(self.subjects & named)


_interests: dict[str, Interest] = {}


def follow(tab: str, page: type[rx.State], subjects: frozenset[UUID]) -> None:
    """Tell this tab of changes from now on."""
    if tab:
        _interests[tab] = Interest(page, subjects)


def stop_following(tab: str) -> None:
    """The tab shows another page, or has gone."""
    _interests.pop(tab, None)


@define
class Herald:
    """
    Hears changes and refreshes the pages that they concern, several changes at once.
    """

    _feed: ChangeFeed
    _refresh: Refresh
    _due: set[str] = field(factory=set, init=False)
    _tasks: set[asyncio.Task[None]] = field(factory=set, init=False)

    async def run(self) -> None:
        """Listen until cancelled."""
        async for change in self._feed.changes():
            self.hear(change)

    def hear(self, change: Change | None) -> None:
        """Plan to refresh the pages that the change concerns."""
        for tab, interest in tuple(_interests.items()):
            if tab not in self._due and interest.is_met_by(change):
                self._due.add(tab)
                task = asyncio.create_task(self._tell(tab))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _tell(self, tab: str) -> None:
        await asyncio.sleep(_TOGETHER_SECONDS)
        self._due.discard(tab)
        interest = _interests.get(tab)
        if interest is None:
            return
        try:
            await self._refresh(tab, interest.page)
        except Exception as error:  # noqa: BLE001 - one tab's failure must not deafen the others
            _log.error("%s while refreshing a page", type(error).__name__)
