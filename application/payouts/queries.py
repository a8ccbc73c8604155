"""
Payouts and payout accounts as people see them.
"""

from datetime import datetime
from typing import Protocol

from attrs import evolve, frozen

from application.shared.access import Actor, Role, require_role, require_self_physician
from application.shared.pages import Page
from domain.payouts.failure import PayoutFailure
from domain.payouts.payout import PayoutNotFound, PayoutStatus
from domain.payouts.payout_account import (
    PayoutAccountNotFound,
    PayoutAccountStatus,
    Requirement,
)
from domain.shared.ids import ConsultationId, PayoutAccountId, PayoutId, PhysicianId, UserId
from domain.shared.money import Money


@frozen(kw_only=True)
class PayoutSource:
    """The part of a payout that was earned in one consultation."""

    consultation_id: ConsultationId
    amount: Money


@frozen(kw_only=True)
class SignatureView:
    """One person's yes to what is asked now."""

    user_id: UserId
    name: str
    at: datetime
    note: str | None


@frozen(kw_only=True)
class PayoutView:
    """
    One payout.

    Args:
        physician_name: Whose it is.
        above_limit: Whether no person decides on it alone.
        signatures: Who has agreed to what is asked now; for finance staff only.
        signatures_missing: How many people still have to.
        scheduled: Whether the physician's schedule asked for it.
        reference: The vendor's identifier, for asking them.
        attempts: How often it was sent.
        review: What a person of ours has to look into.
        sources: What it is made of, the oldest earning first; empty in lists.
    """

    payout_id: PayoutId
    physician_id: PhysicianId
    amount: Money
    status: PayoutStatus
    requested_at: datetime
    ended_at: datetime | None
    expected_at: datetime | None
    retry_at: datetime | None
    reference: str | None
    vendor_status: str | None
    failure: PayoutFailure | None
    review: str | None
    fee: Money | None
    attempts: int
    physician_name: str = ""
    above_limit: bool = False
    signatures: tuple[SignatureView, ...] = ()
    signatures_missing: int = 0
    scheduled: bool = False
    declined_because: str | None = None
    sources: tuple[PayoutSource, ...] = ()


@frozen(kw_only=True)
class PayoutAccountView:
    """
    A physician's payout account. Only the last four digits of a bank account exist here.

    Args:
        requirements: What the vendor wants of the physician.
        bank_on_its_way: The last four digits of one that is being named to the vendor.
    """

    payout_account_id: PayoutAccountId
    physician_id: PhysicianId
    status: PayoutAccountStatus
    reference: str | None
    bank_last_four: str | None
    bank_country: str | None
    bank_currency: str | None
    cooling_off_until: datetime | None
    requirements: tuple[Requirement, ...] = ()
    bank_on_its_way: str | None = None


class PayoutQueries(Protocol):
    """Payouts, straight from the database."""

    def payout(self, payout_id: PayoutId) -> PayoutView | None:
        """One, with its sources."""
        ...

    def page(
        self,
        *,
        physician_id: PhysicianId | None,
        needs_review: bool,
        needs_approval: bool,
        limit: int,
        cursor: str | None,
    ) -> Page[PayoutView]:
        """The newest first."""
        ...

    def account(self, physician_id: PhysicianId) -> PayoutAccountView | None:
        """A physician's payout account."""
        ...


@frozen
class ViewPayout:
    """
    Show a payout and the consultations that it was earned in.
    """

    _queries: PayoutQueries

    def __call__(self, *, actor: Actor, payout_id: PayoutId) -> PayoutView:
        """
        For the physician whose payout it is, and for finance staff.

        Raises:
            PayoutNotFound: No such payout, or somebody else's.
        """
        payout = self._queries.payout(payout_id)
        may_see = (
            Role.FINANCE in actor.roles
            or actor.is_system
            or (payout is not None and actor.physician_id == payout.physician_id)
        )
        if payout is None or not may_see:
            raise PayoutNotFound("There is no such payout.")
        return _as_seen_by(actor, payout)


@frozen
class ListPayouts:
    """
    List payouts: a physician's own, or all of them for finance staff.
    """

    _queries: PayoutQueries

    def __call__(
        self,
        *,
        actor: Actor,
        physician_id: PhysicianId | None = None,
        needs_review: bool = False,
        needs_approval: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[PayoutView]:
        """
        The newest first.

        Args:
            needs_review: Only those that a person of ours has to look into.
            needs_approval: Only those above the limit on which nobody has decided yet.

        Raises:
            AccessDenied: Not one's own, and not finance staff.
        """
        if physician_id is None or physician_id != actor.physician_id:
            require_role(actor, Role.FINANCE)
        page = self._queries.page(
            physician_id=physician_id,
            needs_review=needs_review,
            needs_approval=needs_approval,
            limit=limit,
            cursor=cursor,
        )
        return evolve(page, items=tuple(_as_seen_by(actor, one) for one in page.items))


@frozen
class ViewPayoutAccount:
    """
    Show how far a physician's payout account is.
    """

    _queries: PayoutQueries

    def __call__(self, *, actor: Actor, physician_id: PhysicianId) -> PayoutAccountView:
        """
        For the physician, and for staff.

        Raises:
            AccessDenied: Somebody else's.
            PayoutAccountNotFound: None was opened.
        """
        if not actor.is_staff:
            require_self_physician(actor, physician_id)
        account = self._queries.account(physician_id)
        if account is None:
            raise PayoutAccountNotFound("There is no payout account yet.")
        return account


def _as_seen_by(actor: Actor, payout: PayoutView) -> PayoutView:
    """Who of ours decided is for finance alone."""
    may_know = actor.is_system or Role.FINANCE in actor.roles
    return payout if may_know else evolve(payout, signatures=())
