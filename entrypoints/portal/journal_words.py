"""
The journal in words, and a search of it in an address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from application.ledger.journal_search import EntryView, JournalFilter
from domain.ledger.journal import Reason
from domain.shared.errors import InvalidInput
from domain.shared.ids import MalformedIdentifier, from_wire, to_wire
from domain.shared.money import Currency, Money
from entrypoints.portal.words import amount, moment, short, zone_of

FIELDS = (
    "account",
    "owner",
    "reason",
    "cause",
    "text",
    "currency",
    "amount",
    "recorded_from",
    "recorded_until",
    "zone",
)


class UnfitSearchTerm(InvalidInput):
    """Something that cannot be searched for."""


@dataclass(frozen=True)
class PostingLine:
    """A posting; each account leads to its statement. An owner is a name, or empty."""

    debit: str
    debit_owner: str
    debit_address: str
    credit: str
    credit_owner: str
    credit_address: str
    sum: str


@dataclass(frozen=True)
class EntryLine:
    """An entry in a list."""

    address: str
    reference: str
    booked: str
    happened: str
    what: str
    cause: str
    cause_address: str
    postings: list[PostingLine]


def reason_words(reason: str) -> str:
    """`Payment captured`."""
    return reason.replace("_", " ").capitalize()


def known_reasons() -> list[tuple[str, str]]:
    """Every reason that an entry can have, with its words."""
    return [(reason.value, reason_words(reason.value)) for reason in Reason]


def entry_line(view: EntryView, zone: str) -> EntryLine:
    """An entry, to read."""
    return EntryLine(
        address=entry_address(view.entry_id),
        reference=short(to_wire("journal_entry", view.entry_id)),
        booked=moment(view.recorded_at, zone),
        happened=moment(view.occurred_at, zone),
        what=reason_words(view.reason),
        cause=short(view.cause),
        cause_address=cause_address(view.cause),
        postings=[
            PostingLine(
                debit=posting.debit.code,
                debit_owner=view.owners.get(posting.debit.code, ""),
                debit_address=account_address(posting.debit.code, posting.amount.currency.code),
                credit=posting.credit.code,
                credit_owner=view.owners.get(posting.credit.code, ""),
                credit_address=account_address(posting.credit.code, posting.amount.currency.code),
                sum=amount(posting.amount),
            )
            for posting in view.postings
        ],
    )


def entry_address(entry_id: Any) -> str:
    """The page of an entry; empty for none."""
    if entry_id is None:
        return ""
    return f"/operations/journal/{to_wire('journal_entry', entry_id)}"


def account_address(account: str, currency: str) -> str:
    """The page of an account in one currency."""
    return "/operations/account?" + urlencode({"account": account, "currency": currency})


def trail_address(consultation_id: Any) -> str:
    """The page that follows one consultation's money; empty for none."""
    if consultation_id is None:
        return ""
    return f"/operations/money/{to_wire('consultation', consultation_id)}"


def cause_address(cause: str) -> str:
    """Where a cause can be looked at: a consultation's money, or all entries that it made."""
    if cause.startswith("co_"):
        return f"/operations/money/{cause}"
    return "/operations/journal?" + urlencode({"cause": cause})


def read_filter(typed: Mapping[str, str]) -> JournalFilter:
    """
    Read a search as a form or an address says it; days are whole days in the reader's zone.

    Raises:
        UnfitSearchTerm: A part of it cannot be searched for.
    """
    said = {name: str(typed.get(name, "")).strip()[:200] for name in FIELDS}
    currency = Currency(said["currency"].upper()) if said["currency"] else None
    return JournalFilter(
        account=said["account"] or None,
        reason=said["reason"] or None,
        cause=said["cause"] or None,
        text=said["text"] or None,
        owner=_owner(said["owner"]),
        currency=currency,
        amount=_minor(said["amount"], currency),
        recorded_from=read_midnight(said["recorded_from"], said["zone"], "recorded_from"),
        recorded_until=read_midnight(
            said["recorded_until"], said["zone"], "recorded_until", days=1
        ),
    )


def _owner(written: str) -> str | None:
    if not written.startswith("ph_"):
        return written or None
    try:
        return str(from_wire("physician", written))
    except MalformedIdentifier as malformed:
        raise UnfitSearchTerm("This is no physician's reference.", field="owner") from malformed


def _minor(written: str, currency: Currency | None) -> int | None:
    if not written:
        return None
    if currency is None:
        raise UnfitSearchTerm("Say in which currency the amount is.", field="currency")
    try:
        return Money.from_major(Decimal(written.replace(",", ".")), currency.code).minor
    except InvalidOperation as unreadable:
        raise UnfitSearchTerm("Write the amount as 120.50.", field="amount") from unreadable


def read_midnight(written: str, zone: str, name: str, *, days: int = 0) -> datetime | None:
    """
    The midnight at which a day begins where the reader lives, or so many days later.

    Raises:
        UnfitSearchTerm: It is no day.
    """
    if not written:
        return None
    try:
        on = date.fromisoformat(written) + timedelta(days=days)
        return datetime.combine(on, time(), tzinfo=zone_of(zone)).astimezone(UTC)
    except (ValueError, OverflowError) as unreadable:
        raise UnfitSearchTerm("Give the day as day, month and year.", field=name) from unreadable
