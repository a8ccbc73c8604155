"""
Following the money of one consultation, from the patient's payment to the physician's bank.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import reflex as rx

from application.wallets.money_trail import Earning, FollowTheMoney, MoneyTrail
from domain.ledger.lot import LotStatus
from domain.shared.ids import to_wire
from domain.shared.money import Money
from entrypoints.portal.components.accounts import account, moved
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.links import link
from entrypoints.portal.components.parts import card, facts, has, page_head, stack, table
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.journal_words import EntryLine, account_address, cause_address, entry_line
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, ask, follow, id_in_address, opening, zone_here
from entrypoints.portal.words import amount, moment, short

ROUTE = "/operations/money/[consultation_id]"

_TAKERS = {
    "po": "Payout",
    "re": "Refund",
    "di": "Dispute",
    "ho": "Held for review",
    "lo": "Taken off for an earlier refund",
}


@dataclass(frozen=True)
class Step:
    """Something that happened to the money."""

    when: str
    what: str
    state: str
    reference: str
    address: str
    sum: str


@dataclass(frozen=True)
class Standing:
    """By how much an account stands changed."""

    account: str
    owner: str
    address: str
    sum: str


class MoneyTrailState(PageState, rx.State):
    """The steps, where the money stands, and the entries behind it."""

    reference: str = ""
    consultation: str = ""
    physician: str = ""
    earned: str = ""
    remaining: str = ""
    clears: str = ""
    steps: list[Step] = []
    standing: list[Standing] = []
    entries: list[EntryLine] = []

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show it, and follow it."""
        async with opening(self):
            await self._fill()

    async def _fill(self) -> None:
        consultation_id = id_in_address(self, "consultation")
        follow(self, consultation_id)
        zone = await zone_here(self)
        trail = await ask(self, FollowTheMoney, consultation_id=consultation_id)
        wire = to_wire("consultation", consultation_id)
        self.reference, self.consultation = short(wire), f"/operations/consultations/{wire}"
        self.steps = [step for _, step in sorted(_steps(trail, zone), key=lambda pair: pair[0])]
        self.entries = [entry_line(entry, zone) for entry in trail.entries]
        self.standing = [
            Standing(
                account=one.account,
                owner=one.owner_name or "",
                address=account_address(one.account, one.change.currency.code),
                sum=amount(one.change),
            )
            for one in trail.standing
        ]
        if trail.earning is not None:
            self._earned(trail.earning, zone)

    def _earned(self, earning: Earning, zone: str) -> None:
        self.physician = earning.physician_name
        self.earned, self.remaining = amount(earning.amount), amount(earning.remaining)
        is_pending = earning.status is LotStatus.PENDING
        self.clears = moment(earning.matures_at, zone) if is_pending else "It has cleared"


def _steps(trail: MoneyTrail, zone: str) -> Iterator[tuple[datetime, Step]]:
    def step(at: datetime, what: str, state: str, cause: str, sum_: Money) -> tuple[datetime, Step]:
        shown = Step(
            when=moment(at, zone),
            what=what,
            state=state.replace("_", " ").capitalize(),
            reference=short(cause),
            address=cause_address(cause),
            sum=amount(sum_),
        )
        return at, shown

    for paid in trail.payments:
        if paid.captured_at is not None:
            cause = to_wire("payment", paid.payment_id)
            yield step(paid.captured_at, "Paid by the patient", paid.status, cause, paid.amount)
    if trail.earning is not None:
        cause = to_wire("lot", trail.earning.lot_id)
        earned = trail.earning
        yield step(earned.earned_at, "Earned by the physician", earned.status, cause, earned.amount)
    payouts = {to_wire("payout", one.payout_id): one for one in trail.payouts}
    for use in trail.uses:
        state = "Given back" if use.returned_at is not None else "Taken"
        if use.taken_by in payouts:
            state = payouts[use.taken_by].status
        what = _TAKERS.get(use.taken_by[:2], "Taken")
        yield step(use.taken_at, what, state, use.taken_by, use.amount)
    for refund in trail.refunds:
        cause = to_wire("refund", refund.refund_id)
        what = "Refunded to the patient"
        yield step(refund.requested_at, what, refund.status, cause, refund.amount)
    for dispute in trail.disputes:
        cause = to_wire("dispute", dispute.dispute_id)
        what = "Disputed by the patient's bank"
        yield step(dispute.opened_at, what, dispute.status, cause, dispute.amount)


def page() -> rx.Component:
    """What happened, where it stands, and the entries."""
    return operations_frame(
        phased(
            MoneyTrailState,
            stack(
                page_head(
                    "Follow the money",
                    f"Consultation {MoneyTrailState.reference}",
                    back=("Books", "/operations/books"),
                ),
                notices(MoneyTrailState),
                _earning(),
                _path(),
                _standing(),
                _entries(),
                rx.el.p(link("The consultation itself", MoneyTrailState.consultation)),
                class_name="wide",
            ),
        ),
        here="/operations/books",
    )


def _earning() -> rx.Component:
    return rx.cond(
        MoneyTrailState.earned != "",
        card(
            rx.el.h2("The physician's part"),
            facts(
                ("Physician", MoneyTrailState.physician),
                ("Earned", MoneyTrailState.earned),
                ("Not withdrawn yet", MoneyTrailState.remaining),
                ("Clears", MoneyTrailState.clears),
            ),
        ),
    )


def _path() -> rx.Component:
    return rx.cond(
        has(MoneyTrailState.steps),
        table(
            "From the payment to the bank, in the order in which it happened.",
            ("When", "What", "State", "Reference", "Amount"),
            rx.foreach(
                MoneyTrailState.steps,
                lambda step: rx.el.tr(
                    rx.el.td(step.when, class_name="number"),
                    rx.el.td(step.what),
                    rx.el.td(step.state),
                    rx.el.td(link(step.reference, step.address), class_name="reference"),
                    rx.el.td(step.sum, class_name="amount"),
                ),
            ),
            amounts=1,
        ),
    )


def _standing() -> rx.Component:
    return rx.cond(
        has(MoneyTrailState.standing),
        table(
            "Where it stands: by how much each account is changed by all of this.",
            ("Account", "Amount"),
            rx.foreach(
                MoneyTrailState.standing,
                lambda one: rx.el.tr(
                    rx.el.td(account(one.account, one.owner, one.address)),
                    rx.el.td(one.sum, class_name="amount"),
                ),
            ),
            amounts=1,
        ),
    )


def _entries() -> rx.Component:
    return table(
        "The entries behind it, in the order of booking.",
        ("Booked", "What", "Postings"),
        rx.foreach(MoneyTrailState.entries, _entry),
    )


def _entry(entry: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.td(link(entry.booked, entry.address), class_name="number"),
        rx.el.td(entry.what),
        rx.el.td(rx.foreach(entry.postings, moved)),
    )
