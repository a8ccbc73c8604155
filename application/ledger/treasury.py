"""
Our own money between the processor, the bank and the payout vendor.
"""

from datetime import datetime

from attrs import frozen

from application.ledger.ports import LedgerUnitOfWork
from application.shared.access import Actor, Role, require_role
from domain.ledger import posting_rules
from domain.ledger.journal import JournalDraft, Reason
from domain.shared.ids import JournalEntryId
from domain.shared.money import Money


@frozen
class RecordFloatFunding:
    """
    Note that the balance at the payout vendor was topped up from our bank.
    """

    _uow: LedgerUnitOfWork

    def __call__(
        self, *, actor: Actor, amount: Money, reference: str, occurred_at: datetime
    ) -> JournalEntryId:
        """
        Returns the entry.

        Args:
            reference: The bank's reference; the same one again posts nothing new.

        Raises:
            AccessDenied: Not finance staff.
            SameKeyOtherEntry: The reference was recorded with another amount.
        """
        require_role(actor, Role.FINANCE)
        return _post(
            self._uow,
            actor,
            JournalDraft(
                reason=Reason.FLOAT_FUNDED,
                cause=reference,
                occurred_at=occurred_at,
                postings=posting_rules.float_funded(amount),
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
            reference: The processor's payout; the same one again posts nothing new.

        Raises:
            AccessDenied: Not finance staff.
            SameKeyOtherEntry: The reference was recorded with other amounts.
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


def _post(uow: LedgerUnitOfWork, actor: Actor, draft: JournalDraft) -> JournalEntryId:
    with uow:
        entry_id = uow.journal.post(draft)
        uow.audit.record(actor=actor, action=f"ledger.{draft.reason}", subject=draft.cause)
        uow.commit()
    return entry_id
