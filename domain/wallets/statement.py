"""
A statement: what changed a wallet between two instants, so that a person can add it up.

It counts what we owe the physician in all. A consultation raises that by its price without
commission, fees and tax; a refund or lost dispute lowers it; so does a payout when it is paid.
Money that only moves within the wallet changes the states and not the sum.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum

from attrs import frozen

from domain.ledger.chart import (
    COMMISSION,
    GOODWILL,
    PAYOUTS_IN_TRANSIT,
    PLATFORM_FEE,
    LedgerAccount,
    is_tax,
    physician_debt,
    wallet_available,
    wallet_held,
    wallet_pending,
)
from domain.ledger.journal import Posting, Postings, Reason
from domain.shared.errors import InvariantError
from domain.shared.ids import ConsultationId, JournalEntryId, PhysicianId
from domain.shared.money import Currency, Money, total
from domain.shared.period import Period
from domain.wallets.money_state import MoneyState, WalletBalances


class StatementDoesNotAddUp(InvariantError):
    """What stood at the start and what happened since is not what stands at the end."""


class MovementKind(StrEnum):
    """What a movement is to its physician."""

    CONSULTATION = "consultation"
    REFUND = "refund"  # and its undoing
    DISPUTE = "dispute"  # lost, or the loss undone
    DEBT_RECOVERED = "debt_recovered"  # and given back
    PAYOUT = "payout"
    PAYOUT_RETURNED = "payout_returned"
    CORRECTION = "correction"  # anything else that changes what we owe
    MOVED = "moved"  # from one state to another


_KINDS = {
    Reason.SERVICE_DELIVERED: MovementKind.CONSULTATION,
    Reason.REFUND_BEFORE_DELIVERY: MovementKind.REFUND,
    Reason.REFUND_AFTER_DELIVERY: MovementKind.REFUND,
    Reason.REFUND_FAILED: MovementKind.REFUND,
    Reason.DISPUTE_LOST: MovementKind.DISPUTE,
    Reason.DISPUTE_LOSS_UNDONE: MovementKind.DISPUTE,
    Reason.DEBT_RECOVERED: MovementKind.DEBT_RECOVERED,
    Reason.RECOVERY_RETURNED: MovementKind.DEBT_RECOVERED,
    Reason.PAYOUT_PAID: MovementKind.PAYOUT,
    Reason.PAYOUT_RETURNED: MovementKind.PAYOUT_RETURNED,
}


@frozen(kw_only=True)
class Movement:
    """
    One journal entry as one physician sees it.

    Args:
        change: By how much each state changed; the debt is positive where it grew.
        commission: Kept by the platform, negative; positive where it is given back. Likewise
            `platform_fee` and `tax`.
        borne: What the platform bears of a refund in the physician's place, positive.
        consultation_id: Behind an earning, its refund, dispute or recovery.
    """

    entry_id: JournalEntryId
    reason: str
    cause: str
    occurred_at: datetime
    recorded_at: datetime
    change: WalletBalances
    commission: Money
    platform_fee: Money
    tax: Money
    borne: Money
    consultation_id: ConsultationId | None = None

    @property
    def net(self) -> Money:
        """By how much what we owe the physician changed."""
        return self.change.owed

    @property
    def gross(self) -> Money:
        """Before commission, fee and tax: what the patient paid, or got back."""
        return self.net - self.commission - self.platform_fee - self.tax - self.borne

    @property
    def kind(self) -> MovementKind:
        """What it is to the physician."""
        known = _KINDS.get(Reason(self.reason)) if self.reason in set(Reason) else None
        if known is not None:
            return known
        return MovementKind.CORRECTION if self.net else MovementKind.MOVED

    @property
    def is_line(self) -> bool:
        """Whether a statement has a line for it: money that only moved within has none."""
        return self.kind is not MovementKind.MOVED


def change_of(physician_id: PhysicianId, currency: Currency, postings: Postings) -> WalletBalances:
    """By how much postings change each state of a wallet."""
    own = [posting for posting in postings if posting.amount.currency == currency]

    def credited(account: LedgerAccount) -> Money:
        return _credited(own, currency, lambda each: each == account)

    return WalletBalances(
        pending=credited(wallet_pending(physician_id)),
        available=credited(wallet_available(physician_id)),
        held=credited(wallet_held(physician_id)),
        in_transit=credited(PAYOUTS_IN_TRANSIT),
        debt=-credited(physician_debt(physician_id)),
    )


def read_movement(
    physician_id: PhysicianId,
    currency: Currency,
    postings: Postings,
    *,
    entry_id: JournalEntryId,
    reason: str,
    cause: str,
    occurred_at: datetime,
    recorded_at: datetime,
    consultation_id: ConsultationId | None,
) -> Movement:
    """Read an entry of the journal as one physician sees it, in one currency."""
    own = [posting for posting in postings if posting.amount.currency == currency]
    return Movement(
        entry_id=entry_id,
        reason=reason,
        cause=cause,
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        change=change_of(physician_id, currency, postings),
        commission=-_credited(own, currency, lambda each: each == COMMISSION),
        platform_fee=-_credited(own, currency, lambda each: each == PLATFORM_FEE),
        tax=-_credited(own, currency, is_tax),
        borne=-_credited(own, currency, lambda each: each == GOODWILL),
        consultation_id=consultation_id,
    )


@frozen(kw_only=True)
class Statement:
    """
    A wallet in one currency over a period, by when things were booked.

    Args:
        movements: All of them, in the order of booking.
    """

    physician_id: PhysicianId
    currency: Currency
    period: Period
    opening: WalletBalances
    closing: WalletBalances
    movements: tuple[Movement, ...]

    @property
    def lines(self) -> tuple[tuple[Movement, Money], ...]:
        """What a person reads: each movement that counts, and what we owed after it."""
        owed, lines = self.opening.owed, []
        for movement in self.movements:
            owed += movement.net
            if movement.is_line:
                lines.append((movement, owed))
        return tuple(lines)

    def of(self, *kinds: MovementKind) -> tuple[Movement, ...]:
        """The movements of some kinds."""
        return tuple(each for each in self.movements if each.kind in kinds)

    def net_of(self, kind: MovementKind) -> Money:
        """What movements of a kind came to."""
        return total([each.net for each in self.of(kind)], self.currency)

    def check(self) -> None:
        """
        Add it up, state by state.

        Raises:
            StatementDoesNotAddUp: The closing balances are not what the movements lead to.
        """
        for state in MoneyState:
            moved = total([each.change.of(state) for each in self.movements], self.currency)
            if self.opening.of(state) + moved != self.closing.of(state):
                raise StatementDoesNotAddUp(
                    f"{state} opens at {self.opening.of(state)}, moves by {moved}"
                    f" and closes at {self.closing.of(state)}"
                )


@frozen(kw_only=True)
class PayoutPart:
    """
    What one consultation gave to a payout.

    Args:
        delivered_at: When the consultation was completed.
        gross: What the patient paid; `commission`, `platform_fee` and `tax` are negative.
        earned: What the physician earned in it.
        amount: How much of that this payout took.
        returned_at: When it was given back, because the payout came to nothing.
    """

    consultation_id: ConsultationId
    delivered_at: datetime
    gross: Money
    commission: Money
    platform_fee: Money
    tax: Money
    earned: Money
    amount: Money
    returned_at: datetime | None = None


def check_parts(parts: Iterable[PayoutPart], amount: Money) -> None:
    """
    Hold what consultations gave to a payout against it.

    Raises:
        StatementDoesNotAddUp: They differ.
    """
    given = total([part.amount for part in parts], amount.currency)
    if given != amount:
        raise StatementDoesNotAddUp(f"a payout of {amount} is made of {given}")


def _credited(
    postings: Iterable[Posting], currency: Currency, wanted: Callable[[LedgerAccount], bool]
) -> Money:
    credited = [each.amount for each in postings if wanted(each.credit)]
    debited = [each.amount for each in postings if wanted(each.debit)]
    return total(credited, currency) - total(debited, currency)
