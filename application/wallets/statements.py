"""
Statements of a physician's wallet: by month, and by payout.

They go by when things were booked, so that a month that is over never changes any more; each
line says when it happened as well. Consultations are named by reference: no patient is.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from attrs import frozen

from application.shared.access import Actor, Role, require_role
from application.shared.ports import Clock
from domain.payouts.payout import PayoutNotFound, PayoutStatus
from domain.shared.ids import ConsultationId, PayoutId, PhysicianId
from domain.shared.money import Currency, Money
from domain.shared.period import Period
from domain.wallets.month import Month, UnfitMonth
from domain.wallets.statement import PayoutPart, Statement, check_parts


@frozen(kw_only=True)
class Holder:
    """Whose wallet it is, as a letter would address them."""

    physician_id: PhysicianId
    name: str
    time_zone: str

    @property
    def zone(self) -> ZoneInfo:
        """Where they live."""
        return ZoneInfo(self.time_zone)


@frozen(kw_only=True)
class Withdrawal:
    """
    What one payout took of what one consultation earned.

    Args:
        returned_at: When it was given back, because the payout came to nothing.
    """

    payout_id: PayoutId
    consultation_id: ConsultationId
    amount: Money
    returned_at: datetime | None


@frozen(kw_only=True)
class MonthlyStatement:
    """
    A month of one wallet.

    Args:
        withdrawals: Of all consultations and payouts that are named in it, the oldest
            earning of each payout first.
        is_complete: Whether the month is over.
    """

    holder: Holder
    month: Month
    statement: Statement
    withdrawals: tuple[Withdrawal, ...]
    made_at: datetime
    is_complete: bool

    def withdrawals_of(self, consultation_id: ConsultationId) -> tuple[Withdrawal, ...]:
        """What payouts took of one consultation and did not give back."""
        return tuple(
            each
            for each in self.withdrawals
            if each.consultation_id == consultation_id and each.returned_at is None
        )


@frozen(kw_only=True)
class PaidPayout:
    """A payout as its statement states it."""

    payout_id: PayoutId
    physician_id: PhysicianId
    amount: Money
    status: PayoutStatus
    requested_at: datetime
    ended_at: datetime | None
    parts: tuple[PayoutPart, ...]


@frozen(kw_only=True)
class PayoutStatement:
    """One payout and the consultations that it paid, the oldest earning first."""

    holder: Holder
    payout: PaidPayout
    made_at: datetime


@frozen(kw_only=True)
class StatementOffer:
    """A month that there is a statement of."""

    month: Month
    currency: Currency
    is_complete: bool


@frozen(kw_only=True)
class Bookings:
    """From when until when a wallet moved in one currency."""

    currency: Currency
    first_at: datetime
    last_at: datetime


class StatementQueries(Protocol):
    """Wallets over time, straight from the database; each answer is from one snapshot."""

    def holder(self, physician_id: PhysicianId) -> Holder:
        """
        Whose wallet it is.

        Raises:
            PhysicianNotFound: There is no such physician.
        """
        ...

    def bookings(self, physician_id: PhysicianId) -> tuple[Bookings, ...]:
        """When each currency was booked, by its code."""
        ...

    def statement(
        self, physician_id: PhysicianId, currency: Currency, period: Period
    ) -> tuple[Statement, tuple[Withdrawal, ...]]:
        """What was booked in a period, with the balances before and after it."""
        ...

    def payout(self, payout_id: PayoutId) -> PaidPayout | None:
        """A payout with its parts."""
        ...


@frozen
class ListStatements:
    """
    List the months that there are statements of.
    """

    _queries: StatementQueries
    _clock: Clock

    def __call__(self, *, actor: Actor, physician_id: PhysicianId) -> tuple[StatementOffer, ...]:
        """
        The newest month first; every month since the first booking, the present one included.

        Raises:
            AccessDenied: Not one's own, and not finance staff.
            PhysicianNotFound: There is no such physician.
        """
        _require_owner(actor, physician_id)
        zone = self._queries.holder(physician_id).zone
        this_month = Month.of(self._clock.now(), zone)
        offers = [
            StatementOffer(month=month, currency=booked.currency, is_complete=month < this_month)
            for booked in self._queries.bookings(physician_id)
            for month in _months(
                Month.of(booked.first_at, zone), max(this_month, Month.of(booked.last_at, zone))
            )
        ]
        return tuple(sorted(offers, key=lambda offer: (offer.month, offer.currency.code))[::-1])


@frozen
class ViewMonthlyStatement:
    """
    State a month of a wallet: what stood at its start, every line, what stood at its end.
    """

    _queries: StatementQueries
    _clock: Clock

    def __call__(
        self, *, actor: Actor, physician_id: PhysicianId, month: Month, currency: Currency
    ) -> MonthlyStatement:
        """
        From midnight to midnight in the physician's own zone; up to now if it is not over.

        Raises:
            AccessDenied: Not one's own, and not finance staff.
            PhysicianNotFound: There is no such physician.
            UnfitMonth: It has not begun.
            StatementDoesNotAddUp: The lines and the balances differ; an alarm, not an answer.
        """
        _require_owner(actor, physician_id)
        holder, now = self._queries.holder(physician_id), self._clock.now()
        period = month.within(holder.zone)
        statement, withdrawals = self._queries.statement(physician_id, currency, period)
        if period.start_at > now and not statement.movements:
            raise UnfitMonth("This month has not begun.", field="month")
        statement.check()
        return MonthlyStatement(
            holder=holder,
            month=month,
            statement=statement,
            withdrawals=withdrawals,
            made_at=now,
            is_complete=period.end_at <= now,
        )


@frozen
class ViewPayoutStatement:
    """
    State a payout: the consultations that it paid, and how much of each.
    """

    _queries: StatementQueries
    _clock: Clock

    def __call__(self, *, actor: Actor, payout_id: PayoutId) -> PayoutStatement:
        """
        For the physician whose payout it is, and for finance staff.

        Raises:
            PayoutNotFound: No such payout, or somebody else's.
            StatementDoesNotAddUp: The parts are not the payout; an alarm, not an answer.
        """
        payout = self._queries.payout(payout_id)
        may_see = (
            Role.FINANCE in actor.roles
            or actor.is_system
            or (payout is not None and actor.physician_id == payout.physician_id)
        )
        if payout is None or not may_see:
            raise PayoutNotFound("There is no such payout.")
        check_parts(payout.parts, payout.amount)
        return PayoutStatement(
            holder=self._queries.holder(payout.physician_id),
            payout=payout,
            made_at=self._clock.now(),
        )


def _months(first: Month, last: Month) -> Iterator[Month]:
    while first <= last:
        yield first
        first = first.next


def _require_owner(actor: Actor, physician_id: PhysicianId) -> None:
    if actor.physician_id != physician_id:
        require_role(actor, Role.FINANCE)
