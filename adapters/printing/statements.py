"""
Statements of a wallet as PDF. Consultations are named by reference; no patient is.
"""

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from reportlab.platypus import Flowable

from adapters.printing.letter import (
    LOCALE,
    amounts_table,
    cell,
    gap,
    heading,
    letter,
    moment,
    number,
    small,
    text,
    title,
    zone_words,
)
from application.wallets.papers import consultation_of, made_of, paid_by, payout_of
from application.wallets.statements import Holder, MonthlyStatement, PayoutStatement
from domain.payouts.payout import PayoutStatus
from domain.shared.ids import to_wire
from domain.shared.money import Money, total
from domain.wallets.money_state import MoneyState
from domain.wallets.statement import Movement, MovementKind, PayoutPart, Statement

_KINDS = {
    MovementKind.CONSULTATION: "Consultation",
    MovementKind.REFUND: "Refund to a patient",
    MovementKind.DISPUTE: "Dispute of a payment",
    MovementKind.DEBT_RECOVERED: "Taken off for an earlier refund",
    MovementKind.PAYOUT: "Paid to your bank",
    MovementKind.PAYOUT_RETURNED: "Payout returned by the bank",
    MovementKind.CORRECTION: "Correction",
}
_GIVEN_BACK = {
    MovementKind.REFUND: "Refund came back",
    MovementKind.DISPUTE: "Loss of a dispute undone",
}
_SUMS = (
    (MovementKind.REFUND, "Refunds"),
    (MovementKind.DISPUTE, "Disputes"),
    (MovementKind.CORRECTION, "Corrections"),
    (MovementKind.PAYOUT, "Payouts"),
    (MovementKind.PAYOUT_RETURNED, "Payouts returned"),
)
_STATES = {
    MoneyState.PENDING: "Pending: earned, inside the clearing period",
    MoneyState.AVAILABLE: "Available: may be withdrawn",
    MoneyState.HELD: "Held: set aside for a payout or a review",
    MoneyState.IN_TRANSIT: "In transit: with the banks",
    MoneyState.DEBT: "To be taken off: refunded after it was paid out",
}
_PAYOUT_WORDS = {
    PayoutStatus.REQUESTED: "about to be sent",
    PayoutStatus.SENDING: "being sent",
    PayoutStatus.UNKNOWN: "being looked up",
    PayoutStatus.SUBMITTED: "at the banks",
    PayoutStatus.PAID: "paid",
    PayoutStatus.FAILED: "failed; the money is back in your wallet",
    PayoutStatus.CANCELLED: "cancelled; the money is back in your wallet",
    PayoutStatus.RETURNED: "returned by the bank; the money is back in your wallet",
}
_WIDTHS = (20, 56, 20, 21, 17, 20, 20)
_BOOKED_LATE = timedelta(minutes=30)
_BALANCE_MEANS = (
    "The balance is what we owe you in all: pending, available, held and in transit, less what is "
    "to be taken off. A payout lowers it on the day on which it is paid."
)


class PdfStatements:
    """Prints statements on our letterhead."""

    def month(self, statement: MonthlyStatement) -> bytes:
        shown = statement.statement
        named = f"Statement, {format_date(statement.month.first_on, 'LLLL y', locale=LOCALE)}"
        story = [
            title(named),
            *_addressed(statement.holder, shown.currency.code),
            small(_made(statement)),
            *heading("Summary"),
            _summary(shown),
            *heading("Where it stands"),
            _states(shown),
            gap(1),
            small(_BALANCE_MEANS),
            *heading("Every line"),
            *_lines(statement),
            *_payouts(statement),
        ]
        return letter(
            story,
            name=named,
            about=f"{named} \u00b7 {shown.currency} \u00b7 {statement.holder.name}",
        )

    def payout(self, statement: PayoutStatement) -> bytes:
        payout, zone = statement.payout, statement.holder.zone
        reference = to_wire("payout", payout.payout_id)
        currency = payout.amount.currency.code
        story = [
            title("Payout"),
            *_addressed(statement.holder, currency),
            text(f"{currency} {number(payout.amount)}, {_PAYOUT_WORDS[payout.status]}"),
            text(f"Reference {reference}"),
            text(f"Asked for on {moment(payout.requested_at, zone)}"),
            *([text(f"Ended on {moment(payout.ended_at, zone)}")] if payout.ended_at else []),
            small(f"Made on {moment(statement.made_at, zone)}, {zone_words(zone)}."),
            *heading("The consultations that it is made of, the oldest earning first"),
            _parts(payout.parts, payout.amount, zone),
        ]
        about = f"Payout {reference} \u00b7 {statement.holder.name}"
        return letter(story, name=f"Payout {reference}", about=about)


def _addressed(holder: Holder, currency: str) -> list[Flowable]:
    reference = to_wire("physician", holder.physician_id)
    return [text(holder.name), small(f"{reference} \u00b7 all amounts in {currency}"), gap(2)]


def _made(shown: MonthlyStatement) -> str:
    zone, period = shown.holder.zone, shown.statement.period
    until = period.end_at if shown.is_complete else shown.made_at
    so_far = "" if shown.is_complete else " The month is not over: more may follow."
    return (
        f"What was booked from {moment(period.start_at, zone)} to {moment(until, zone)},"
        f" {zone_words(zone)}. Made on {moment(shown.made_at, zone)}.{so_far}"
    )


def _summary(shown: Statement) -> Flowable:
    earned = shown.of(MovementKind.CONSULTATION)
    parts = (
        (f"Consultations ({len(earned)}), gross", [each.gross for each in earned]),
        ("Commission", [each.commission for each in earned]),
        ("Platform fees", [each.platform_fee for each in earned]),
        ("Tax", [each.tax for each in earned]),
    )
    sums = [(words, total(amounts, shown.currency)) for words, amounts in parts]
    sums += [(words, shown.net_of(kind)) for kind, words in _SUMS]
    rows = [
        ("Opening balance", number(shown.opening.owed)),
        *((words, number(amount)) for words, amount in sums if amount),
        ("Closing balance", number(shown.closing.owed)),
    ]
    return amounts_table(("", "Amount"), rows, (90, 32), amounts=1, strong=(0, -1))


def _states(shown: Statement) -> Flowable:
    rows = [
        (words, number(shown.opening.of(state)), number(shown.closing.of(state)))
        for state, words in _STATES.items()
    ]
    rows.append(("What we owe you", number(shown.opening.owed), number(shown.closing.owed)))
    return amounts_table(
        ("", "At the start", "At the end"), rows, (90, 32, 32), amounts=2, strong=(-1,)
    )


def _lines(shown: MonthlyStatement) -> list[Flowable]:
    lines = shown.statement.lines
    if not lines:
        return [text("Nothing was booked in this month.")]
    rows = [_line(shown, movement, owed) for movement, owed in lines]
    columns = ("Booked", "What", "Gross", "Commission", "Fee, tax", "Net", "Balance")
    return [amounts_table(columns, rows, _WIDTHS, amounts=5)]


def _line(shown: MonthlyStatement, movement: Movement, owed: Money) -> tuple[object, ...]:
    zone = shown.holder.zone
    details = [reference for reference in (_reference(movement),) if reference]
    if movement.recorded_at - movement.occurred_at >= _BOOKED_LATE:
        details.append(f"Happened {moment(movement.occurred_at, zone)}")
    for one in paid_by(shown, movement):
        details += [f"{number(one.amount)} withdrawn with", to_wire("payout", one.payout_id)]
    if movement.change.debt:
        details.append(f"To be taken off: {_signed(movement.change.debt)}")
    if movement.borne:
        details.append(f"Borne by us: {number(movement.borne)}")
    return (
        moment(movement.recorded_at, zone),
        cell(_what(movement), *details),
        *_of_a_price(movement),
        number(movement.net),
        number(owed),
    )


def _what(movement: Movement) -> str:
    came_back = _GIVEN_BACK.get(movement.kind) if movement.net.minor > 0 else None
    return came_back or _KINDS[movement.kind]


def _reference(movement: Movement) -> str | None:
    return payout_of(movement) or consultation_of(movement)


def _signed(money: Money) -> str:
    return f"+{number(money)}" if money.minor > 0 else number(money)


def _of_a_price(movement: Movement) -> tuple[str, str, str]:
    if not (movement.commission or movement.platform_fee or movement.tax or movement.borne):
        return ("", "", "")
    fees = movement.platform_fee + movement.tax
    return (number(movement.gross), number(movement.commission), number(fees))


def _payouts(shown: MonthlyStatement) -> Iterable[Flowable]:
    paid = shown.statement.of(MovementKind.PAYOUT)
    if paid:
        yield from heading("What each payout paid")
    for movement in paid:
        sources = made_of(shown, movement)
        rows: list[tuple[object, ...]] = [
            (to_wire("consultation", one.consultation_id), number(one.amount)) for one in sources
        ]
        rows.append(("Together", number(-movement.net)))
        reference = f"{movement.cause} \u00b7 {moment(movement.recorded_at, shown.holder.zone)}"
        yield amounts_table((reference, "Amount"), rows, (122, 32), amounts=1, strong=(-1,))
        yield gap()


def _parts(parts: tuple[PayoutPart, ...], amount: Money, zone: ZoneInfo) -> Flowable:
    rows: list[tuple[object, ...]] = [
        (
            moment(part.delivered_at, zone),
            small(to_wire("consultation", part.consultation_id)),
            number(part.gross),
            number(part.commission),
            number(part.platform_fee + part.tax),
            number(part.earned),
            number(part.amount),
        )
        for part in parts
    ]
    rows.append(("Together", "", "", "", "", "", number(amount)))
    columns = (
        "Delivered",
        "Consultation",
        "Gross",
        "Commission",
        "Fee, tax",
        "Earned",
        "Paid here",
    )
    return amounts_table(columns, rows, _WIDTHS, amounts=5, strong=(-1,))
