"""
Are the books right? Nine checks that must hold at every moment, and the trial balance.

They read the database itself, not what the code believes: a check that fails is an alarm.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from application.shared.access import Actor, Role, require_role
from application.shared.ports import Clock
from domain.ledger.chart import AccountType
from domain.shared.money import Money


class Check(StrEnum):
    """What must always be so."""

    DEBITS_EQUAL_CREDITS = "debits_equal_credits"
    STORED_EQUALS_RECOMPUTED = "stored_equals_recomputed"
    PAST_EQUALS_RECOMPUTED = "past_equals_recomputed"
    WALLETS_NEVER_NEGATIVE = "wallets_never_negative"
    EVERY_FACT_POSTED_ONCE = "every_fact_posted_once"
    VENDOR_BOOKS_AGREE = "vendor_books_agree"
    CLEARING_ACCOUNTS_DRAIN = "clearing_accounts_drain"
    ONE_CREDIT_PER_CONSULTATION = "one_credit_per_consultation"
    LOTS_EQUAL_WITHDRAWALS = "lots_equal_withdrawals"


@frozen(kw_only=True)
class Break:
    """Something that is not as it must be. Identifiers and amounts only."""

    check: Check
    subject: str
    expected: str
    found: str


@frozen(kw_only=True)
class CheckResult:
    """
    The outcome of one check.

    Args:
        looked_at: How many facts, accounts or entries were compared; 0 means nothing to check.
    """

    check: Check
    looked_at: int
    breaks: tuple[Break, ...]

    @property
    def holds(self) -> bool:
        """Whether everything was as it must be."""
        return not self.breaks


@frozen(kw_only=True)
class BooksVerified:
    """All checks, in order."""

    at: datetime
    results: tuple[CheckResult, ...]

    @property
    def hold(self) -> bool:
        """Whether every check held."""
        return all(result.holds for result in self.results)


@frozen(kw_only=True)
class TrialBalanceLine:
    """One account's balance in one currency, on the side on which it grows."""

    account: str
    type: AccountType
    balance: Money


@frozen(kw_only=True)
class TrialBalanceView:
    """All accounts in one currency; both totals are equal or the books are wrong."""

    currency: str
    as_of: datetime
    lines: tuple[TrialBalanceLine, ...]
    debits: Money
    credits: Money


class Books(Protocol):
    """The database's own view of the books, one consistent snapshot for each call."""

    def verify(self, check: Check) -> CheckResult:
        """Run one check against what is stored."""
        ...

    def trial_balance(self, *, as_of: datetime) -> Sequence[TrialBalanceView]:
        """Every account's balance by what had occurred until then, by currency."""
        ...


class VendorBooks(Protocol):
    """What vendors say of the same money, where they can be asked."""

    def verify(self, *, since: datetime) -> CheckResult:
        """Compare their list of payments and transfers with our facts, item by item."""
        ...


@frozen
class VerifyBooks:
    """
    Check everything that must always be so about the money.
    """

    _books: Books
    _clock: Clock

    def __call__(self, *, actor: Actor) -> BooksVerified:
        """
        Run every check.

        Raises:
            AccessDenied: Not finance staff or the system.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        return BooksVerified(
            at=self._clock.now(), results=tuple(self._books.verify(check) for check in Check)
        )


@frozen
class TrialBalance:
    """
    Show every account, by currency, as of an instant.
    """

    _books: Books
    _clock: Clock

    def __call__(
        self, *, actor: Actor, as_of: datetime | None = None
    ) -> tuple[TrialBalanceView, ...]:
        """
        All accounts that were ever used, by currency.

        Raises:
            AccessDenied: Not finance staff.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        return tuple(self._books.trial_balance(as_of=as_of or self._clock.now()))
