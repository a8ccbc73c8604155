"""
Our own money: put in by the owners, settled by the processor, exchanged.

Each fact is recorded by its reference, and the same reference again posts nothing new.
"""

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from application.ledger.ports import LedgerUnitOfWork
from application.shared.access import Actor, Role, require_role
from domain.ledger import posting_rules
from domain.ledger.chart import BANK, PAYOUT_FLOAT
from domain.ledger.journal import JournalDraft, Reason, SameKeyOtherEntry
from domain.shared.errors import Conflict
from domain.shared.ids import JournalEntryId
from domain.shared.money import Money
from domain.treasury.conversion import Conversion


class ReferenceTaken(Conflict):
    """Something else was recorded under this reference."""


class HeldAt(StrEnum):
    """Where of ours money was exchanged."""

    BANK = "bank"
    FLOAT = "float"  # at the payout vendor


_HELD = {HeldAt.BANK: BANK, HeldAt.FLOAT: PAYOUT_FLOAT}


@frozen
class RecordCapital:
    """
    Note that the owners put money into our bank account.
    """

    _uow: LedgerUnitOfWork

    def __call__(
        self, *, actor: Actor, amount: Money, reference: str, occurred_at: datetime
    ) -> JournalEntryId:
        """
        Returns the entry.

        Args:
            reference: The bank's reference.

        Raises:
            AccessDenied: Not finance staff.
            ReferenceTaken: The reference was recorded with another amount.
        """
        require_role(actor, Role.FINANCE)
        return _post(
            self._uow,
            actor,
            JournalDraft(
                reason=Reason.CAPITAL_PAID_IN,
                cause=reference,
                occurred_at=occurred_at,
                postings=posting_rules.capital_paid_in(amount),
            ),
        )


@frozen
class RecordSettlement:
    """
    Note that the processor paid out to our bank, and what it kept.
    """

    _uow: LedgerUnitOfWork

    def __call__(
        self, *, actor: Actor, received: Money, fee: Money, reference: str, occurred_at: datetime
    ) -> JournalEntryId:
        """
        Returns the entry.

        Args:
            reference: The processor's payout.

        Raises:
            AccessDenied: Not finance staff.
            ReferenceTaken: The reference was recorded with other amounts.
        """
        require_role(actor, Role.FINANCE)
        return _post(
            self._uow,
            actor,
            JournalDraft(
                reason=Reason.PROCESSOR_SETTLED,
                cause=reference,
                occurred_at=occurred_at,
                postings=posting_rules.processor_settled(received, fee),
            ),
        )


@frozen
class RecordConversion:
    """
    Note that money of ours was exchanged, at our bank or at the payout vendor.
    """

    _uow: LedgerUnitOfWork

    def __call__(
        self,
        *,
        actor: Actor,
        held_at: HeldAt,
        conversion: Conversion,
        reference: str,
        occurred_at: datetime,
    ) -> JournalEntryId:
        """
        Returns the entry.

        Args:
            reference: The bank's or vendor's name for the exchange.

        Raises:
            AccessDenied: Not finance staff.
            ReferenceTaken: The reference was recorded with other amounts.
        """
        require_role(actor, Role.FINANCE)
        return _post(
            self._uow,
            actor,
            JournalDraft(
                reason=Reason.CURRENCY_CONVERTED,
                cause=reference,
                occurred_at=occurred_at,
                postings=posting_rules.currency_converted(_HELD[held_at], conversion),
            ),
            rate=str(conversion.quoted_rate),
        )


def _post(
    uow: LedgerUnitOfWork, actor: Actor, draft: JournalDraft, **details: str
) -> JournalEntryId:
    with uow:
        entry_id = post_once(uow, draft)
        uow.audit.record(
            actor=actor, action=f"ledger.{draft.reason}", subject=draft.cause, details=details
        )
        uow.commit()
    return entry_id


def post_once(uow: LedgerUnitOfWork, draft: JournalDraft) -> JournalEntryId:
    """
    Post what a person tells of.

    Raises:
        ReferenceTaken: The reference was recorded with another amount.
    """
    try:
        return uow.journal.post(draft)
    except SameKeyOtherEntry as taken:
        raise ReferenceTaken(
            "This reference was recorded before, with another amount. Look there first."
        ) from taken
