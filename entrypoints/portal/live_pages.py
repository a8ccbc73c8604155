"""
Pushing changes to open pages: the running half of `states.live`, which needs the app.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import reflex as rx

from application.shared.changes import ChangeFeed
from entrypoints.portal.gate import recognise
from entrypoints.portal.security.access import audience_of
from entrypoints.portal.states.live import Herald, Refresh, stop_following
from entrypoints.portal.states.page import refill
from entrypoints.portal.use_cases import resolve


@asynccontextmanager
async def live_pages(app: rx.App) -> AsyncIterator[None]:
    """Follow the change feed for as long as the server runs."""
    feed = await asyncio.to_thread(resolve, ChangeFeed)
    herald = asyncio.create_task(Herald(feed, refresher(app)).run())
    try:
        yield
    finally:
        herald.cancel()
        with suppress(asyncio.CancelledError):
            await herald


def refresher(app: rx.App) -> Refresh:
    """How a page of a tab is filled anew, for whoever holds the tab's session by now."""

    async def refresh(tab: str, page: type[rx.State]) -> None:
        namespace = app.event_namespace
        if namespace is None or tab not in namespace.token_to_sid:
            stop_following(tab)
            return
        async with app.modify_state(rx.BaseStateToken(ident=tab, cls=page)) as root:
            # No gate stands before a push: ask who holds the session, every time.
            actor = await recognise(root)
            state = await root.get_state(page)
            audience = audience_of(page.event_handlers["load"].fn)
            if audience is not None and audience.admits(actor):
                await refill(state)
            else:
                state.reset()
                stop_following(tab)

    return refresh
