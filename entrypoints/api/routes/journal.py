"""
The journal for finance staff: search, accounts, the trial balance of any instant, and CSV.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Response
from pydantic import Field

from application.ledger.books import Basis
from application.ledger.exports import (
    ExportAccountStatement,
    ExportJournal,
    ExportTrialBalance,
)
from application.ledger.journal_search import (
    EntryView,
    JournalFilter,
    SearchJournal,
    Span,
    ViewAccountBalance,
    ViewAccountStatement,
    ViewJournalEntry,
)
from application.shared.csv_lines import MEDIA_TYPE
from domain.ledger.journal import Posting
from domain.shared.errors import InvalidInput
from domain.shared.ids import JournalEntryId, MalformedIdentifier, from_wire
from domain.shared.money import Currency
from entrypoints.api.files import attachment
from entrypoints.api.operations import Call, Listing, Resource, operation
from entrypoints.api.parameters import choice, instant, required
from entrypoints.api.wire import AmountOut, Code, ToWire

_CSV = "text/csv"
_SEARCH = {
    "account": "The code of an account that a posting touches.",
    "owner": "Whose account a posting touches: a physician (`ph_…`), words of a physician's or "
    "pharmacy's name, or a code's second part.",
    "currency": "ISO 4217, of a posting.",
    "reason": "The posting rule, such as `service_delivered`.",
    "cause": "What made it, such as `po_…`.",
    "amount": "Of a posting, in minor units.",
    "text": "Part of the entry's key, which holds reason and cause.",
    "occurred_from": "RFC 3339, inclusive.",
    "occurred_until": "RFC 3339, exclusive.",
    "recorded_from": "RFC 3339, inclusive.",
    "recorded_until": "RFC 3339, exclusive.",
}
_SPAN = {
    "currency": "ISO 4217. Required.",
    "from": "Booked then or later; RFC 3339.",
    "until": "Booked before then; RFC 3339.",
}
_AS_OF = {
    "as_of": "RFC 3339; now if not given.",
    "by": "`occurred_at`, or `recorded_at` for what was booked by then.",
}


OWNER_NAME = "Of the physician or pharmacy whose account it is; null if it is nobody's of them."


class PostingResource(Resource):
    debit: str
    debit_owner: str | None = Field(description=OWNER_NAME)
    credit: str
    credit_owner: str | None = Field(description=OWNER_NAME)
    amount: AmountOut


class EntryResource(Resource):
    entry_id: Annotated[str, ToWire("journal_entry")]
    key: str
    reason: str
    cause: str
    occurred_at: datetime
    recorded_at: datetime
    postings: list[PostingResource]
    resolves: Annotated[str, ToWire("journal_entry")] | None = Field(
        description="What it completes or undoes."
    )
    resolved_by: Annotated[str, ToWire("journal_entry")] | None
    consultation_id: Annotated[str, ToWire("consultation")] | None = Field(
        description="Behind it; told where one entry is looked at."
    )


class EntryListing(Listing):
    items: list[EntryResource]


class AccountLineResource(Resource):
    entry: EntryResource
    change: AmountOut = Field(description="On the side on which the account grows.")
    balance: AmountOut = Field(description="After this line.")


class AccountStatementResource(Listing):
    account: str
    owner_name: str | None = Field(description=OWNER_NAME)
    type: Code
    currency: str
    opening: AmountOut
    closing: AmountOut
    items: list[AccountLineResource]


class AccountBalanceResource(Resource):
    account: str
    owner_name: str | None = Field(description=OWNER_NAME)
    balance: AmountOut


@operation("GET", "/ledger/entries", tag="Ledger", returns=EntryListing, paged=True, query=_SEARCH)
def search_journal(call: Call[None]) -> EntryListing:
    """Find entries of the journal, the latest booked first."""
    page = call.use(SearchJournal)(actor=call.actor, wanted=_wanted(call), **call.page())
    return EntryListing(items=[read_entry(one) for one in page.items], next_cursor=page.next_cursor)


@operation("GET", "/ledger/entries.csv", tag="Ledger", produces=_CSV, query=_SEARCH)
def export_journal(call: Call[None]) -> Response:
    """Take the entries that a search finds along, a row for each posting, in order of booking."""
    return _saved(call.use(ExportJournal)(actor=call.actor, wanted=_wanted(call)), "journal")


@operation("GET", "/ledger/entries/{journal_entry_id}", tag="Ledger", returns=EntryResource)
def view_journal_entry(call: Call[None], journal_entry_id: UUID) -> EntryResource:
    """Show an entry, what caused it, and what it undoes or was undone by."""
    entry_id = JournalEntryId(journal_entry_id)
    return read_entry(call.use(ViewJournalEntry)(actor=call.actor, entry_id=entry_id))


@operation(
    "GET",
    "/ledger/accounts/{account}/statement",
    tag="Ledger",
    returns=AccountStatementResource,
    paged=True,
    query=_SPAN,
)
def view_account_statement(call: Call[None], account: str) -> AccountStatementResource:
    """Show what changed an account, the latest booked first, with the balance after each."""
    shown = call.use(ViewAccountStatement)(
        actor=call.actor, account=account, **_of_account(call), **call.page()
    )
    return AccountStatementResource.model_validate(
        {
            "account": shown.account,
            "owner_name": shown.owner_name,
            "type": shown.type,
            "currency": shown.currency,
            "opening": shown.opening,
            "closing": shown.closing,
            "items": [
                {"entry": read_entry(line.entry), "change": line.change, "balance": line.balance}
                for line in shown.lines.items
            ],
            "next_cursor": shown.lines.next_cursor,
        }
    )


@operation(
    "GET", "/ledger/accounts/{account}/statement.csv", tag="Ledger", produces=_CSV, query=_SPAN
)
def export_account_statement(call: Call[None], account: str) -> Response:
    """Take an account's statement along, in order of booking."""
    export = call.use(ExportAccountStatement)
    lines = export(actor=call.actor, account=account, **_of_account(call))
    return _saved(lines, f"account-{account}")


@operation(
    "GET",
    "/ledger/accounts/{account}/balance",
    tag="Ledger",
    returns=AccountBalanceResource,
    query={
        "currency": "ISO 4217. Required.",
        "before": "RFC 3339; now if not given.",
        "by": _AS_OF["by"],
    },
)
def view_account_balance(call: Call[None], account: str) -> AccountBalanceResource:
    """Show what an account held at any past instant."""
    shown = call.use(ViewAccountBalance)(
        actor=call.actor,
        account=account,
        currency=_currency(call),
        before=instant(call, "before"),
        by=_basis(call),
    )
    return AccountBalanceResource.model_validate(shown)


@operation("GET", "/ledger/trial-balance.csv", tag="Ledger", produces=_CSV, query=_AS_OF)
def export_trial_balance(call: Call[None]) -> Response:
    """Take the trial balance of any instant along."""
    export = call.use(ExportTrialBalance)
    lines = export(actor=call.actor, as_of=instant(call, "as_of"), by=_basis(call))
    return _saved(lines, "trial-balance")


def _wanted(call: Call[Any]) -> JournalFilter:
    query = call.query
    return JournalFilter(
        account=query.get("account"),
        owner=_owner(query.get("owner")),
        currency=Currency(query["currency"]) if "currency" in query else None,
        reason=query.get("reason"),
        cause=query.get("cause"),
        amount=_amount(query.get("amount")),
        text=query.get("text"),
        occurred_from=instant(call, "occurred_from"),
        occurred_until=instant(call, "occurred_until"),
        recorded_from=instant(call, "recorded_from"),
        recorded_until=instant(call, "recorded_until"),
    )


def _owner(written: str | None) -> str | None:
    if written is None or not written.startswith("ph_"):
        return written
    try:
        return str(from_wire("physician", written))
    except MalformedIdentifier as malformed:
        raise InvalidInput(str(malformed), field="owner") from malformed


def _amount(written: str | None) -> int | None:
    if written is None:
        return None
    if not (written.isascii() and written.isdecimal() and len(written) < 20):
        raise InvalidInput("Write the amount in minor units, such as 4500.", field="amount")
    return int(written)


def _of_account(call: Call[Any]) -> dict[str, Any]:
    span = Span(start_at=instant(call, "from"), end_at=instant(call, "until"))
    return {"currency": _currency(call), "span": span}


def _currency(call: Call[Any]) -> Currency:
    return Currency(required(call, "currency", "Say in which currency."))


def _basis(call: Call[Any]) -> Basis:
    return choice(call, "by", Basis) or Basis.OCCURRED


def read_entry(view: EntryView) -> EntryResource:
    """An entry as it travels."""
    return EntryResource.model_validate(
        {
            "entry_id": view.entry_id,
            "key": view.key,
            "reason": view.reason,
            "cause": view.cause,
            "occurred_at": view.occurred_at,
            "recorded_at": view.recorded_at,
            "postings": [_posting(posting, view.owners) for posting in view.postings],
            "resolves": view.resolves,
            "resolved_by": view.resolved_by,
            "consultation_id": view.consultation_id,
        }
    )


def _posting(posting: Posting, owners: Mapping[str, str]) -> dict[str, Any]:
    return {
        "debit": posting.debit.code,
        "debit_owner": owners.get(posting.debit.code),
        "credit": posting.credit.code,
        "credit_owner": owners.get(posting.credit.code),
        "amount": posting.amount,
    }


def _saved(lines: Iterator[str], name: str) -> Response:
    return attachment(lines, media_type=MEDIA_TYPE, filename=f"{name}.csv")
