"""
What money needs of the outside: a journal that cannot lie, and the lots and holds beside it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from attrs import frozen

from application.shared.ports import UnitOfWork
from domain.ledger.chart import LedgerAccount
from domain.ledger.hold import Hold
from domain.ledger.journal import JournalDraft, Postings
from domain.ledger.lot import Lot
from domain.shared.errors import NotFound
from domain.shared.ids import ConsultationId, HoldId, JournalEntryId, LotId, PhysicianId
from domain.shared.money import Currency, Money


class HoldNotFound(NotFound):
    """No such hold."""


class LotNotFound(NotFound):
    """No such earning."""


class EntryNotFound(NotFound):
    """No entry was posted under this key."""


@frozen(kw_only=True)
class JournalEntry:
    """An entry as it stands in the books, for good."""

    id: JournalEntryId
    idempotency_key: str
    reason: str
    cause: str
    occurred_at: datetime
    recorded_at: datetime
    postings: Postings


class Journal(Protocol):
    """Where entries are written. Nothing is ever changed or taken out."""

    def post(self, draft: JournalDraft) -> JournalEntryId:
        """
        Write an entry, in the transaction of what caused it. The same fact again is the first.

        Raises:
            InsufficientFunds: A wallet would become negative.
            SameKeyOtherEntry: The fact was posted before, and differently.
            ResolvesWrongly: The entry to be resolved is not there, was resolved, or left
                something else.
        """
        ...

    def post_many(self, drafts: Sequence[JournalDraft]) -> tuple[JournalEntryId, ...]:
        """
        Write entries in order, all or none. No wallet may be negative after all of them.

        Returns the entry of each draft, in order.

        Raises:
            InsufficientFunds: A wallet would become negative.
            SameKeyOtherEntry: One of the facts was posted before, and differently.
            ResolvesWrongly: An entry to be resolved is not there or among those before it, was
                resolved, or left something else.
        """
        ...

    def balance(
        self, account: LedgerAccount, currency: Currency, *, as_of: datetime | None = None
    ) -> Money:
        """
        What an account holds, on the side on which it grows.

        Args:
            as_of: As it stood by all that had occurred up to and including then; now if None.
        """
        ...

    def entry(self, idempotency_key: str) -> JournalEntry:
        """
        Read an entry.

        Raises:
            EntryNotFound: Nothing was posted under this key.
        """
        ...


class LotRepository(Protocol):
    """Earnings. All that is handed out is locked until the end of the transaction."""

    def add(self, lot: Lot) -> None:
        """Store a new one; there is one for each consultation."""
        ...

    def get(self, lot_id: LotId) -> Lot:
        """
        One earning.

        Raises:
            LotNotFound: There is none.
        """
        ...

    def of_consultation(self, consultation_id: ConsultationId) -> Lot | None:
        """What was earned in a consultation."""
        ...

    def available(self, physician_id: PhysicianId, currency: Currency) -> tuple[Lot, ...]:
        """What may be withdrawn and is not used up, the oldest first."""
        ...

    def taken_by(self, cause: str) -> tuple[Lot, ...]:
        """What a payout, hold, refund or recovery took from, the oldest first."""
        ...

    def recovered_from(self, physician_id: PhysicianId, currency: Currency) -> tuple[Lot, ...]:
        """What went towards a debt in part, the oldest first."""
        ...

    def save(self, lot: Lot) -> None:
        """Store a changed one."""
        ...

    def due(self, *, now: datetime, limit: int) -> tuple[LotId, ...]:
        """Pending ones whose clearing period is over, unlocked."""
        ...


class HoldRepository(Protocol):
    """What is set aside."""

    def add(self, hold: Hold) -> None:
        """Store a new one."""
        ...

    def get(self, hold_id: HoldId) -> Hold:
        """
        One hold, locked.

        Raises:
            HoldNotFound: There is none.
        """
        ...

    def save(self, hold: Hold) -> None:
        """Store a changed one."""
        ...

    def due(self, *, now: datetime, limit: int) -> tuple[HoldId, ...]:
        """Those whose review is over, unlocked."""
        ...


class LedgerUnitOfWork(UnitOfWork, Protocol):
    """A transaction over the books."""

    @property
    def journal(self) -> Journal:
        """The books."""
        ...

    @property
    def lots(self) -> LotRepository:
        """Earnings."""
        ...

    @property
    def holds(self) -> HoldRepository:
        """What is set aside."""
        ...
