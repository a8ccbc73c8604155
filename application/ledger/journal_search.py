"""
The journal for people: find entries, read an account, follow an entry to what caused it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Protocol
from uuid import UUID

from attrs import evolve, field, frozen

from application.ledger.books import Basis
from application.ledger.ports import EntryNotFound
from application.shared.access import Actor, Role, require_role
from application.shared.pages import Page
from domain.ledger.chart import (
    KINDS,
    AccountType,
    LedgerAccount,
    Side,
    UnknownLedgerAccount,
    account_of,
)
from domain.ledger.journal import Postings
from domain.shared.errors import InvalidInput, NotFound
from domain.shared.ids import ConsultationId, JournalEntryId
from domain.shared.jurisdiction import Jurisdiction, MalformedJurisdiction
from domain.shared.money import Currency, Money, total

_MOST_OWNERS = 50
"""Of how many people at once the accounts are searched."""
_SECOND_PARTS = {kind.name.partition(":")[2] for kind in KINDS}


class AccountNotInChart(NotFound):
    """No account has this code."""


class UnfitSearch(InvalidInput):
    """A range that ends before it starts, an amount that no posting moves, a name of too many."""


@frozen(kw_only=True)
class JournalFilter:
    """
    Which entries one wants; everything given must hold.

    Args:
        account: The code of an account that a posting touches.
        owner: Whose account a posting touches: the code's part after the colon, or, of
            physicians and pharmacies, a part of their name.
        owners: The codes' parts that `owner` stands for, once it was looked up.
        currency: Of a posting.
        cause: What made it, as a wire identifier.
        amount: In minor units, of a posting.
        text: Part of the entry's key, which holds reason and cause.
        occurred_from: Inclusive; `_until` is exclusive. Likewise `recorded_…`.
    """

    account: str | None = None
    owner: str | None = None
    owners: tuple[str, ...] = ()
    currency: Currency | None = None
    reason: str | None = None
    cause: str | None = None
    amount: int | None = None
    text: str | None = None
    occurred_from: datetime | None = None
    occurred_until: datetime | None = None
    recorded_from: datetime | None = None
    recorded_until: datetime | None = None

    def __attrs_post_init__(self) -> None:
        for name in ("occurred", "recorded"):
            start, end = getattr(self, f"{name}_from"), getattr(self, f"{name}_until")
            if start is not None and end is not None and end <= start:
                raise UnfitSearch("The end must come after the start.", field=f"{name}_until")
        if self.amount is not None and not 0 < self.amount < 2**63:
            raise UnfitSearch("A posting moves a positive amount.", field="amount")


@frozen(kw_only=True)
class EntryView:
    """
    An entry as it stands in the books.

    Args:
        resolves: The entry that it completes or undoes; `resolved_by` is the other way round.
        owners: The names of the physicians and pharmacies whose accounts it touches, by the
            accounts' codes.
        consultation_id: Behind it, where there is one; known when one entry is looked at.
    """

    entry_id: JournalEntryId
    key: str
    reason: str
    cause: str
    occurred_at: datetime
    recorded_at: datetime
    postings: Postings
    resolves: JournalEntryId | None
    resolved_by: JournalEntryId | None
    owners: Mapping[str, str] = field(factory=dict, hash=False)
    consultation_id: ConsultationId | None = None


@frozen(kw_only=True)
class AccountLine:
    """
    An entry as it changed one account.

    Args:
        change: On the side on which the account grows.
        balance: After it.
    """

    entry: EntryView
    change: Money
    balance: Money


@frozen(kw_only=True)
class AccountStatement:
    """
    An account over a period, by booking, the newest line first.

    Args:
        owner_name: Of the physician or pharmacy whose account it is, if it is one's.
        opening: What stood before everything in the period; `closing` after it.
    """

    account: str
    owner_name: str | None
    type: AccountType
    currency: str
    opening: Money
    closing: Money
    lines: Page[AccountLine]


@frozen(kw_only=True)
class AccountBalance:
    """
    What an account held at an instant.

    Args:
        owner_name: Of the physician or pharmacy whose account it is, if it is one's.
    """

    account: str
    owner_name: str | None
    balance: Money


@frozen(kw_only=True)
class Span:
    """From a booking time to another one, the end excluded; None is without bound."""

    start_at: datetime | None = None
    end_at: datetime | None = None


class JournalQueries(Protocol):
    """The journal, straight from the database."""

    def entries(self, wanted: JournalFilter, *, limit: int, cursor: str | None) -> Page[EntryView]:
        """The latest booked first."""
        ...

    def every_entry(self, wanted: JournalFilter) -> Iterator[EntryView]:
        """All of them in the order of booking, a few at a time in memory."""
        ...

    def entry(self, entry_id: JournalEntryId) -> EntryView | None:
        """One, with the consultation behind it."""
        ...

    def owner_name(self, account: LedgerAccount) -> str | None:
        """Of the physician or pharmacy whose account it is, if it is one's."""
        ...

    def owners_called(self, words: str, *, limit: int) -> tuple[str, ...]:
        """
        The physicians and pharmacies whose name has all the words in it, in any order.

        Returns their codes' parts after the colon, no more than `limit`.

        Args:
            words: One at least.
        """
        ...

    def balance(
        self, account: LedgerAccount, currency: Currency, *, before: datetime | None, by: Basis
    ) -> Money:
        """What an account held before an instant; now if None."""
        ...

    def account_lines(
        self,
        account: LedgerAccount,
        currency: Currency,
        span: Span,
        *,
        limit: int,
        cursor: str | None,
    ) -> Page[AccountLine]:
        """The latest booked first, each with the balance after it."""
        ...


@frozen
class SearchJournal:
    """
    Find entries by account, owner, time, reason, cause, amount or text.
    """

    _queries: JournalQueries

    def __call__(
        self, *, actor: Actor, wanted: JournalFilter, limit: int = 50, cursor: str | None = None
    ) -> Page[EntryView]:
        """
        The latest booked first.

        Raises:
            AccessDenied: Not finance staff.
            UnfitSearch: Too many have such a name.
        """
        _require_finance(actor)
        return self._queries.entries(with_owners(self._queries, wanted), limit=limit, cursor=cursor)


@frozen
class ViewJournalEntry:
    """
    Show an entry with its postings, what caused it, and what it undoes or was undone by.
    """

    _queries: JournalQueries

    def __call__(self, *, actor: Actor, entry_id: JournalEntryId) -> EntryView:
        """
        For finance staff.

        Raises:
            AccessDenied: Not finance staff.
            EntryNotFound: There is none.
        """
        _require_finance(actor)
        found = self._queries.entry(entry_id)
        if found is None:
            raise EntryNotFound("There is no such entry.")
        return found


@frozen
class ViewAccountStatement:
    """
    Show everything that changed an account, with the balance after each change.
    """

    _queries: JournalQueries

    def __call__(
        self,
        *,
        actor: Actor,
        account: str,
        currency: Currency,
        span: Span,
        limit: int = 50,
        cursor: str | None = None,
    ) -> AccountStatement:
        """
        By booking, the latest first.

        Raises:
            AccessDenied: Not finance staff.
            AccountNotInChart: No account has this code.
            UnfitSearch: The span ends before it starts.
        """
        _require_finance(actor)
        found = read_account(account)
        check_span(span)

        def balance(before: datetime | None) -> Money:
            return self._queries.balance(found, currency, before=before, by=Basis.RECORDED)

        return AccountStatement(
            account=found.code,
            owner_name=self._queries.owner_name(found),
            type=found.kind.type,
            currency=currency.code,
            opening=Money.zero(currency) if span.start_at is None else balance(span.start_at),
            closing=balance(span.end_at),
            lines=self._queries.account_lines(found, currency, span, limit=limit, cursor=cursor),
        )


@frozen
class ViewAccountBalance:
    """
    Show what an account held at any past instant.
    """

    _queries: JournalQueries

    def __call__(
        self,
        *,
        actor: Actor,
        account: str,
        currency: Currency,
        before: datetime | None,
        by: Basis,
    ) -> AccountBalance:
        """
        By what had occurred, or was booked, before then; now if no instant is given.

        Raises:
            AccessDenied: Not finance staff.
            AccountNotInChart: No account has this code.
        """
        _require_finance(actor)
        found = read_account(account)
        return AccountBalance(
            account=found.code,
            owner_name=self._queries.owner_name(found),
            balance=self._queries.balance(found, currency, before=before, by=by),
        )


def with_owners(queries: JournalQueries, wanted: JournalFilter) -> JournalFilter:
    """
    Look up whose accounts are searched for, where somebody was named.

    Raises:
        UnfitSearch: Too many have such a name for a search that ends soon.
    """
    if wanted.owner is None:
        return wanted
    words = wanted.owner.strip()
    if not words or _is_code(words):
        return evolve(wanted, owners=(wanted.owner,))
    called = queries.owners_called(words, limit=_MOST_OWNERS + 1)
    if len(called) > _MOST_OWNERS:
        raise UnfitSearch("Many have such a name. Write more of it.", field="owner")
    return evolve(wanted, owners=(wanted.owner, *called))


def _is_code(owner: str) -> bool:
    """Whether it is how accounts write an owner: then whoever is called like it is not meant."""
    if owner in _SECOND_PARTS:
        return True
    for read in (UUID, Jurisdiction):
        with suppress(ValueError, MalformedJurisdiction):
            read(owner)
            return True
    return False


def read_account(code: str) -> LedgerAccount:
    """
    An account by its code.

    Raises:
        AccountNotInChart: It is not in the chart.
    """
    try:
        return account_of(code)
    except UnknownLedgerAccount as unknown:
        raise AccountNotInChart("There is no such account.") from unknown


def check_span(span: Span) -> None:
    """
    Refuse a span that holds nothing.

    Raises:
        UnfitSearch: It ends before it starts.
    """
    if span.start_at is not None and span.end_at is not None and span.end_at <= span.start_at:
        raise UnfitSearch("The end must come after the start.", field="until")


def change_of_account(account: LedgerAccount, currency: Currency, postings: Postings) -> Money:
    """By how much postings change an account, on the side on which it grows."""
    own = [posting for posting in postings if posting.amount.currency == currency]
    debited = _sum((each.amount for each in own if each.debit == account), currency)
    credited = _sum((each.amount for each in own if each.credit == account), currency)
    by_debit = account.kind.type.normal_side is Side.DEBIT
    return debited - credited if by_debit else credited - debited


def _sum(amounts: Iterable[Money], currency: Currency) -> Money:
    return total(list(amounts), currency)


def _require_finance(actor: Actor) -> None:
    require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
