"""
The books as CSV, a line at a time: however many entries there are, few are in memory.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from attrs import frozen

from application.ledger.books import Basis, TrialBalance, TrialBalanceLine, TrialBalanceView
from application.ledger.journal_search import (
    EntryView,
    JournalFilter,
    JournalQueries,
    Span,
    change_of_account,
    check_span,
    read_account,
    with_owners,
)
from application.shared.access import Actor, Role, require_role
from application.shared.csv_lines import Cell, csv_lines
from domain.ledger.chart import LedgerAccount, Side
from domain.shared.ids import JournalEntryId, to_wire
from domain.shared.money import Currency, Money

_ENTRY = ("entry", "recorded_at", "occurred_at", "reason", "cause", "key")
# What is added comes last, so that whoever reads columns by their number reads on.
_JOURNAL = (
    *(*_ENTRY, "resolves", "debit", "credit", "amount", "currency"),
    *("debit_owner", "credit_owner"),
)
_ACCOUNT = (*_ENTRY, "change", "balance", "currency", "owner")
_TRIAL_BALANCE = ("as_of", "by", "account", "type", "debit", "credit", "currency", "owner")


@frozen
class ExportJournal:
    """
    Take the entries that a search finds along: a row for each posting.
    """

    _queries: JournalQueries

    def __call__(self, *, actor: Actor, wanted: JournalFilter) -> Iterator[str]:
        """
        In the order of booking. Who asks is checked before the first line.

        Raises:
            AccessDenied: Not finance staff.
            UnfitSearch: Too many have the owner's name.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        found = self._queries.every_entry(with_owners(self._queries, wanted))
        return csv_lines(_JOURNAL, _journal_rows(found))


@frozen
class ExportAccountStatement:
    """
    Take everything along that changed an account, with the balance after each change.
    """

    _queries: JournalQueries

    def __call__(
        self, *, actor: Actor, account: str, currency: Currency, span: Span
    ) -> Iterator[str]:
        """
        In the order of booking, from the opening balance on.

        Raises:
            AccessDenied: Not finance staff.
            AccountNotInChart: No account has this code.
            UnfitSearch: The span ends before it starts.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        found = read_account(account)
        check_span(span)
        return csv_lines(_ACCOUNT, self._rows(found, currency, span))

    def _rows(
        self, account: LedgerAccount, currency: Currency, span: Span
    ) -> Iterator[tuple[Cell, ...]]:
        balance = Money.zero(currency)
        if span.start_at is not None:
            balance = self._queries.balance(
                account, currency, before=span.start_at, by=Basis.RECORDED
            )
        owner = self._queries.owner_name(account)
        opening = (None, span.start_at, None, "opening", None, None)
        yield (*opening, None, balance, currency.code, owner)
        wanted = JournalFilter(
            account=account.code,
            currency=currency,
            recorded_from=span.start_at,
            recorded_until=span.end_at,
        )
        for entry in self._queries.every_entry(wanted):
            change = change_of_account(account, currency, entry.postings)
            balance += change
            yield (*_entry_cells(entry), change, balance, currency.code, owner)


@frozen
class ExportTrialBalance:
    """
    Take the trial balance of an instant along.
    """

    _trial_balance: TrialBalance

    def __call__(self, *, actor: Actor, as_of: datetime | None, by: Basis) -> Iterator[str]:
        """
        All accounts, each currency with its sums last.

        Raises:
            AccessDenied: Not finance staff.
        """
        views = self._trial_balance(actor=actor, as_of=as_of, by=by)
        return csv_lines(_TRIAL_BALANCE, _balance_rows(views, by))


def debit_and_credit(line: TrialBalanceLine) -> tuple[Money | None, Money | None]:
    """
    An account's balance in its column; a negative one stands on the other side, positive.
    """
    grows_on_debit = line.type.normal_side is Side.DEBIT
    is_debit = grows_on_debit == (line.balance.minor >= 0)
    shown = Money(abs(line.balance.minor), line.balance.currency)
    return (shown, None) if is_debit else (None, shown)


def _journal_rows(entries: Iterable[EntryView]) -> Iterator[tuple[Cell, ...]]:
    for entry in entries:
        for posting in entry.postings:
            yield (
                *_entry_cells(entry),
                _wire(entry.resolves),
                posting.debit.code,
                posting.credit.code,
                posting.amount,
                posting.amount.currency.code,
                entry.owners.get(posting.debit.code),
                entry.owners.get(posting.credit.code),
            )


def _entry_cells(entry: EntryView) -> tuple[Cell, ...]:
    return (
        _wire(entry.entry_id),
        entry.recorded_at,
        entry.occurred_at,
        entry.reason,
        entry.cause,
        entry.key,
    )


def _wire(entry_id: JournalEntryId | None) -> str | None:
    return None if entry_id is None else to_wire("journal_entry", entry_id)


def _balance_rows(views: Iterable[TrialBalanceView], by: Basis) -> Iterator[tuple[Cell, ...]]:
    for view in views:
        at: tuple[Cell, ...] = (view.as_of, by.value)
        nothing = Money.zero(view.debits.currency)
        debits, credits_ = nothing, nothing
        for line in view.lines:
            debit, credit = debit_and_credit(line)
            debits, credits_ = debits + (debit or nothing), credits_ + (credit or nothing)
            side = (debit, credit, view.currency, line.owner_name)
            yield (*at, line.account, line.type.value, *side)
        yield (*at, "total", None, debits, credits_, view.currency, None)
