"""
Disputes as finance staff see them.
"""

from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.shared.access import Actor, Role, require_role
from application.shared.pages import Page
from domain.payments.dispute import DisputeNotFound, DisputeStatus
from domain.payments.refund import Shares
from domain.shared.ids import ConsultationId, DisputeId, PaymentId, UserId
from domain.shared.money import Money


@frozen(kw_only=True)
class DisputeView:
    """
    One dispute.

    Args:
        away: How much of our money the processor holds back for it.
        owner_id: The member of staff who answers it.
        shares: Who gave back what of it, while it is lost.
        beyond: What it took on top of what was left of the payment, which we bear.
    """

    dispute_id: DisputeId
    payment_id: PaymentId
    consultation_id: ConsultationId
    reference: str
    amount: Money
    away: Money
    reason: str
    status: DisputeStatus
    inquiry: bool
    opened_at: datetime
    evidence_due_at: datetime | None
    evidence_sent_at: datetime | None
    ended_at: datetime | None
    owner_id: UserId | None
    shares: Shares | None
    beyond: Money | None
    review: str | None


@frozen(kw_only=True)
class DisputeChange:
    """
    Something that happened to a dispute.

    Args:
        kind: The event, such as `DisputeOpened`.
        amount: What was moved, negative when it was taken; else None.
        fee: What that cost beside.
    """

    kind: str
    at: datetime
    amount: Money | None = None
    fee: Money | None = None


class DisputeQueries(Protocol):
    """Disputes, straight from the database."""

    def dispute(self, dispute_id: DisputeId) -> DisputeView | None:
        """One."""
        ...

    def history(self, dispute_id: DisputeId) -> tuple[DisputeChange, ...]:
        """What happened to one, the earliest first; nothing for an unknown one."""
        ...

    def page(
        self, *, status: DisputeStatus | None, limit: int, cursor: str | None
    ) -> Page[DisputeView]:
        """The newest first."""
        ...

    def undecided(self, *, limit: int, cursor: str | None) -> Page[DisputeView]:
        """Those that wait for us by their time limit, then those that wait for the bank."""
        ...


@frozen
class ViewDispute:
    """
    Show a dispute, to those who answer it.
    """

    _queries: DisputeQueries

    def __call__(self, *, actor: Actor, dispute_id: DisputeId) -> DisputeView:
        """
        For finance staff.

        Raises:
            AccessDenied: Not finance staff.
            DisputeNotFound: No such dispute.
        """
        require_role(actor, Role.FINANCE)
        found = self._queries.dispute(dispute_id)
        if found is None:
            raise DisputeNotFound("There is no such dispute.")
        return found


@frozen
class ViewDisputeHistory:
    """
    Show what happened to a dispute, to those who answer it.
    """

    _queries: DisputeQueries

    def __call__(self, *, actor: Actor, dispute_id: DisputeId) -> tuple[DisputeChange, ...]:
        """
        The earliest first.

        Raises:
            AccessDenied: Not finance staff.
            DisputeNotFound: No such dispute.
        """
        require_role(actor, Role.FINANCE)
        changes = self._queries.history(dispute_id)
        if not changes:
            raise DisputeNotFound("There is no such dispute.")
        return changes


@frozen
class ListUndecidedDisputes:
    """
    List what has to be answered, the most urgent first.
    """

    _queries: DisputeQueries

    def __call__(
        self, *, actor: Actor, limit: int = 50, cursor: str | None = None
    ) -> Page[DisputeView]:
        """
        By the bank's time limit; those that wait for the bank come last.

        Raises:
            AccessDenied: Not finance staff.
        """
        require_role(actor, Role.FINANCE)
        return self._queries.undecided(limit=limit, cursor=cursor)


@frozen
class ListDisputes:
    """
    List disputes, for those who answer them.
    """

    _queries: DisputeQueries

    def __call__(
        self,
        *,
        actor: Actor,
        status: DisputeStatus | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[DisputeView]:
        """
        The newest first.

        Args:
            status: Only those that stand so.

        Raises:
            AccessDenied: Not finance staff.
        """
        require_role(actor, Role.FINANCE)
        return self._queries.page(status=status, limit=limit, cursor=cursor)
