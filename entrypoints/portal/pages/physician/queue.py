"""
What waits for a physician: only what they may take, the most urgent first.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from application.consultations.assignment import ClaimConsultation
from application.consultations.queries import ListMyConsultations, ViewQueue
from application.consultations.views import ConsultationSummary, QueueItem
from domain.catalogue.service import Mode
from domain.consultations.consultation import ConsultationStatus
from domain.shared.ids import ConsultationId, from_wire, to_wire
from entrypoints.portal.components.frames import physician_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import empty, has, link_button, page_head, stack, tag
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.places import language_name, place_name
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, ask, follow, opening, zone_here
from entrypoints.portal.words import moment, span

ROUTE = "/physician/queue"

MODE_WORDS = {Mode.ASYNC: "In writing", Mode.VIDEO: "Video", Mode.PHONE: "Phone"}
_MINE = (ConsultationStatus.CLAIMED, ConsultationStatus.IN_PROGRESS)


@dataclass(frozen=True)
class Waiting:
    """A case that can be taken."""

    key: str
    service: str
    facts: str
    waited: str
    due: str
    tone: str
    flagged: bool


@dataclass(frozen=True)
class Mine:
    """A case that this physician has."""

    address: str
    patient: str
    service: str
    status: str
    unread: str
    due: str


class QueueState(PageState, rx.State):
    """The physician's own cases, and what waits."""

    waiting: list[Waiting] = []
    mine: list[Mine] = []

    @allowed(Audience.PHYSICIAN)
    async def load(self) -> None:
        """Show both, and follow every change."""
        async with opening(self):
            await self._fill()

    @allowed(Audience.PHYSICIAN)
    async def claim(self, key: str) -> Any:
        """Take a case and open it."""
        async with acting(self):
            consultation_id = ConsultationId(from_wire("consultation", str(key)))
            try:
                await ask(self, ClaimConsultation, consultation_id=consultation_id)
            finally:
                # Another physician may have been faster: show what is left.
                await self._fill()
            return rx.redirect(f"/physician/consultations/{key}")
        return None

    async def _fill(self) -> None:
        follow(self)
        zone = await zone_here(self)
        queue = await ask(self, ViewQueue, limit=50)
        self.waiting = [_waiting(item) for item in queue.items]
        mine = await ask(self, ListMyConsultations, as_physician=True, statuses=_MINE)
        self.mine = [mine_of(one, zone) for one in mine.items]


def mine_of(one: ConsultationSummary, zone: str) -> Mine:
    """A line of the physician's own list."""
    status = {
        ConsultationStatus.CLAIMED: "Not begun",
        ConsultationStatus.IN_PROGRESS: "Begun",
        ConsultationStatus.COMPLETED: "Completed",
        ConsultationStatus.CANCELLED: "Cancelled",
    }.get(one.status, one.status.value.replace("_", " ").capitalize())
    due = ""
    if one.appointment_at is not None:
        due = f"Visit {moment(one.appointment_at, zone)}"
    elif one.promised_by is not None and one.status is ConsultationStatus.CLAIMED:
        due = f"Promised by {moment(one.promised_by, zone)}"
    return Mine(
        address=f"/physician/consultations/{to_wire('consultation', one.consultation_id)}",
        patient=one.patient_name or "Patient",
        service=one.service_name,
        status=status,
        unread=f"{one.unread} new" if one.unread else "",
        due=due,
    )


def _waiting(item: QueueItem) -> Waiting:
    now = datetime.now(UTC)
    due = ""
    if item.promised_by is not None:
        late = item.promised_by <= now
        due = "Promise missed" if late else f"{span(item.promised_by - now)} left"
    return Waiting(
        key=to_wire("consultation", item.consultation_id),
        service=item.service_name,
        facts=" · ".join(
            (MODE_WORDS[item.mode], place_name(item.place), language_name(item.language))
        ),
        waited=f"Waiting for {span(now - item.waiting_since)}",
        due=due,
        tone="harm" if item.overdue else ("wait" if item.at_risk else ""),
        flagged=item.has_red_flags,
    )


def page() -> rx.Component:
    """Mine first, then what waits."""
    return physician_frame(
        phased(
            QueueState,
            stack(
                page_head("Queue", "Cases that you may take: by licence, specialty and language."),
                notices(QueueState),
                rx.cond(has(QueueState.mine), _mine()),
                rx.el.section(
                    rx.el.h2("Waiting"),
                    rx.cond(
                        has(QueueState.waiting),
                        rx.el.ul(
                            rx.foreach(QueueState.waiting, _case),
                            class_name="list",
                            aria_live="polite",
                        ),
                        empty(
                            "Nothing waits for you",
                            "New cases appear here by themselves. If this stays empty, check "
                            "that your licences are in force.",
                            link_button("See your onboarding", "/physician/onboarding"),
                        ),
                    ),
                    class_name="stack",
                ),
                class_name="wide",
            ),
        ),
        here=ROUTE,
    )


def _mine() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Yours"),
        rx.el.ul(rx.foreach(QueueState.mine, own_case), class_name="list"),
        class_name="stack",
    )


def own_case(one: Any) -> rx.Component:
    """A line with one of the physician's own cases."""
    return rx.el.li(
        link(
            rx.el.span(
                rx.el.span(one.patient, class_name="title"),
                rx.el.span(one.service, class_name="small-text"),
                rx.cond(one.due != "", rx.el.span(one.due, class_name="small-text")),
                class_name="grow",
            ),
            rx.cond(one.unread != "", tag(one.unread, tone="good")),
            tag(one.status),
            rx.icon("chevron-right", size=18, aria_hidden="true"),
            one.address,
            class_name="list-item",
        )
    )


def _case(case: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.span(case.service, class_name="title"),
                rx.el.span(case.facts, class_name="small-text"),
                rx.el.span(case.waited, class_name="small-text"),
                class_name="grow",
            ),
            rx.cond(
                case.flagged,
                tag(
                    rx.fragment(rx.icon("triangle-alert", size=14, aria_hidden="true"), "Red flag"),
                    tone="harm",
                ),
            ),
            rx.cond(case.due != "", tag(case.due, tone=case.tone)),
            rx.el.button(
                "Take",
                rx.el.span(f" {case.service}", class_name="hidden"),
                type="button",
                class_name="small primary",
                disabled=QueueState.busy,
                on_click=QueueState.claim(case.key),
            ),
            class_name="list-item",
        )
    )
