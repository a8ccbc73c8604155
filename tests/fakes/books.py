"""
The nine checks over the books in memory, worked out from what the aggregates say.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from attrs import frozen

from application.ledger.books import (
    Basis,
    Break,
    Check,
    CheckResult,
    FactKind,
    SharedFact,
    TrialBalanceLine,
    TrialBalanceView,
)
from domain.ledger.chart import (
    DISPUTED_FUNDS,
    PATIENT_FUNDS,
    PAYOUTS_IN_TRANSIT,
    LedgerAccount,
    Side,
    wallet_available,
    wallet_pending,
)
from domain.ledger.hold import HoldReason, HoldStatus
from domain.ledger.journal import Reason, key_of
from domain.ledger.lot import LotStatus
from domain.payments.payment import Finding
from domain.payments.refund import RefundFinding, RefundStatus, Shares
from domain.payouts.payout import Payout, PayoutStatus
from domain.payouts.transfer import TransferFinding
from domain.shared.ids import to_wire
from domain.shared.money import Currency, Money
from tests.fakes.disputes import InMemoryBank
from tests.fakes.ledger import Written
from tests.fakes.payments import InMemoryProcessor
from tests.fakes.payouts import InMemoryPayoutVendor
from tests.fakes.unit_of_work import FakeUnitOfWork

Compared = Iterator[tuple[str, int, int]]
"""What is compared, what it must be, and what it is."""

_ASKED = (Reason.PAYOUT_REQUESTED,)
_SENT = (*_ASKED, Reason.PAYOUT_SUBMITTED)
_ENDS = {
    PayoutStatus.CANCELLED: (*_ASKED, Reason.PAYOUT_CANCELLED),
    PayoutStatus.DECLINED: (*_ASKED, Reason.PAYOUT_CANCELLED),
    PayoutStatus.SUBMITTED: _SENT,
    PayoutStatus.PAID: (*_SENT, Reason.PAYOUT_PAID),
    PayoutStatus.RETURNED: (*_SENT, Reason.PAYOUT_PAID, Reason.PAYOUT_RETURNED),
}
_GIVEN_BACK = (
    PayoutStatus.CANCELLED,
    PayoutStatus.DECLINED,
    PayoutStatus.FAILED,
    PayoutStatus.RETURNED,
)
# Facts that no aggregate of the money speaks of.
_ON_THEIR_OWN = (Reason.DEBT_RECOVERED, Reason.RECOVERY_RETURNED)


@frozen
class InMemoryBooks:
    """In one currency."""

    uow: FakeUnitOfWork
    currency: Currency

    def verify(self, check: Check) -> CheckResult:
        found = list(_CHECKS[check](self))
        return CheckResult(
            check=check,
            looked_at=len(found),
            breaks=tuple(
                Break(check=check, subject=subject, expected=str(expected), found=str(is_))
                for subject, expected, is_ in found
                if expected != is_
            ),
        )

    def facts(self) -> Sequence[SharedFact]:
        payments = [
            SharedFact(kind=FactKind.PAYMENT, reference=str(p.reference), amount=p.amount)
            for p in self.uow.payments.all()
            if p.is_taken
        ]
        refunds = [
            SharedFact(kind=FactKind.REFUND, reference=r.reference, amount=r.amount)
            for r in self.uow.refunds.all()
            if r.reference is not None and r.status is not RefundStatus.FAILED
        ]
        disputes = [
            SharedFact(kind=FactKind.DISPUTE, reference=m.reference, amount=m.amount)
            for d in self.uow.disputes.all()
            for m in d.movements
        ]
        transfers = [
            SharedFact(kind=FactKind.TRANSFER, reference=str(p.reference), amount=p.amount)
            for p in self.uow.payouts.all()
            if p.status in (PayoutStatus.SUBMITTED, PayoutStatus.PAID)
        ]
        return [*payments, *refunds, *disputes, *transfers]

    def trial_balance(self, *, as_of: datetime, by: Basis) -> Sequence[TrialBalanceView]:
        past = [e for e in self.uow.journal.entries if _dated(e, by) <= as_of]
        totals = sorted(_totals(past).items(), key=lambda item: item[0].code)

        def side(wanted: Side) -> Money:
            own = (minor for account, minor in totals if account.kind.type.normal_side is wanted)
            return Money(sum(own), self.currency)

        return [
            TrialBalanceView(
                currency=self.currency.code,
                as_of=as_of,
                lines=tuple(
                    TrialBalanceLine(
                        account=account.code,
                        type=account.kind.type,
                        balance=Money(minor, self.currency),
                    )
                    for account, minor in totals
                ),
                debits=side(Side.DEBIT),
                credits=side(Side.CREDIT),
            )
        ]

    def _stored(self, account: LedgerAccount, as_of: datetime | None = None) -> int:
        return self.uow.journal.balance(account, self.currency, as_of=as_of).minor

    def _debits_and_credits(self) -> Compared:
        sides: Counter[Side] = Counter()
        for account in _totals(self.uow.journal.entries):
            sides[account.kind.type.normal_side] += self._stored(account)
        yield self.currency.code, sides[Side.DEBIT], sides[Side.CREDIT]

    def _recomputed(self) -> Compared:
        for account, minor in _totals(self.uow.journal.entries).items():
            yield account.code, minor, self._stored(account)

    def _past(self) -> Compared:
        for at in sorted({entry.draft.occurred_at for entry in self.uow.journal.entries})[-3:]:
            past = [e for e in self.uow.journal.entries if e.draft.occurred_at <= at]
            for account, minor in _totals(past).items():
                yield f"{account.code} at {at}", minor, self._stored(account, at)

    def _never_negative(self) -> Compared:
        lowest: dict[LedgerAccount, int] = defaultdict(int)
        running: Counter[LedgerAccount] = Counter()
        for entry in self.uow.journal.entries:
            running.update(_totals([entry]))
            for account in _totals([entry]):
                lowest[account] = min(lowest[account], running[account])
        for account, minor in lowest.items():
            if account.kind.never_negative:
                yield account.code, 0, minor

    def _posted_once(self) -> Compared:
        wanted = set(self._wanted())
        posted = {
            key_of(entry.draft.reason, entry.draft.cause)
            for entry in self.uow.journal.entries
            if entry.draft.reason not in _ON_THEIR_OWN
        }
        for key in sorted(wanted | posted):
            yield key, int(key in wanted), int(key in posted)

    def _wanted(self) -> Iterator[str]:
        for payment in self.uow.payments.all():
            if payment.is_taken:
                yield key_of(Reason.PAYMENT_CAPTURED, to_wire("payment", payment.id))
            if payment.delivery is not None:
                cause = to_wire("consultation", payment.consultation_id)
                yield key_of(Reason.SERVICE_DELIVERED, cause)
        for refund in self.uow.refunds.all():
            cause = to_wire("refund", refund.id)
            before = bool(refund.shares.patient_funds)
            yield key_of(
                Reason.REFUND_BEFORE_DELIVERY if before else Reason.REFUND_AFTER_DELIVERY, cause
            )
            if refund.status is RefundStatus.FAILED:
                yield key_of(Reason.REFUND_FAILED, cause)
        for payout in self.uow.payouts.all():
            for reason in _posted_for(payout):
                yield key_of(reason, to_wire("payout", payout.id))
        yield from self._wanted_of_lots_and_holds()
        yield from self._wanted_of_disputes()

    def _wanted_of_lots_and_holds(self) -> Iterator[str]:
        for lot in self.uow.lots.all():
            taken = sum(
                shares.pending.minor
                for consultation_id, shares in self._given_back()
                if consultation_id == lot.consultation_id
            )
            if lot.status is LotStatus.AVAILABLE and lot.amount.minor > taken:
                yield key_of(Reason.EARNING_MATURED, to_wire("lot", lot.id))
        for hold in self.uow.holds.all().values():
            if hold.reason is HoldReason.REVIEW:
                yield key_of(Reason.HOLD_PLACED, to_wire("hold", hold.id))
                if hold.status is HoldStatus.RELEASED:
                    yield key_of(Reason.HOLD_RELEASED, to_wire("hold", hold.id))

    def _wanted_of_disputes(self) -> Iterator[str]:
        for dispute in self.uow.disputes.all():
            cause = to_wire("dispute", dispute.id)
            for movement in dispute.movements:
                taken = movement.amount.minor < 0
                yield key_of(Reason.DISPUTE_OPENED if taken else Reason.DISPUTE_WON, cause)
            if dispute.losses:
                yield key_of(Reason.DISPUTE_LOST, cause)
            if dispute.losses > (dispute.beyond is not None):
                yield key_of(Reason.DISPUTE_LOSS_UNDONE, cause)

    def _given_back(self) -> Iterator[tuple[object, Shares]]:
        for refund in self.uow.refunds.all():
            if refund.status is not RefundStatus.FAILED:
                yield refund.consultation_id, refund.shares
        for dispute in self.uow.disputes.all():
            if dispute.shares is not None:
                yield dispute.consultation_id, dispute.shares

    def _clearing(self) -> Compared:
        taken = [payment for payment in self.uow.payments.all() if payment.is_taken]
        given_back = sum(shares.patient_funds.minor for _, shares in self._given_back())
        shared = sum(
            part.minor for p in taken if p.delivery is not None for part in p.delivery.split.parts
        )
        paid = sum(payment.amount.minor for payment in taken)
        yield "patient_funds", paid - given_back - shared, self._stored(PATIENT_FUNDS)
        disputed = sum(d.away.minor for d in self.uow.disputes.all() if d.beyond is None)
        yield "disputed_funds", disputed, self._stored(DISPUTED_FUNDS)
        moving = sum(
            payout.amount.minor
            for payout in self.uow.payouts.all()
            if payout.status is PayoutStatus.SUBMITTED
        )
        yield "payouts_in_transit", moving, self._stored(PAYOUTS_IN_TRANSIT)
        placed = sum(
            hold.amount.minor
            for hold in self.uow.holds.all().values()
            if hold.status is HoldStatus.PLACED
        )
        held = {a for a in _totals(self.uow.journal.entries) if a.kind.name == "wallet_held"}
        yield "wallet_held", placed, sum(self._stored(account) for account in held)

    def _credits(self) -> Compared:
        credited = Counter(
            entry.draft.cause
            for entry in self.uow.journal.entries
            for posting in entry.draft.postings
            if entry.draft.reason is Reason.SERVICE_DELIVERED
            and posting.credit.kind.name == "wallet_pending"
        )
        for cause, times in credited.items():
            yield cause, 1, times
        yield "lots and wallet credits", len(self.uow.lots.all()), len(credited)

    def _lots(self) -> Compared:
        wallets: Counter[LedgerAccount] = Counter()
        for lot in self.uow.lots.all():
            wallet = wallet_pending if lot.status is LotStatus.PENDING else wallet_available
            wallets[wallet(lot.physician_id)] += lot.remaining.minor
        for account in _totals(self.uow.journal.entries).keys() | wallets.keys():
            if account.kind.name in ("wallet_pending", "wallet_available"):
                yield account.code, wallets[account], self._stored(account)
        for payout in self.uow.payouts.all():
            cause = to_wire("payout", payout.id)
            taken = sum(
                use.amount.minor
                for lot in self.uow.lots.all()
                for use in lot.uses
                if use.taken_by == cause and use.returned_at is None
            )
            kept = 0 if payout.status in _GIVEN_BACK else payout.amount.minor
            yield cause, kept, taken


_CHECKS = {
    Check.DEBITS_EQUAL_CREDITS: InMemoryBooks._debits_and_credits,
    Check.STORED_EQUALS_RECOMPUTED: InMemoryBooks._recomputed,
    Check.PAST_EQUALS_RECOMPUTED: InMemoryBooks._past,
    Check.WALLETS_NEVER_NEGATIVE: InMemoryBooks._never_negative,
    Check.EVERY_FACT_POSTED_ONCE: InMemoryBooks._posted_once,
    Check.CLEARING_ACCOUNTS_DRAIN: InMemoryBooks._clearing,
    Check.ONE_CREDIT_PER_CONSULTATION: InMemoryBooks._credits,
    Check.LOTS_EQUAL_WITHDRAWALS: InMemoryBooks._lots,
}


def _totals(entries: Iterable[Written]) -> Counter[LedgerAccount]:
    totals: Counter[LedgerAccount] = Counter()
    for entry in entries:
        for posting in entry.draft.postings:
            for account, side in ((posting.debit, Side.DEBIT), (posting.credit, Side.CREDIT)):
                sign = 1 if account.kind.type.normal_side is side else -1
                totals[account] += sign * posting.amount.minor
    return totals


def _dated(entry: Written, by: Basis) -> datetime:
    return entry.recorded_at if by is Basis.RECORDED else entry.draft.occurred_at


def _posted_for(payout: Payout) -> tuple[Reason, ...]:
    if payout.status is PayoutStatus.FAILED:
        return (*(_ASKED if payout.reference is None else _SENT), Reason.PAYOUT_FAILED)
    return _ENDS.get(payout.status, _ASKED)


class FakeVendorBooks:
    """What the two vendors of a desk would say."""

    def __init__(
        self, processor: InMemoryProcessor, bank: InMemoryBank, vendor: InMemoryPayoutVendor
    ) -> None:
        self._processor = processor
        self._bank = bank
        self._vendor = vendor

    def facts(self) -> Sequence[SharedFact]:
        payments = [
            SharedFact(kind=FactKind.PAYMENT, reference=key, amount=found.report.amount)
            for key, found in self._processor.payments.items()
            if found.report.finding is Finding.CAPTURED
        ]
        refunds = [
            SharedFact(kind=FactKind.REFUND, reference=key, amount=refund.amount)
            for key, refund in self._processor.refunds.items()
            if refund.finding is not RefundFinding.FAILED
        ]
        disputes = [
            SharedFact(kind=FactKind.DISPUTE, reference=each.reference, amount=each.amount)
            for found in self._bank.disputes.values()
            for each in found.report.movements
        ]
        transfers = [
            SharedFact(kind=FactKind.TRANSFER, reference=key, amount=report.amount)
            for key, report in self._vendor.transfers.items()
            if report.finding is not TransferFinding.FAILED
        ]
        return [*payments, *refunds, *disputes, *transfers]
