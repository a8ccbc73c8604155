"""
Wallets over time, from the books in memory.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from attrs import define, field

from application.wallets.statements import Bookings, Holder, PaidPayout, Withdrawal
from domain.ledger.chart import (
    LedgerAccount,
    physician_debt,
    wallet_available,
    wallet_held,
    wallet_pending,
)
from domain.ledger.journal import Reason
from domain.ledger.lot import Lot
from domain.physicians.physician import PhysicianNotFound
from domain.shared.ids import ConsultationId, PayoutId, PhysicianId, from_wire, to_wire
from domain.shared.money import Currency, Money
from domain.shared.period import Period
from domain.wallets.money_state import WalletBalances
from domain.wallets.statement import Movement, PayoutPart, Statement, read_movement
from tests.fakes.ledger import Written
from tests.fakes.unit_of_work import FakeUnitOfWork


@define(eq=False)
class InMemoryStatements:
    uow: FakeUnitOfWork
    holders: dict[PhysicianId, Holder] = field(factory=dict)

    def holder(self, physician_id: PhysicianId) -> Holder:
        if physician_id not in self.holders:
            raise PhysicianNotFound("There is no such physician.")
        return self.holders[physician_id]

    def bookings(self, physician_id: PhysicianId) -> tuple[Bookings, ...]:
        booked: dict[str, list[datetime]] = {}
        for entry in self.uow.journal.entries:
            for posting in entry.draft.postings:
                if {posting.debit, posting.credit} & _accounts(physician_id):
                    booked.setdefault(posting.amount.currency.code, []).append(entry.recorded_at)
        return tuple(
            Bookings(currency=Currency(code), first_at=min(times), last_at=max(times))
            for code, times in sorted(booked.items())
        )

    def statement(
        self, physician_id: PhysicianId, currency: Currency, period: Period
    ) -> tuple[Statement, tuple[Withdrawal, ...]]:
        movements = tuple(
            self._movement(physician_id, currency, entry)
            for entry in self._entries(physician_id, currency)
            if entry.recorded_at in period
        )
        statement = Statement(
            physician_id=physician_id,
            currency=currency,
            period=period,
            opening=self._balances(physician_id, currency, lambda at: at < period.start_at),
            closing=self._balances(physician_id, currency, lambda at: at < period.end_at),
            movements=movements,
        )
        return statement, tuple(self._withdrawals(physician_id, currency, movements))

    def payout(self, payout_id: PayoutId) -> PaidPayout | None:
        found = {each.id: each for each in self.uow.payouts.all()}.get(payout_id)
        if found is None:
            return None
        cause = to_wire("payout", payout_id)
        return PaidPayout(
            payout_id=payout_id,
            physician_id=found.physician_id,
            amount=found.amount,
            status=found.status,
            requested_at=found.requested_at,
            ended_at=found.ended_at,
            parts=tuple(
                self._part(lot, use.amount, use.returned_at)
                for lot in self.uow.lots.all()
                for use in lot.uses
                if use.taken_by == cause
            ),
        )

    def _part(self, lot: Lot, amount: Money, returned_at: datetime | None) -> PayoutPart:
        cause = to_wire("consultation", lot.consultation_id)
        entry = self.uow.journal.find(f"{Reason.SERVICE_DELIVERED.value}:{cause}")
        assert entry is not None, "every earning was delivered"
        delivery = self._movement(lot.physician_id, amount.currency, entry)
        return PayoutPart(
            consultation_id=lot.consultation_id,
            delivered_at=delivery.occurred_at,
            gross=delivery.gross,
            commission=delivery.commission,
            platform_fee=delivery.platform_fee,
            tax=delivery.tax,
            earned=lot.amount,
            amount=amount,
            returned_at=returned_at,
        )

    def _entries(self, physician_id: PhysicianId, currency: Currency) -> Iterable[Written]:
        keys = {
            entry.draft.idempotency_key
            for entry in self.uow.journal.entries
            for posting in entry.draft.postings
            if {posting.debit, posting.credit} & _accounts(physician_id)
            and posting.amount.currency == currency
        }
        return [
            entry
            for entry in self.uow.journal.entries
            if entry.draft.idempotency_key in keys
            or (entry.draft.reason is Reason.PAYOUT_PAID and entry.draft.resolves in keys)
        ]

    def _movement(self, physician_id: PhysicianId, currency: Currency, entry: Written) -> Movement:
        return read_movement(
            physician_id,
            currency,
            entry.draft.postings,
            entry_id=entry.id,
            reason=entry.draft.reason.value,
            cause=entry.draft.cause,
            occurred_at=entry.draft.occurred_at,
            recorded_at=entry.recorded_at,
            consultation_id=self._consultation(entry.draft.cause),
        )

    def _consultation(self, cause: str) -> ConsultationId | None:
        if cause.startswith("co_"):
            return ConsultationId(from_wire("consultation", cause))
        traced = {
            **{to_wire("lot", lot.id): lot.consultation_id for lot in self.uow.lots.all()},
            **{to_wire("refund", r.id): r.consultation_id for r in self.uow.refunds.all()},
            **{to_wire("dispute", d.id): d.consultation_id for d in self.uow.disputes.all()},
        }
        return traced.get(cause)

    def _balances(
        self, physician_id: PhysicianId, currency: Currency, counts: Callable[[datetime], bool]
    ) -> WalletBalances:
        before = [entry for entry in self.uow.journal.entries if counts(entry.recorded_at)]
        resolved = {entry.draft.resolves for entry in before}

        def of(account: LedgerAccount, sign: int = 1) -> Money:
            return Money(
                sign
                * sum(
                    posting.amount.minor
                    * ((posting.credit == account) - (posting.debit == account))
                    for entry in before
                    for posting in entry.draft.postings
                    if posting.amount.currency == currency
                ),
                currency,
            )

        in_transit = sum(
            posting.amount.minor
            for entry in before
            if entry.draft.reason is Reason.PAYOUT_SUBMITTED
            and entry.draft.idempotency_key not in resolved
            for posting in entry.draft.postings
            if posting.debit == wallet_held(physician_id) and posting.amount.currency == currency
        )
        return WalletBalances(
            pending=of(wallet_pending(physician_id)),
            available=of(wallet_available(physician_id)),
            held=of(wallet_held(physician_id)),
            in_transit=Money(in_transit, currency),
            debt=of(physician_debt(physician_id), -1),
        )

    def _withdrawals(
        self, physician_id: PhysicianId, currency: Currency, movements: tuple[Movement, ...]
    ) -> Iterable[Withdrawal]:
        causes = {each.cause for each in movements}
        consultations = {each.consultation_id for each in movements}
        for lot in self.uow.lots.all():
            if (lot.physician_id, lot.amount.currency) != (physician_id, currency):
                continue
            for use in lot.uses:
                named = use.taken_by in causes or lot.consultation_id in consultations
                if use.taken_by.startswith("po_") and named:
                    yield Withdrawal(
                        payout_id=PayoutId(from_wire("payout", use.taken_by)),
                        consultation_id=lot.consultation_id,
                        amount=use.amount,
                        returned_at=use.returned_at,
                    )


def _accounts(physician_id: PhysicianId) -> set[LedgerAccount]:
    return {
        wallet_pending(physician_id),
        wallet_available(physician_id),
        wallet_held(physician_id),
        physician_debt(physician_id),
    }
