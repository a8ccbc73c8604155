"""
Payouts in memory, and a payout vendor that a test directs.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import define, evolve, field

from application.payouts.ports import (
    FoundAccount,
    Payee,
    PayoutInstruction,
    PayoutRejected,
    TransferOutcomeUnknown,
)
from domain.payouts.failure import ACCOUNT_PAUSED, PayoutFailure
from domain.payouts.payout import Payout, PayoutNotFound, PayoutStatus
from domain.payouts.payout_account import (
    BankDetails,
    MalformedBankDetails,
    PayoutAccount,
    PayoutAccountNotFound,
    PayoutAccountStatus,
    Requirement,
)
from domain.payouts.transfer import TransferFinding, TransferReport
from domain.physicians.physician import PhysicianNotFound
from domain.shared.ids import BankLinkId, PayoutAccountId, PayoutAttemptId, PayoutId, PhysicianId
from domain.shared.money import Currency, Money, total
from tests.fakes.aggregates import Aggregates, Collector

_BACK_IN_THE_WALLET = (
    PayoutStatus.FAILED,
    PayoutStatus.CANCELLED,
    PayoutStatus.DECLINED,
    PayoutStatus.RETURNED,
)
_OPEN = (PayoutStatus.SENDING, PayoutStatus.UNKNOWN)


@define(eq=False)
class InMemoryPayouts:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, payout: Payout) -> None:
        self._store.put(payout.id, payout)

    def get(self, payout_id: PayoutId) -> Payout:
        found: Payout | None = self._store.find(payout_id)
        if found is None:
            raise PayoutNotFound("There is no such payout.")
        return found

    def save(self, payout: Payout) -> None:
        self._store.put(payout.id, payout)

    def of_attempt(self, attempt_id: str) -> Payout:
        for payout in self.all():
            if any(str(attempt.id) == attempt_id for attempt in payout.attempts):
                return payout
        raise PayoutNotFound("There is no such payout.")

    def of_occasion(self, occasion: str) -> Payout | None:
        return next((each for each in self.all() if each.occasion == occasion), None)

    def asked_for(self, physician_id: PhysicianId, currency: Currency, *, since: datetime) -> Money:
        asked = [
            each.amount
            for each in self.all()
            if each.physician_id == physician_id
            and each.amount.currency == currency
            and each.requested_at > since
            and each.status not in _BACK_IN_THE_WALLET
        ]
        return total(asked, currency)

    def is_looked_into(self, physician_id: PhysicianId, currency: Currency) -> bool:
        return any(
            each.signatures_missing
            for each in self.all()
            if each.physician_id == physician_id and each.amount.currency == currency
        )

    def recent_failures(
        self, physician_id: PhysicianId, *, since: datetime | None, limit: int
    ) -> Sequence[PayoutFailure]:
        failures: list[PayoutFailure] = []
        for payout in reversed(self.all()):
            if payout.physician_id != physician_id or payout.ended_at is None:
                continue
            if payout.status is PayoutStatus.PAID or (since and payout.requested_at <= since):
                break
            if payout.failure is not None and payout.status is not PayoutStatus.CANCELLED:
                failures.append(payout.failure)
        return failures[:limit]

    def to_send(self, *, now: datetime, limit: int) -> tuple[PayoutId, ...]:
        return tuple(each.id for each in self.all() if each.may_be_sent(now))[:limit]

    def waiting_for_account(self, physician_id: PhysicianId) -> tuple[PayoutId, ...]:
        return tuple(
            each.id
            for each in self.all()
            if each.physician_id == physician_id
            and each.status is PayoutStatus.REQUESTED
            and (each.review or "").startswith(ACCOUNT_PAUSED)
        )

    def waiting_for_funding(self, currency: Currency, *, limit: int) -> tuple[PayoutId, ...]:
        return tuple(
            each.id
            for each in self.all()
            if each.waits_for_funding and each.review is None and each.amount.currency == currency
        )[:limit]

    def to_look_up(self, *, started_before: datetime, limit: int) -> tuple[PayoutId, ...]:
        return tuple(
            each.id
            for each in self.all()
            if each.status in _OPEN and each.attempt.started_at < started_before
        )[:limit]

    def to_refresh(
        self, *, checked_before: datetime, paid_after: datetime, limit: int
    ) -> tuple[str, ...]:
        return tuple(
            each.reference
            for each in self.all()
            if each.reference is not None
            and each.checked_at is not None
            and each.checked_at < checked_before
            and (
                each.status is PayoutStatus.SUBMITTED
                or (
                    each.status is PayoutStatus.PAID
                    and each.ended_at is not None
                    and each.ended_at > paid_after
                )
            )
        )[:limit]

    def all(self) -> list[Payout]:
        return sorted(self._store.all(), key=lambda payout: payout.id)

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemoryPayoutAccounts:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, account: PayoutAccount) -> None:
        self._store.put(account.id, account)

    def get(self, account_id: PayoutAccountId) -> PayoutAccount:
        found: PayoutAccount | None = self._store.find(account_id)
        if found is None:
            raise PayoutAccountNotFound("There is no such payout account.")
        return found

    def save(self, account: PayoutAccount) -> None:
        self._store.put(account.id, account)

    def of_physician(self, physician_id: PhysicianId) -> PayoutAccount | None:
        return next((each for each in self.all() if each.physician_id == physician_id), None)

    def by_reference(self, reference: str) -> PayoutAccount:
        for account in self.all():
            if account.reference == reference:
                return account
        raise PayoutAccountNotFound("There is no such payout account.")

    def to_refresh(
        self, *, checked_before: datetime, active_checked_before: datetime, limit: int
    ) -> tuple[PayoutAccountId, ...]:
        def is_due(each: PayoutAccount) -> bool:
            active = each.status is PayoutAccountStatus.ACTIVE
            before = active_checked_before if active else checked_before
            return each.checked_at is None or each.checked_at < before

        return tuple(each.id for each in self.all() if is_due(each))[:limit]

    def to_relink(self, *, started_before: datetime, limit: int) -> tuple[PayoutAccountId, ...]:
        return tuple(
            each.id
            for each in self.all()
            if each.linking is not None and each.linking.started_at < started_before
        )[:limit]

    def all(self) -> list[PayoutAccount]:
        return self._store.all()

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


@define(eq=False)
class InMemoryPayoutVendor:
    """
    A payout vendor that keeps what it was asked. Faults strike once.

    Args:
        silent: It does what it was asked, and its answer is lost.
        deaf: It neither hears nor answers.
        deadly: It does what it was asked, and our process dies.
        rejects: It refuses, for this reason.
        float_minor: What may be paid out, in each currency; as much as is asked for if None.
    """

    transfers: dict[str, TransferReport] = field(factory=dict)
    accounts: dict[UUID, FoundAccount] = field(factory=dict)
    beneficiaries: list[BankDetails] = field(factory=list)
    named: dict[UUID, str] = field(factory=dict)
    impossible: set[str] = field(factory=set)
    submitted: list[PayoutAttemptId] = field(factory=list)
    silent: bool = False
    deaf: bool = False
    deadly: bool = False
    rejects: PayoutFailure | None = None
    float_minor: int | None = None

    def available(self, currency: Currency) -> Money:
        return Money(10**12 if self.float_minor is None else self.float_minor, currency)

    def submit(self, instruction: PayoutInstruction) -> TransferReport:
        self._hear()
        self.submitted.append(instruction.attempt_id)
        if self.rejects is not None:
            failure, self.rejects = self.rejects, None
            raise PayoutRejected("The vendor refused.", failure=failure)
        reference = f"tr_{instruction.attempt_id.hex}"
        self.transfers.setdefault(
            reference,
            TransferReport(
                reference=reference,
                attempt_id=str(instruction.attempt_id),
                finding=TransferFinding.IN_TRANSIT,
                amount=instruction.amount,
                fee=Money.zero(instruction.amount.currency),
                vendor_status="PROCESSING",
            ),
        )
        self._answer()
        return self.transfers[reference]

    def made_after_all(self, payout: Payout) -> str:
        """A transfer turns up of the latest attempt, which was refused."""
        reference = f"tr_{payout.attempt.id.hex}"
        self.transfers[reference] = TransferReport(
            reference=reference,
            attempt_id=str(payout.attempt.id),
            finding=TransferFinding.PAID,
            amount=payout.amount,
            fee=Money.zero(payout.amount.currency),
            vendor_status="PAID",
        )
        return reference

    def find_attempt(self, attempt_id: PayoutAttemptId) -> TransferReport | None:
        self._hear()
        return self.transfers.get(f"tr_{attempt_id.hex}")

    def find(self, reference: str) -> TransferReport:
        if reference not in self.transfers:
            raise PayoutNotFound("The vendor does not know it.")
        return self.transfers[reference]

    def open(self, payout_account_id: PayoutAccountId, payee: Payee) -> FoundAccount:
        self._hear()
        self.accounts.setdefault(
            payout_account_id,
            FoundAccount(
                reference=f"acct_{payout_account_id.hex}",
                payout_account_id=payout_account_id,
                status=PayoutAccountStatus.SUBMITTED,
            ),
        )
        self._answer()
        return self.accounts[payout_account_id]

    def find_account(self, reference: str) -> FoundAccount:
        for account in self.accounts.values():
            if account.reference == reference:
                return account
        raise PayoutAccountNotFound("The vendor does not know it.")

    def verification_page(self, reference: str, *, return_url: str) -> str:
        self.find_account(reference)
        return f"https://vendor.test/{reference}?back={return_url}"

    def validate_beneficiary(self, payee: Payee, bank: BankDetails) -> None:
        if bank.account_number in self.impossible:
            raise MalformedBankDetails("It cannot be right.", field="account_number")

    def find_beneficiary(self, link_id: BankLinkId) -> str | None:
        return self.named.get(link_id)

    def add_beneficiary(self, payee: Payee, bank: BankDetails, link_id: BankLinkId) -> str:
        self._hear()
        self.beneficiaries.append(bank)
        self.named[link_id] = f"ben_{len(self.beneficiaries)}"
        self._answer()
        return self.named[link_id]

    def report(self, reference: str, finding: TransferFinding, **changes: Any) -> None:
        self.transfers[reference] = evolve(self.transfers[reference], finding=finding, **changes)

    def decide(
        self,
        account_id: PayoutAccountId,
        status: PayoutAccountStatus,
        *requirements: Requirement,
    ) -> None:
        self.accounts[account_id] = evolve(
            self.accounts[account_id], status=status, requirements=requirements
        )

    def _hear(self) -> None:
        if self.deaf:
            self.deaf = False
            raise TransferOutcomeUnknown("The vendor does not answer.")

    def _answer(self) -> None:
        if self.deadly:
            self.deadly = False
            raise SystemExit
        if self.silent:
            self.silent = False
            raise TransferOutcomeUnknown("The vendor does not answer.")


@define(eq=False)
class KnownPayees:
    payees: dict[UUID, Payee] = field(factory=dict)

    def get(self, physician_id: PhysicianId) -> Payee:
        if physician_id not in self.payees:
            raise PhysicianNotFound("There is no such physician.")
        return self.payees[physician_id]


class PlainFingerprints:
    def of(self, bank: BankDetails) -> str:
        return f"fp:{hash(bank.identity)}"
