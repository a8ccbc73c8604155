"""
All cases that a physician has or had.
"""

import reflex as rx

from application.consultations.queries import ListMyConsultations
from entrypoints.portal.components.frames import physician_frame
from entrypoints.portal.components.parts import button, empty, has, link_button, page_head, stack
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.physician.queue import Mine, mine_of, own_case
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    actor_of,
    ask,
    follow,
    opening,
    zone_here,
)

ROUTE = "/physician/consultations"


class CasesState(PageState, rx.State):
    """The list, the latest first."""

    cases: list[Mine] = []
    has_more: bool = False

    _cursor: str | None = None

    @allowed(Audience.PHYSICIAN)
    async def load(self) -> None:
        """Show the latest."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PHYSICIAN)
    async def more(self) -> None:
        """Show earlier ones as well."""
        async with acting(self):
            zone = await zone_here(self)
            page = await ask(self, ListMyConsultations, as_physician=True, cursor=self._cursor)
            self.cases = [*self.cases, *(mine_of(one, zone) for one in page.items)]
            self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None

    async def _fill(self) -> None:
        actor = await actor_of(self)
        if actor.physician_id is not None:
            follow(self, actor.physician_id)
        zone = await zone_here(self)
        page = await ask(self, ListMyConsultations, as_physician=True)
        self.cases = [mine_of(one, zone) for one in page.items]
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None


def page() -> rx.Component:
    """The list, or where to begin."""
    return physician_frame(
        phased(
            CasesState,
            stack(
                page_head("Consultations", "Everything that you took, the latest first."),
                notices(CasesState),
                rx.cond(
                    has(CasesState.cases),
                    rx.el.ul(rx.foreach(CasesState.cases, own_case), class_name="list"),
                    empty(
                        "You have taken nothing yet",
                        "What waits is in the queue.",
                        link_button("Open the queue", "/physician/queue", look="primary"),
                    ),
                ),
                rx.cond(CasesState.has_more, rx.el.div(button("Show earlier", CasesState.more))),
                class_name="wide",
            ),
        ),
        here=ROUTE,
    )
