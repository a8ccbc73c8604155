"""
The journal for people, from the books in memory.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from attrs import frozen

from application.ledger.books import (
    Basis,
    Check,
    CheckResult,
    SharedFact,
    TrialBalanceLine,
    TrialBalanceView,
)
from application.ledger.journal_search import (
    AccountLine,
    EntryView,
    JournalFilter,
    Span,
    change_of_account,
)
from application.shared.pages import Page
from domain.ledger.chart import LedgerAccount, OwnerKind, Side
from domain.ledger.journal import Posting
from domain.shared.ids import ConsultationId, JournalEntryId, from_wire
from domain.shared.money import Currency, Money, total
from tests.fakes.ledger import Written
from tests.fakes.unit_of_work import FakeUnitOfWork


@frozen
class InMemoryJournalQueries:
    _uow: FakeUnitOfWork

    def entries(self, wanted: JournalFilter, *, limit: int, cursor: str | None) -> Page[EntryView]:
        found = list(self.every_entry(wanted))[::-1]
        start = int(cursor or 0)
        following = str(start + limit) if len(found) > start + limit else None
        return Page(tuple(found[start : start + limit]), following)

    def every_entry(self, wanted: JournalFilter) -> Iterator[EntryView]:
        for entry in self._uow.journal.entries:
            view = self._view(entry)
            if _fits(view, wanted):
                yield view

    def entry(self, entry_id: JournalEntryId) -> EntryView | None:
        found = (self._view(e) for e in self._uow.journal.entries if e.id == entry_id)
        return next(found, None)

    def owner_name(self, account: LedgerAccount) -> str | None:
        return owner_names(self._uow, [account]).get(account.code)

    def owners_called(self, words: str, *, limit: int) -> tuple[str, ...]:
        return tuple(
            owner
            for (_, owner), name in _names(self._uow).items()
            if all(word.lower() in name.lower() for word in words.split())
        )[:limit]

    def balance(
        self, account: LedgerAccount, currency: Currency, *, before: datetime | None, by: Basis
    ) -> Money:
        views = map(self._view, self._uow.journal.entries)
        return total(
            [
                change_of_account(account, currency, view.postings)
                for view in views
                if before is None or getattr(view, by.value) < before
            ],
            currency,
        )

    def account_lines(
        self,
        account: LedgerAccount,
        currency: Currency,
        span: Span,
        *,
        limit: int,
        cursor: str | None,
    ) -> Page[AccountLine]:
        wanted = JournalFilter(account=account.code, currency=currency)
        lines, balance = [], Money.zero(currency)
        for view in self.every_entry(wanted):
            change = change_of_account(account, currency, view.postings)
            balance += change
            if _between(view.recorded_at, span.start_at, span.end_at):
                lines.append(AccountLine(entry=view, change=change, balance=balance))
        start = int(cursor or 0)
        following = str(start + limit) if len(lines) > start + limit else None
        return Page(tuple(lines[::-1][start : start + limit]), following)

    def _view(self, entry: Written) -> EntryView:
        draft = entry.draft
        later = (
            e.id for e in self._uow.journal.entries if e.draft.resolves == draft.idempotency_key
        )
        earlier = self._uow.journal.find(draft.resolves) if draft.resolves else None
        is_whole = draft.cause.startswith("co_") and len(draft.cause) == 29
        return EntryView(
            entry_id=entry.id,
            key=draft.idempotency_key,
            reason=draft.reason.value,
            cause=draft.cause,
            occurred_at=draft.occurred_at,
            recorded_at=entry.recorded_at,
            postings=draft.postings,
            resolves=earlier.id if earlier else None,
            resolved_by=next(later, None),
            owners=owner_names(
                self._uow,
                (account for one in draft.postings for account in (one.debit, one.credit)),
            ),
            consultation_id=ConsultationId(from_wire("consultation", draft.cause))
            if is_whole
            else None,
        )


@frozen
class InMemoryBooks:
    """Trial balances alone: the checks are about a database."""

    _uow: FakeUnitOfWork

    def verify(self, check: Check) -> CheckResult:
        raise NotImplementedError(check)

    def facts(self) -> Sequence[SharedFact]:
        return ()

    def trial_balance(self, *, as_of: datetime, by: Basis) -> Sequence[TrialBalanceView]:
        queries = InMemoryJournalQueries(self._uow)
        counted = [e for e in queries.every_entry(JournalFilter()) if getattr(e, by.value) <= as_of]
        postings = [posting for entry in counted for posting in entry.postings]
        codes = sorted({posting.amount.currency.code for posting in postings})
        owners = {code: name for entry in counted for code, name in entry.owners.items()}
        return [_trial_balance(Currency(code), as_of, postings, owners) for code in codes]


def owner_names(uow: FakeUnitOfWork, accounts: Iterable[LedgerAccount]) -> dict[str, str]:
    """The names of those who own accounts, by the accounts' codes."""
    names = _names(uow)
    return {
        account.code: names[account.kind.owned_by, str(account.owner)]
        for account in accounts
        if (account.kind.owned_by, account.owner) in names
    }


def _names(uow: FakeUnitOfWork) -> dict[tuple[OwnerKind | None, str], str]:
    names: dict[tuple[OwnerKind | None, str], str] = {
        (OwnerKind.PHYSICIAN, str(one.id)): one.name.full for one in uow.physicians.all()
    }
    for pharmacy in uow.pharmacies.all():
        names[OwnerKind.PHARMACY, str(pharmacy.id)] = pharmacy.name
    return names


def _trial_balance(
    currency: Currency, as_of: datetime, postings: Sequence[Posting], owners: Mapping[str, str]
) -> TrialBalanceView:
    own = tuple(each for each in postings if each.amount.currency == currency)
    accounts = {account for each in own for account in (each.debit, each.credit)}
    lines = tuple(
        TrialBalanceLine(
            account=account.code,
            type=account.kind.type,
            balance=change_of_account(account, currency, own),
            owner_name=owners.get(account.code),
        )
        for account in sorted(accounts, key=lambda account: account.code)
    )

    def side(wanted: Side) -> Money:
        return total([x.balance for x in lines if x.type.normal_side is wanted], currency)

    return TrialBalanceView(
        currency=currency.code,
        as_of=as_of,
        lines=lines,
        debits=side(Side.DEBIT),
        credits=side(Side.CREDIT),
    )


def _fits(view: EntryView, wanted: JournalFilter) -> bool:
    return (
        wanted.reason in (None, view.reason)
        and wanted.cause in (None, view.cause)
        and (wanted.text or "").lower() in view.key.lower()
        and _between(view.occurred_at, wanted.occurred_from, wanted.occurred_until)
        and _between(view.recorded_at, wanted.recorded_from, wanted.recorded_until)
        and any(_moves(posting, wanted) for posting in view.postings)
    )


def _moves(posting: Posting, wanted: JournalFilter) -> bool:
    accounts = (posting.debit, posting.credit)
    return (
        wanted.amount in (None, posting.amount.minor)
        and wanted.currency in (None, posting.amount.currency)
        and any(
            wanted.account in (None, account.code)
            and (
                wanted.owner is None
                or not {*account.code.split(":")[1:2]}.isdisjoint(wanted.owners or {wanted.owner})
            )
            for account in accounts
        )
    )


def _between(at: datetime, start_at: datetime | None, end_at: datetime | None) -> bool:
    return (start_at is None or at >= start_at) and (end_at is None or at < end_at)
