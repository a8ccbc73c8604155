"""
The journal: what happened to money, written once and never changed.

A posting moves one positive amount between two accounts and names both, so that an
entry that does not balance cannot be written down. A mistake is undone by another
entry that says which one it resolves.
"""

import hashlib
from datetime import datetime
from enum import StrEnum
from json.encoder import encode_basestring_ascii as _json

from attrs import field, frozen

from domain.ledger.chart import LedgerAccount
from domain.shared.errors import Conflict, InvariantError
from domain.shared.money import Money


class MalformedEntry(InvariantError):
    """An entry that says nothing, or moves nothing."""


class SameKeyOtherEntry(InvariantError):
    """The same fact was posted before, and differently."""


class ResolvesWrongly(InvariantError):
    """An entry that undoes or completes another has to take up exactly what that one left."""


class InsufficientFunds(Conflict):
    """The wallet does not hold that much."""


class Reason(StrEnum):
    """The facts that the books know; each has one posting rule."""

    PAYMENT_CAPTURED = "payment_captured"
    SERVICE_DELIVERED = "service_delivered"
    EARNING_MATURED = "earning_matured"
    HOLD_PLACED = "hold_placed"
    HOLD_RELEASED = "hold_released"
    PAYOUT_REQUESTED = "payout_requested"
    PAYOUT_SUBMITTED = "payout_submitted"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_FAILED = "payout_failed"
    PAYOUT_CANCELLED = "payout_cancelled"
    PAYOUT_RETURNED = "payout_returned"
    REFUND_BEFORE_DELIVERY = "refund_before_delivery"
    REFUND_AFTER_DELIVERY = "refund_after_delivery"
    REFUND_FAILED = "refund_failed"
    DEBT_RECOVERED = "debt_recovered"
    RECOVERY_RETURNED = "recovery_returned"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    DISPUTE_LOSS_UNDONE = "dispute_loss_undone"
    PROCESSOR_SETTLED = "processor_settled"
    FLOAT_FUNDED = "float_funded"
    FLOAT_FUNDING_REVERSED = "float_funding_reversed"
    CAPITAL_PAID_IN = "capital_paid_in"
    CURRENCY_CONVERTED = "currency_converted"
    RECONCILIATION_REPAIRED = "reconciliation_repaired"


@frozen(kw_only=True)
class Posting:
    """An amount moved from one account to another."""

    debit: LedgerAccount
    credit: LedgerAccount
    amount: Money = field()

    @amount.validator
    def _check(self, _: object, amount: Money) -> None:
        if amount.minor <= 0:
            raise MalformedEntry("a posting moves a positive amount")
        if self.debit == self.credit:
            raise MalformedEntry("a posting moves money between two accounts")


Postings = tuple[Posting, ...]


@frozen(kw_only=True)
class JournalDraft:
    """
    An entry to be written.

    Args:
        cause: What made it true, as a wire identifier, e.g. `po_…`.
        occurred_at: When it became true, which may lie before it is recorded.
        resolves: The key of the entry that this one completes or undoes. Its first posting
            must debit what that entry's first posting credited, and by the same amount; and
            an entry can be resolved only once.
        fact: Tells apart facts with one reason and one cause.
    """

    reason: Reason
    cause: str
    occurred_at: datetime
    postings: Postings = field()
    resolves: str | None = None
    fact: str | None = None

    @postings.validator
    def _check(self, _: object, postings: Postings) -> None:
        if not postings:
            raise MalformedEntry("an entry has at least one posting")

    @property
    def idempotency_key(self) -> str:
        """The same for the same fact, whoever posts it and however often."""
        return key_of(self.reason, self.cause, fact=self.fact)

    @property
    def fingerprint(self) -> str:
        """
        What the entry says, as SHA-256; two entries that differ only in time have the same.
        """
        # The JSON of a list, written by hand: it is asked of every entry that is posted.
        moved = ",".join(
            [
                f"[{_json(p.debit.code)},{_json(p.credit.code)},"
                f"{_json(p.amount.currency.code)},{p.amount.minor}]"
                for p in self.postings
            ]
        )
        resolves = "null" if self.resolves is None else _json(self.resolves)
        said = f"[{_json(self.reason.value)},{_json(self.cause)},{resolves},[{moved}]]"
        return hashlib.sha256(said.encode()).hexdigest()


def key_of(reason: Reason, cause: str, *, fact: str | None = None) -> str:
    """The key under which a fact is posted, to name it as resolved."""
    return f"{reason.value}:{cause}" if fact is None else f"{reason.value}:{cause}:{fact}"
