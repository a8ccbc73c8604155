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
from domain.shared.errors import Unavailable
from domain.shared.money import Money


class VendorBooksUnavailable(Unavailable):
    """A vendor does not show its books just now, so nobody can say whether they agree."""


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


class Basis(StrEnum):
    """By which of an entry's two times one asks."""

    OCCURRED = "occurred_at"  # when it became true
    RECORDED = "recorded_at"  # when it was booked


@frozen(kw_only=True)
class TrialBalanceLine:
    """
    One account's balance in one currency, on the side on which it grows.

    Args:
        owner_name: Of the physician or pharmacy whose account it is, if it is one's.
    """

    account: str
    type: AccountType
    balance: Money
    owner_name: str | None = None


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
        """Run one check against what is stored; all but the one that needs the vendors."""
        ...

    def facts(self) -> "Sequence[SharedFact]":
        """What we posted of what vendors keep books about too, and did not undo."""
        ...

    def trial_balance(self, *, as_of: datetime, by: Basis) -> Sequence[TrialBalanceView]:
        """Every account's balance by all that had occurred, or was booked, until then."""
        ...


class FactKind(StrEnum):
    """What both sides keep books about."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    TRANSFER = "transfer"


@frozen(kw_only=True)
class SharedFact:
    """Something that happened to money at a vendor, under the vendor's identifier."""

    kind: FactKind
    reference: str
    amount: Money


class VendorBooks(Protocol):
    """What a vendor says of the same money."""

    def facts(self) -> Sequence[SharedFact]:
        """
        All payments, refunds and transfers not undone that carry our name, and what disputes moved.

        Raises:
            VendorBooksUnavailable: The vendor does not answer.
        """
        ...


@frozen
class SeveralVendorBooks:
    """The books of several vendors as one."""

    _vendors: Sequence[VendorBooks]

    def facts(self) -> Sequence[SharedFact]:
        """Everything that any of them says."""
        return [fact for vendor in self._vendors for fact in vendor.facts()]


@frozen
class VerifyBooks:
    """
    Check everything that must always be so about the money.
    """

    _books: Books
    _vendors: VendorBooks
    _clock: Clock

    def __call__(self, *, actor: Actor) -> BooksVerified:
        """
        Run every check.

        Raises:
            AccessDenied: Not finance staff or the system.
            VendorBooksUnavailable: A vendor does not answer.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        results = tuple(
            self._compare_with_vendors()
            if check is Check.VENDOR_BOOKS_AGREE
            else self._books.verify(check)
            for check in Check
        )
        return BooksVerified(at=self._clock.now(), results=results)

    def _compare_with_vendors(self) -> CheckResult:
        ours = {(fact.kind, fact.reference): fact.amount for fact in self._books.facts()}
        theirs = {(fact.kind, fact.reference): fact.amount for fact in self._vendors.facts()}
        differ = [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
        return CheckResult(
            check=Check.VENDOR_BOOKS_AGREE,
            looked_at=len(ours),
            breaks=tuple(
                Break(
                    check=Check.VENDOR_BOOKS_AGREE,
                    subject=f"{kind} {reference}",
                    expected=str(theirs.get((kind, reference), "nothing")),
                    found=str(ours.get((kind, reference), "nothing")),
                )
                for kind, reference in sorted(differ)
            ),
        )


@frozen
class TrialBalance:
    """
    Show every account, by currency, as of an instant.
    """

    _books: Books
    _clock: Clock

    def __call__(
        self, *, actor: Actor, as_of: datetime | None = None, by: Basis = Basis.OCCURRED
    ) -> tuple[TrialBalanceView, ...]:
        """
        All accounts that were used by then, by currency.

        Args:
            by: What counts as until then: by default what had occurred, whenever it was booked.

        Raises:
            AccessDenied: Not finance staff.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        return tuple(self._books.trial_balance(as_of=as_of or self._clock.now(), by=by))
