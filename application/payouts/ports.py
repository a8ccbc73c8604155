"""
What payouts need of the outside: the vendor that pays, and their tables.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from attrs import field, frozen

from application.ledger.ports import LedgerUnitOfWork
from domain.payouts.failure import PayoutFailure
from domain.payouts.payout import Payout
from domain.payouts.payout_account import (
    BankDetails,
    PayoutAccount,
    PayoutAccountStatus,
    Requirement,
)
from domain.payouts.schedule import PayoutSchedule
from domain.payouts.transfer import TransferReport
from domain.shared.errors import Conflict, Unavailable
from domain.shared.ids import (
    BankLinkId,
    PayoutAccountId,
    PayoutAttemptId,
    PayoutId,
    PayoutScheduleId,
    PhysicianId,
)
from domain.shared.money import Currency, Money


class TransferOutcomeUnknown(Unavailable):
    """The vendor did not answer. What was asked may have happened; look it up first."""


class PayoutRejected(Conflict):
    """
    The vendor refused the instruction, and no transfer exists.

    Args:
        failure: Why, in our words.
    """

    def __init__(self, message: str, *, failure: PayoutFailure) -> None:
        super().__init__(message)
        self.failure = failure


@frozen(kw_only=True)
class PayoutInstruction:
    """What the vendor is asked to pay."""

    payout_id: PayoutId
    attempt_id: PayoutAttemptId
    beneficiary: str
    amount: Money


class PayoutGateway(Protocol):
    """A vendor that pays into bank accounts."""

    def submit(self, instruction: PayoutInstruction) -> TransferReport:
        """
        Ask the vendor to pay. Submitting the same attempt again finds the first one.

        Raises:
            PayoutRejected: The vendor refused, and no transfer exists.
            TransferOutcomeUnknown: No answer; the transfer may exist.
        """
        ...

    def find_attempt(self, attempt_id: PayoutAttemptId) -> TransferReport | None:
        """
        The transfer of an attempt; None if the vendor knows of none.

        Raises:
            TransferOutcomeUnknown: No answer.
        """
        ...

    def available(self, currency: Currency) -> Money:
        """
        What of our balance may be paid out now.

        Raises:
            TransferOutcomeUnknown: No answer.
        """
        ...

    def find(self, reference: str) -> TransferReport:
        """
        Look a transfer up by the vendor's own identifier.

        Raises:
            PayoutNotFound: The vendor does not know it.
            TransferOutcomeUnknown: No answer.
        """
        ...


@frozen(kw_only=True)
class Payee:
    """Who is introduced to the vendor. A person's data: not to be logged."""

    physician_id: PhysicianId
    given_name: str = field(repr=False)
    family_name: str = field(repr=False)
    email: str = field(repr=False)


class Payees(Protocol):
    """Looks up who a physician is."""

    def get(self, physician_id: PhysicianId) -> Payee:
        """
        One physician's name and address.

        Raises:
            PhysicianNotFound: There is none.
        """
        ...


@frozen(kw_only=True)
class FoundAccount:
    """The vendor's view of an account, and our own identifier that it carries."""

    reference: str
    payout_account_id: PayoutAccountId | None
    status: PayoutAccountStatus
    requirements: tuple[Requirement, ...] = ()


class PayoutAccountGateway(Protocol):
    """The vendor's side of being allowed to be paid."""

    def open(self, payout_account_id: PayoutAccountId, payee: Payee) -> FoundAccount:
        """
        Introduce a physician and submit them for the vendor's checks, as far as not done before.

        Raises:
            TransferOutcomeUnknown: No answer; asking again goes on where it stopped.
        """
        ...

    def find_account(self, reference: str) -> FoundAccount:
        """
        Look an account up.

        Raises:
            PayoutAccountNotFound: The vendor does not know it.
            TransferOutcomeUnknown: No answer.
        """
        ...

    def verification_page(self, reference: str, *, return_url: str) -> str:
        """
        Where the physician hands in what the vendor wants; the address works once.

        Raises:
            PayoutAccountNotFound: The vendor does not know it.
            TransferOutcomeUnknown: No answer.
        """
        ...

    def validate_beneficiary(self, payee: Payee, bank: BankDetails) -> None:
        """
        Let the vendor check a bank account, without naming it.

        Raises:
            MalformedBankDetails: The vendor says that it cannot be right.
            TransferOutcomeUnknown: No answer.
        """
        ...

    def find_beneficiary(self, link_id: BankLinkId) -> str | None:
        """
        What came of naming a bank account; None if the vendor knows of none.

        Raises:
            TransferOutcomeUnknown: No answer.
        """
        ...

    def add_beneficiary(self, payee: Payee, bank: BankDetails, link_id: BankLinkId) -> str:
        """
        Name a bank account; returns the vendor's identifier of it.

        Args:
            link_id: By which it is found again.

        Raises:
            MalformedBankDetails: The vendor says that it cannot be right.
            TransferOutcomeUnknown: No answer.
        """
        ...


class BankFingerprints(Protocol):
    """Recognises a bank account without keeping it."""

    def of(self, bank: BankDetails) -> str:
        """A keyed hash: the same for the same account, and no way back."""
        ...


class PayoutRepository(Protocol):
    """Payouts; all that is handed out is locked until the end of the transaction."""

    def add(self, payout: Payout) -> None:
        """Store a new one."""
        ...

    def get(self, payout_id: PayoutId) -> Payout:
        """
        One payout.

        Raises:
            PayoutNotFound: There is none.
        """
        ...

    def save(self, payout: Payout) -> None:
        """Store a changed one."""
        ...

    def of_attempt(self, attempt_id: str) -> Payout:
        """
        The payout that an attempt belongs to.

        Args:
            attempt_id: As the vendor repeats it, which may be anything.

        Raises:
            PayoutNotFound: No attempt of ours.
        """
        ...

    def of_occasion(self, occasion: str) -> Payout | None:
        """What was made for an occasion; there is at most one."""
        ...

    def asked_for(self, physician_id: PhysicianId, currency: Currency, *, since: datetime) -> Money:
        """How much a physician asked for since then that is on its way or arrived."""
        ...

    def is_looked_into(self, physician_id: PhysicianId, currency: Currency) -> bool:
        """Whether one of a physician's payouts waits for a person of ours."""
        ...

    def recent_failures(
        self, physician_id: PhysicianId, *, since: datetime | None, limit: int
    ) -> Sequence[PayoutFailure]:
        """Why the latest payouts failed, newest first, back to one that was paid."""
        ...

    def to_send(self, *, now: datetime, limit: int) -> tuple[PayoutId, ...]:
        """Set aside and not under review, with nothing left to wait for; unlocked."""
        ...

    def waiting_for_account(self, physician_id: PhysicianId) -> tuple[PayoutId, ...]:
        """A physician's, left to a person because the vendor did not clear them; unlocked."""
        ...

    def waiting_for_funding(self, currency: Currency, *, limit: int) -> tuple[PayoutId, ...]:
        """Set aside until our own balance covers them, the longest first; unlocked."""
        ...

    def to_look_up(self, *, started_before: datetime, limit: int) -> tuple[PayoutId, ...]:
        """Attempts of which nobody knows what became; unlocked."""
        ...

    def to_refresh(
        self, *, checked_before: datetime, paid_after: datetime, limit: int
    ) -> tuple[str, ...]:
        """References of those in transit, and of those paid since, that were not asked about."""
        ...


class PayoutAccountRepository(Protocol):
    """Payout accounts; all that is handed out is locked until the end of the transaction."""

    def add(self, account: PayoutAccount) -> None:
        """Store a new one; a physician has one."""
        ...

    def get(self, account_id: PayoutAccountId) -> PayoutAccount:
        """
        One account.

        Raises:
            PayoutAccountNotFound: There is none.
        """
        ...

    def save(self, account: PayoutAccount) -> None:
        """Store a changed one."""
        ...

    def of_physician(self, physician_id: PhysicianId) -> PayoutAccount | None:
        """A physician's account."""
        ...

    def by_reference(self, reference: str) -> PayoutAccount:
        """
        The account that the vendor calls so.

        Raises:
            PayoutAccountNotFound: There is none.
        """
        ...

    def to_refresh(
        self, *, checked_before: datetime, active_checked_before: datetime, limit: int
    ) -> tuple[PayoutAccountId, ...]:
        """Those that were not asked about lately; unlocked. Active ones may wait longer."""
        ...

    def to_relink(self, *, started_before: datetime, limit: int) -> tuple[PayoutAccountId, ...]:
        """Those whose bank account is on its way to the vendor since then; unlocked."""
        ...


class PayoutScheduleRepository(Protocol):
    """Schedules; all that is handed out is locked until the end of the transaction."""

    def add(self, schedule: PayoutSchedule) -> None:
        """Store a new one; a physician has one for each currency."""
        ...

    def get(self, schedule_id: PayoutScheduleId) -> PayoutSchedule:
        """
        One schedule.

        Raises:
            PayoutScheduleNotFound: There is none.
        """
        ...

    def of(self, physician_id: PhysicianId, currency: Currency) -> PayoutSchedule | None:
        """A physician's schedule for a currency."""
        ...

    def save(self, schedule: PayoutSchedule) -> None:
        """Store a changed one, and what it did last."""
        ...

    def due(self, *, now: datetime, limit: int) -> tuple[PayoutScheduleId, ...]:
        """
        Those to look at now, the longest waiting first; unlocked.

        One that waits for an amount is among them once the wallet has it.
        """
        ...

    def zone_of(self, physician_id: PhysicianId) -> ZoneInfo:
        """
        The time zone that a physician lives by.

        Raises:
            PhysicianNotFound: There is none.
        """
        ...


class PayoutsUnitOfWork(LedgerUnitOfWork, Protocol):
    """A transaction over payouts and the books."""

    @property
    def payouts(self) -> PayoutRepository:
        """Payouts."""
        ...

    @property
    def payout_accounts(self) -> PayoutAccountRepository:
        """Payout accounts."""
        ...

    @property
    def payout_schedules(self) -> PayoutScheduleRepository:
        """When money goes out by itself."""
        ...
