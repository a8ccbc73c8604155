"""
The journal: search it, look at one entry, read an account.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from application.ledger.journal_search import (
    AccountLine,
    JournalFilter,
    SearchJournal,
    Span,
    ViewAccountStatement,
    ViewJournalEntry,
)
from domain.shared.ids import to_wire
from domain.shared.money import Currency
from entrypoints.portal.journal_words import (
    FIELDS,
    EntryLine,
    entry_address,
    entry_line,
    read_filter,
    read_midnight,
    reason_words,
    trail_address,
)
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import (
    PageState,
    acting,
    ask,
    id_in_address,
    opening,
    zone_here,
)
from entrypoints.portal.words import amount, moment, short

ROUTE = "/operations/journal"
ENTRY_ROUTE = "/operations/journal/[journal_entry_id]"
ACCOUNT_ROUTE = "/operations/account"


class JournalState(PageState, rx.State):
    """The latest entries, or those that a search finds."""

    entries: list[EntryLine] = []
    typed: dict[str, str] = {}
    export: str = ""
    has_more: bool = False

    _wanted: JournalFilter = JournalFilter()
    _cursor: str | None = None

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Search for what the address says."""
        async with opening(self):
            params = self.rx_router_page.params
            await self._search({name: str(params.get(name, "")) for name in FIELDS})

    @allowed(Audience.STAFF)
    async def search(self, form: dict[str, Any]) -> None:
        """Search for what the form says."""
        async with acting(self):
            await self._search({name: str(form.get(name, "")) for name in FIELDS})

    @allowed(Audience.STAFF)
    async def more(self) -> None:
        """Show earlier ones."""
        async with acting(self):
            await self._read(cursor=self._cursor)

    async def _search(self, typed: dict[str, str]) -> None:
        said = {name: value for name, value in typed.items() if value.strip()}
        said["zone"] = await zone_here(self)
        self._wanted = read_filter(said)
        self.typed = dict.fromkeys(FIELDS, "") | said
        self.export = f"/files/books/journal.csv?{urlencode(said)}"
        await self._read(cursor=None)

    async def _read(self, *, cursor: str | None) -> None:
        page = await ask(self, SearchJournal, wanted=self._wanted, limit=25, cursor=cursor)
        zone = await zone_here(self)
        lines = [entry_line(view, zone) for view in page.items]
        self.entries = [*self.entries, *lines] if cursor else lines
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None


_NO_ENTRY = EntryLine("", "", "", "", "", "", "", [])


class EntryState(PageState, rx.State):
    """One entry."""

    entry: EntryLine = _NO_ENTRY
    what: str = ""
    key: str = ""
    resolves: str = ""
    resolved_by: str = ""
    trail: str = ""

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show it."""
        async with opening(self):
            entry_id = id_in_address(self, "journal_entry")
            view = await ask(self, ViewJournalEntry, entry_id=entry_id)
            self.entry = entry_line(view, await zone_here(self))
            self.what, self.key = reason_words(view.reason), view.key
            self.resolves = entry_address(view.resolves)
            self.resolved_by = entry_address(view.resolved_by)
            self.trail = trail_address(view.consultation_id)


@dataclass(frozen=True)
class AccountRow:
    """An entry as it changed the account."""

    address: str
    booked: str
    what: str
    cause: str
    change: str
    balance: str


class AccountState(PageState, rx.State):
    """An account's statement, the latest first."""

    account: str = ""
    owner: str = ""
    kind: str = ""
    currency: str = ""
    since: str = ""
    until: str = ""
    before: str = ""
    after: str = ""
    rows: list[AccountRow] = []
    export: str = ""
    has_more: bool = False

    _span: Span = Span()
    _cursor: str | None = None

    @allowed(Audience.STAFF)
    async def load(self) -> None:
        """Show the account that the address names."""
        async with opening(self):
            params = self.rx_router_page.params
            self.account = str(params.get("account", ""))
            self.currency = str(params.get("currency", ""))
            await self._bound("", "")

    @allowed(Audience.STAFF)
    async def bound(self, form: dict[str, Any]) -> None:
        """Show only some days of it."""
        async with acting(self):
            await self._bound(str(form.get("since", "")), str(form.get("until", "")))

    @allowed(Audience.STAFF)
    async def more(self) -> None:
        """Show earlier lines."""
        async with acting(self):
            await self._read(cursor=self._cursor)

    async def _bound(self, since: str, until: str) -> None:
        zone = await zone_here(self)
        span = Span(
            start_at=read_midnight(since, zone, "since"),
            end_at=read_midnight(until, zone, "until", days=1),
        )
        self._span, self.since, self.until = span, since, until
        bounds = {"from": span.start_at, "until": span.end_at}
        said = {name: at.isoformat() for name, at in bounds.items() if at is not None}
        named = {"account": self.account, "currency": self.currency}
        self.export = f"/files/books/account.csv?{urlencode(named | said)}"
        await self._read(cursor=None)

    async def _read(self, *, cursor: str | None) -> None:
        shown = await ask(
            self,
            ViewAccountStatement,
            account=self.account,
            currency=Currency(self.currency),
            span=self._span,
            limit=25,
            cursor=cursor,
        )
        zone = await zone_here(self)
        rows = [_row(line, zone) for line in shown.lines.items]
        self.rows = [*self.rows, *rows] if cursor else rows
        self.kind, self.owner = shown.type.value.capitalize(), shown.owner_name or ""
        self.before, self.after = amount(shown.opening), amount(shown.closing)
        self._cursor = shown.lines.next_cursor
        self.has_more = self._cursor is not None


def _row(line: AccountLine, zone: str) -> AccountRow:
    entry, change = line.entry, line.change
    return AccountRow(
        address=f"/operations/journal/{to_wire('journal_entry', entry.entry_id)}",
        booked=moment(entry.recorded_at, zone),
        what=reason_words(entry.reason),
        cause=short(entry.cause),
        change=f"+{amount(change)}" if change.minor > 0 else amount(change),
        balance=amount(line.balance),
    )
