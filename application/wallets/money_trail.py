"""
Follow the money of one consultation: from the patient's payment to the physician's bank.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.ledger.journal_search import EntryView, change_of_account
from application.shared.access import Actor, Role, require_role
from domain.ledger.journal import Posting
from domain.ledger.lot import LotStatus
from domain.payments.dispute import DisputeStatus
from domain.payments.payment import PaymentNotFound, PaymentStatus
from domain.payments.refund import RefundStatus
from domain.payouts.payout import PayoutStatus
from domain.shared.ids import (
    ConsultationId,
    DisputeId,
    LotId,
    PaymentId,
    PayoutId,
    PhysicianId,
    RefundId,
)
from domain.shared.money import Money


@frozen(kw_only=True)
class PaidIn:
    """What the patient paid; a payment that was given up for another one shows as well."""

    payment_id: PaymentId
    amount: Money
    status: PaymentStatus
    captured_at: datetime | None


@frozen(kw_only=True)
class Earning:
    """What the physician earned, and how much of that nobody has taken yet."""

    lot_id: LotId
    physician_id: PhysicianId
    physician_name: str
    amount: Money
    remaining: Money
    status: LotStatus
    earned_at: datetime
    matures_at: datetime


@frozen(kw_only=True)
class Use:
    """A part of the earning that was taken, by a payout, hold, refund, dispute or recovery."""

    taken_by: str
    amount: Money
    taken_at: datetime
    returned_at: datetime | None


@frozen(kw_only=True)
class PaidOut:
    """A payout that took from the earning; its amount is all of it."""

    payout_id: PayoutId
    amount: Money
    status: PayoutStatus
    requested_at: datetime
    ended_at: datetime | None


@frozen(kw_only=True)
class GivenBack:
    """A refund of the payment."""

    refund_id: RefundId
    amount: Money
    status: RefundStatus
    requested_at: datetime


@frozen(kw_only=True)
class Disputed:
    """A dispute of the payment."""

    dispute_id: DisputeId
    amount: Money
    status: DisputeStatus
    opened_at: datetime


@frozen(kw_only=True)
class Standing:
    """
    By how much an account stands changed.

    Args:
        owner_name: Of the physician or pharmacy whose account it is, if it is one's.
    """

    account: str
    change: Money
    owner_name: str | None


@frozen(kw_only=True)
class MoneyTrail:
    """
    Everything that happened to one consultation's money, in the order of booking.

    Args:
        entries: Caused by the consultation, its payments, earning, refunds and disputes.
            A payout's own entries are about all that it paid, and stand with the payout.
    """

    consultation_id: ConsultationId
    payments: tuple[PaidIn, ...]
    earning: Earning | None
    uses: tuple[Use, ...]
    payouts: tuple[PaidOut, ...]
    refunds: tuple[GivenBack, ...]
    disputes: tuple[Disputed, ...]
    entries: tuple[EntryView, ...]

    @property
    def standing(self) -> tuple[Standing, ...]:
        """By how much each account stands changed by the entries, those that do at all."""
        names = {code: name for entry in self.entries for code, name in entry.owners.items()}
        return tuple(
            Standing(account=account.code, change=change, owner_name=names.get(account.code))
            for account, currency in sorted(
                {
                    (account, posting.amount.currency)
                    for entry in self.entries
                    for posting in entry.postings
                    for account in (posting.debit, posting.credit)
                },
                key=lambda pair: (pair[0].code, pair[1].code),
            )
            if (change := change_of_account(account, currency, tuple(_postings(self.entries))))
        )


class MoneyTrails(Protocol):
    """Trails, straight from the database."""

    def of_consultation(self, consultation_id: ConsultationId) -> MoneyTrail | None:
        """From one snapshot; None where nobody ever paid or earned."""
        ...


@frozen
class FollowTheMoney:
    """
    Show where every cent of one consultation went.
    """

    _trails: MoneyTrails

    def __call__(self, *, actor: Actor, consultation_id: ConsultationId) -> MoneyTrail:
        """
        For finance staff. It names no patient.

        Raises:
            AccessDenied: Not finance staff.
            PaymentNotFound: Nobody paid for such a consultation.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        trail = self._trails.of_consultation(consultation_id)
        if trail is None:
            raise PaymentNotFound("Nobody paid for such a consultation.")
        return trail


def _postings(entries: Iterable[EntryView]) -> Iterable[Posting]:
    for entry in entries:
        yield from entry.postings
