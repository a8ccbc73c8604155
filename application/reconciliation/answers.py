"""
Answering for a break: whose it is, the entry that closes it, or why it may stay.
"""

from datetime import datetime

from attrs import frozen

from application.reconciliation.booking import book
from application.reconciliation.ports import ReconciliationUnitOfWork, StoredMatch
from application.shared.access import (
    AccessDenied,
    Actor,
    Role,
    require_person,
    require_role,
)
from application.shared.ports import Clock, Ids
from domain.ledger.journal import JournalDraft, Postings, Reason
from domain.reconciliation.book_lines import lines_of
from domain.reconciliation.breaks import Break, BreakStatus, Proposal
from domain.reconciliation.items import Item, gaps
from domain.reconciliation.matching import Match, Rule
from domain.reconciliation.repairs import RepairRule
from domain.shared.errors import Conflict, InvalidInput
from domain.shared.ids import BreakId, JournalEntryId, ReconciliationMatchId, UserId, to_wire

_IN_CHARGE = (Role.FINANCE, Role.ADMINISTRATOR)


class NotInFinance(InvalidInput):
    """Only finance staff answer for breaks."""


class RepairOutdated(Conflict):
    """The items have changed since the repair was proposed. Compare again."""


@frozen
class AssignBreak:
    """
    Give a break to a person.
    """

    _uow: ReconciliationUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, break_id: BreakId, user_id: UserId) -> None:
        """
        To the same person again changes nothing.

        Raises:
            AccessDenied: Not finance staff.
            BreakNotFound: No such break.
            UserNotFound: No such person.
            NotInFinance: That person could not look at it.
            BreakMoved: It was answered.
        """
        person(actor)
        with self._uow as uow:
            if not uow.users.read(user_id).roles.intersection(_IN_CHARGE):
                raise NotInFinance("Only finance staff answer for breaks.", field="user_id")
            found = uow.breaks.get(break_id)
            found.assign(user_id, now=self._clock.now())
            uow.breaks.save(found)
            _audit(uow, actor, found, "break_assigned", to=to_wire("user", user_id))
            uow.commit()


@frozen
class ProposeRepair:
    """
    Offer an entry that would close a break; a second person has to approve it.
    """

    _uow: ReconciliationUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, break_id: BreakId, rule: RepairRule, note: str) -> Postings:
        """
        Returns the postings as they would be; nothing is posted.

        Raises:
            AccessDenied: Not finance staff.
            BreakNotFound: No such break.
            BreakMoved: It was answered.
            RuleDoesNotFit: The rule cannot close it.
        """
        user_id = person(actor)
        with self._uow as uow:
            found = uow.breaks.get(break_id)
            found.propose(rule, note=note.strip(), by=user_id, now=self._clock.now())
            uow.breaks.save(found)
            _audit(uow, actor, found, "repair_proposed", rule=rule.value)
            uow.commit()
        return found.proposal.postings if found.proposal else ()


@frozen
class RejectRepair:
    """
    Decline an offered entry, or take one's own back.
    """

    _uow: ReconciliationUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, break_id: BreakId, reason: str) -> None:
        """
        The break is open again.

        Raises:
            AccessDenied: Not finance staff.
            BreakNotFound: No such break.
            BreakMoved: No repair waits.
        """
        person(actor)
        with self._uow as uow:
            found = uow.breaks.get(break_id)
            found.reject(now=self._clock.now())
            uow.breaks.save(found)
            _audit(uow, actor, found, "repair_rejected", reason=reason)
            uow.commit()


@frozen
class ApproveRepair:
    """
    As a second person, have an offered entry posted.
    """

    _uow: ReconciliationUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(self, *, actor: Actor, break_id: BreakId) -> JournalEntryId:
        """
        Returns the entry. Again returns the same one: a break is repaired once.

        Raises:
            AccessDenied: Not finance staff.
            BreakNotFound: No such break.
            BreakMoved: No repair waits.
            OwnRepair: The same person proposed it.
            RepairOutdated: What it is about has changed.
        """
        user_id = person(actor)
        now = self._clock.now()
        with self._uow as uow:
            uow.feeds.take_turn()
            found = uow.breaks.get(break_id)
            if found.status is BreakStatus.REPAIRED and found.entry_id is not None:
                return found.entry_id
            proposal = found.approve(by=user_id)
            items = _items_of(uow, found)
            draft = _draft(found, proposal, now)
            entry_id = uow.journal.post(draft)
            lines = lines_of(
                entry_id=entry_id,
                reason=draft.reason.value,
                occurred_at=now,
                postings=draft.postings,
                references=[draft.cause],
            )
            book(uow, lines)
            uow.book_entries.note_told([entry_id])
            uow.reconciliation_matches.add(
                StoredMatch(
                    id=ReconciliationMatchId(self._ids.new()),
                    match=Match(
                        rule=Rule.REPAIR,
                        items=(*items, *lines),
                        explanation=f"closed by the entry of {draft.cause}",
                    ),
                    made_at=now,
                    made_by=actor.reference,
                    break_id=break_id,
                )
            )
            found.finish(entry_id, now=now)
            uow.breaks.save(found)
            _audit(uow, actor, found, "repair_approved", entry=to_wire("journal_entry", entry_id))
            uow.commit()
        return entry_id


@frozen
class ExplainBreak:
    """
    Say why a difference may stay.
    """

    _uow: ReconciliationUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, break_id: BreakId, explanation: str) -> None:
        """
        It comes back if its facts change.

        Raises:
            AccessDenied: Not finance staff.
            BreakNotFound: No such break.
            BreakMoved: It was answered.
            ExplanationTooShort: That says nothing.
        """
        user_id = person(actor)
        with self._uow as uow:
            found = uow.breaks.get(break_id)
            found.explain(explanation, by=user_id, now=self._clock.now())
            uow.breaks.save(found)
            _audit(uow, actor, found, "break_explained", reason=explanation.strip())
            uow.commit()


def person(actor: Actor) -> UserId:
    """
    Who of finance answers for it.

    Raises:
        AccessDenied: Not finance staff, or not a person.
    """
    require_role(actor, *_IN_CHARGE)
    require_person(actor)
    if actor.user_id is None:
        raise AccessDenied("Only a person can do this.")
    return actor.user_id


def _items_of(uow: ReconciliationUnitOfWork, found: Break) -> tuple[Item, ...]:
    free = {item.key: item for item in uow.reconciled_items.unmatched()}
    items = tuple(free[key] for key in found.items if key in free)
    if len(items) != len(found.items) or gaps(items) != found.differences:
        raise RepairOutdated("What this repair is about has changed. Compare again.")
    return items


def _draft(found: Break, proposal: Proposal, now: datetime) -> JournalDraft:
    return JournalDraft(
        reason=Reason.RECONCILIATION_REPAIRED,
        cause=to_wire("break", found.id),
        occurred_at=now,
        postings=proposal.postings,
    )


def _audit(
    uow: ReconciliationUnitOfWork,
    actor: Actor,
    found: Break,
    action: str,
    *,
    reason: str | None = None,
    **details: str,
) -> None:
    uow.audit.record(
        actor=actor,
        action=f"reconciliation.{action}",
        subject=to_wire("break", found.id),
        reason=reason,
        details={"kind": found.kind.value} | details,
    )
