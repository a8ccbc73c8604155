"""
What needs a person: every queue of work with its age, the most urgent on top.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import reflex as rx

from application.consultations.queries import ListStuckConsultations
from application.consultations.views import StuckConsultation
from application.notifications.queries import ListUnreached, NotificationRow
from application.orders.queries import ListOrdersNeedingAttention, OrderView
from application.payments.dispute_queries import DisputeView, ListUndecidedDisputes
from application.payments.queries import ListPayments, PaymentView
from application.payouts.queries import ListPayouts, PayoutView
from application.physicians.queries import ListApplications
from application.shared.access import AccessDenied
from application.shared.pages import Page
from application.workflow.dead_letters import ListDeadReactions, ListDeadWebhooks
from domain.consultations.consultation import ConsultationStatus
from domain.shared.ids import to_wire
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import empty, has, page_head, stack, tag
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.pages.operations.disputes import STATUS_WORDS, reason_words, time_left
from entrypoints.portal.pages.operations.given_up import GivenUp, message_line, reaction_line
from entrypoints.portal.pages.operations.payment import review_words
from entrypoints.portal.pages.operations.payouts import finding_words
from entrypoints.portal.places import place_name
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, ask, follow, opening
from entrypoints.portal.words import ago, amount

ROUTE = "/operations"

_STUCK_AFTER = timedelta(minutes=30)
_STATUS_WORDS = {
    ConsultationStatus.AWAITING_PAYMENT: "Waits for a payment",
    ConsultationStatus.WAITING: "Waits for a physician",
    ConsultationStatus.CLAIMED: "Taken, not begun",
    ConsultationStatus.IN_PROGRESS: "Begun, not finished",
}
_STAFF_PAGES = {"order": "/operations/orders/", "consultation": "/operations/consultations/"}

View = TypeVar("View")


@dataclass(frozen=True)
class Task:
    """Something that needs a person."""

    address: str
    title: str
    detail: str
    age: str
    tag: str
    tone: str


@dataclass(frozen=True)
class WorkQueue:
    """Tasks of one kind."""

    name: str
    meaning: str
    tasks: list[Task]
    size: str


class WorkState(PageState, rx.State):
    """All queues; those that this reader may not see are left out."""

    queues: list[WorkQueue] = []
    all_done: bool = False

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show them, and follow every change."""
        async with opening(self):
            await self._fill()

    async def _fill(self) -> None:
        follow(self)
        now = datetime.now(UTC)
        queues = [
            await self._queue(
                "Steps that the workflow gave up",
                "Each holds something up until its cause is mended.",
                ListDeadReactions,
                lambda one: given_up_task(reaction_line(one, now)),
            ),
            await self._queue(
                "Messages from vendors that were given up",
                "What they told us was not acted on.",
                ListDeadWebhooks,
                lambda one: given_up_task(message_line(one, now)),
            ),
            await self._queue(
                "Consultations that are stuck",
                "Too long where they are, or their workflow has given up.",
                ListStuckConsultations,
                lambda one: stuck_task(one, now),
                since=now - _STUCK_AFTER,
            ),
            await self._queue(
                "Orders at pharmacies",
                "Unknown, contradicting, or without a pharmacy.",
                ListOrdersNeedingAttention,
                lambda one: order_task(one, now),
            ),
            await self._queue(
                "People whom nothing reached",
                "Every letter and text came back, and they have not looked here. Call them.",
                ListUnreached,
                lambda one: unreached_task(one, now),
            ),
            *await self._money_queues(now),
            await self._queue(
                "Applications",
                "Physicians who want to work here.",
                ListApplications,
                lambda one: Task(
                    address=f"/operations/applications/{to_wire('physician', one.physician_id)}",
                    title=one.name,
                    detail=f"{len(one.open_steps)} steps open",
                    age=ago(one.applied_at, now=now),
                    tag="Waits for us" if "platform" in one.waits_for else "Waits for others",
                    tone="wait" if "platform" in one.waits_for else "",
                ),
            ),
        ]
        self.queues = [queue for queue in queues if queue is not None]
        self.all_done = not any(queue.tasks for queue in self.queues)

    async def _money_queues(self, now: datetime) -> list[WorkQueue | None]:
        return [
            await self._queue(
                "Payouts to agree to",
                "Large ones are sent when two people agreed.",
                ListPayouts,
                lambda one: payout_task(one, now),
                needs_approval=True,
            ),
            await self._queue(
                "Payouts to look into",
                "Failed, returned, or of unknown outcome.",
                ListPayouts,
                lambda one: payout_task(one, now),
                needs_review=True,
            ),
            await self._queue(
                "Disputes to answer",
                "A bank wants money back, and takes evidence until a time limit.",
                ListUndecidedDisputes,
                lambda one: dispute_task(one, now),
            ),
            await self._queue(
                "Payments to look into",
                "The processor and our books say different things.",
                ListPayments,
                lambda one: payment_task(one, now),
                needs_review=True,
            ),
        ]

    async def _queue(
        self,
        name: str,
        meaning: str,
        use_case: Callable[..., Callable[..., Page[View]]],
        task_of: Callable[[View], Task],
        **arguments: Any,
    ) -> WorkQueue | None:
        try:
            page = await ask(self, use_case, limit=20, **arguments)
        except AccessDenied:
            return None
        tasks = [task_of(one) for one in page.items]
        size = f"{len(tasks)}{'+' if page.next_cursor else ''}"
        return WorkQueue(name=name, meaning=meaning, tasks=tasks, size=size)


def given_up_task(one: GivenUp) -> Task:
    """Something that is not tried any more."""
    return Task(
        address="/operations/given-up",
        title=one.title,
        detail=one.detail,
        age=one.age,
        tag=one.cause,
        tone="harm",
    )


def stuck_task(one: StuckConsultation, now: datetime) -> Task:
    """A consultation that does not move."""
    dead = one.open_reactions
    late = one.promised_by is not None and one.promised_by < now
    status = _STATUS_WORDS.get(one.status, one.status.value.replace("_", " ").capitalize())
    return Task(
        address=f"/operations/consultations/{to_wire('consultation', one.consultation_id)}",
        title=f"{one.service_name}, {place_name(one.place)}",
        detail=f"{status}. {one.physician_name or 'Nobody has it'}.",
        age=ago(one.since, now=now),
        tag="Workflow stopped" if dead else ("Promise missed" if late else ""),
        tone="harm",
    )


def order_task(one: OrderView, now: datetime) -> Task:
    """An order that somebody has to look at."""
    reason = one.attention.value if one.attention is not None else one.status.value
    return Task(
        address=f"/operations/orders/{to_wire('order', one.order_id)}",
        title=one.pharmacy.name if one.pharmacy is not None else "No pharmacy yet",
        detail=f"The pharmacy says: {one.vendor_status or 'nothing'}",
        age=ago(one.updated_at, now=now),
        tag=reason.replace("_", " ").capitalize(),
        tone="wait",
    )


def unreached_task(one: NotificationRow, now: datetime) -> Task:
    """Somebody who does not know what we told them."""
    of = next((kind for kind in _STAFF_PAGES if kind in one.data), None)
    return Task(
        address=_STAFF_PAGES[of] + one.data[of] if of else "/operations",
        title=one.template.replace("_", " ").capitalize(),
        detail=f"For {to_wire('user', one.user_id)}",
        age=ago(one.created_at, now=now),
        tag=one.failure.value.replace("_", " ").capitalize() if one.failure else "",
        tone="harm",
    )


def payout_task(one: PayoutView, now: datetime) -> Task:
    """A payout that somebody has to look at."""
    return Task(
        address="/operations/payouts",
        title=f"{amount(one.amount)} for {one.physician_name}",
        detail="Above the limit." if one.review is None else finding_words(one.review),
        age=ago(one.requested_at, now=now),
        tag=one.status.value.replace("_", " ").capitalize(),
        tone="harm" if one.failure is not None else "wait",
    )


def dispute_task(one: DisputeView, now: datetime) -> Task:
    """A dispute that is undecided."""
    status, tone = STATUS_WORDS[one.status]
    left, left_tone = time_left(one, now)
    return Task(
        address=f"/operations/disputes/{to_wire('dispute', one.dispute_id)}",
        title=f"{reason_words(one)}, {amount(one.amount)}",
        detail=review_words(one.review) or status,
        age=ago(one.opened_at, now=now),
        tag=left or status,
        tone=left_tone or tone,
    )


def payment_task(one: PaymentView, now: datetime) -> Task:
    """A payment that somebody has to look at."""
    return Task(
        address=f"/operations/payments/{to_wire('consultation', one.consultation_id)}",
        title=amount(one.amount),
        detail=review_words(one.review),
        age=ago(one.created_at, now=now),
        tag=one.status.value.replace("_", " ").capitalize(),
        tone="wait",
    )


def page() -> rx.Component:
    """The queues."""
    return operations_frame(
        phased(
            WorkState,
            stack(
                page_head("Work", "What needs a person now. It changes by itself."),
                notices(WorkState),
                rx.cond(
                    WorkState.all_done,
                    empty("Nothing needs you", "Everything runs by itself at the moment."),
                ),
                rx.foreach(WorkState.queues, _queue),
                class_name="wide",
            ),
        ),
        here=ROUTE,
    )


def _queue(queue: Any) -> rx.Component:
    return rx.el.section(
        rx.el.div(rx.el.h2(queue.name), tag(queue.size), class_name="row"),
        rx.el.p(queue.meaning, class_name="small-text"),
        rx.cond(
            has(queue.tasks),
            rx.el.ul(rx.foreach(queue.tasks, _task), class_name="list"),
            rx.el.p("Nothing here.", class_name="soft"),
        ),
        class_name="stack tight",
    )


def _task(task: Any) -> rx.Component:
    return rx.el.li(
        link(
            rx.el.span(
                rx.el.span(task.title, class_name="title"),
                rx.el.span(task.detail, class_name="small-text"),
                class_name="grow",
            ),
            rx.cond(task.tag != "", tag(task.tag, tone=task.tone)),
            rx.el.span(task.age, class_name="small-text"),
            rx.icon("chevron-right", size=18, aria_hidden="true"),
            task.address,
            class_name="list-item",
        )
    )
