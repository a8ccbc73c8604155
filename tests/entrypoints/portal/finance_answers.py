"""
What the use cases of reconciliation answer in these tests.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from application.reconciliation.answers import (
    ApproveRepair,
    AssignBreak,
    ExplainBreak,
    ProposeRepair,
    RejectRepair,
)
from application.reconciliation.comparison import Reconcile, Reconciled
from application.reconciliation.intake import ImportProcessorTransactions
from application.reconciliation.periods import ClosePeriod, OpenPeriod
from application.reconciliation.queries import (
    BreakFilter,
    ListBreaks,
    ListPeriods,
    ViewBreak,
    ViewReconciliation,
)
from application.reconciliation.views import (
    BreakRow,
    BreakView,
    CurrencyView,
    DifferenceView,
    ItemView,
    PeriodView,
    PlaceView,
    PostingView,
    ReconciliationView,
    RepairView,
    SourceView,
    Unmatched,
)
from application.shared.access import Role
from application.shared.pages import Page
from domain.reconciliation.breaks import BreakStatus
from domain.reconciliation.findings import BreakKind, Severity
from domain.reconciliation.items import Source, Whose
from domain.reconciliation.periods import PeriodStatus
from domain.reconciliation.repairs import RepairRule
from domain.shared.ids import AccountingPeriodId, BreakId, JournalEntryId, UserId
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.physician_answers import aud
from tests.entrypoints.portal.tabs import AN_OPERATOR, Clinic

BREAK = BreakId(UUID(int=0x301))
COLLEAGUE = UserId(UUID(int=4))
ENTRY = JournalEntryId(UUID(int=0x302))


def break_row(**changes: Any) -> BreakRow:
    """A settlement whose fee nobody has booked, unless changed."""
    values: dict[str, Any] = {
        "break_id": BREAK,
        "kind": BreakKind.MISSING_HERE,
        "severity": Severity.HIGH,
        "status": BreakStatus.OPEN,
        "reason": "The bank received a settlement that our books do not have.",
        "owner_role": Role.FINANCE,
        "owner_id": None,
        "differences": (
            DifferenceView(source=Source.PROCESSOR, amount=aud(-4900)),
            DifferenceView(source=Source.BANK, amount=aud(4760)),
        ),
        "since": NOON - timedelta(days=3),
        "first_seen_at": NOON - timedelta(days=2),
        "last_seen_at": NOON,
        "age": timedelta(days=2),
    }
    return BreakRow(**(values | changes))


def repair(proposed_by: UserId | None = None) -> RepairView:
    """The entry that closes it, suggested or proposed."""
    return RepairView(
        rule=RepairRule.SETTLEMENT,
        postings=(
            PostingView(debit="assets:bank", credit="assets:processor", amount=aud(4760)),
            PostingView(debit="expenses:processing", credit="assets:processor", amount=aud(140)),
        ),
        note="The settlement of 20 November." if proposed_by is not None else "",
        proposed_by=proposed_by,
        proposed_at=NOON if proposed_by is not None else None,
    )


def break_view(**changes: Any) -> BreakView:
    """The open one with its two items, unless changed."""
    values: dict[str, Any] = {
        "row": break_row(),
        "items": (_item("st_1", Source.PROCESSOR, -4900), _item("ba_1", Source.BANK, 4760)),
        "suggestion": repair(),
        "proposal": None,
        "approved_by": None,
        "entry_id": None,
        "explanation": None,
        "explained_by": None,
        "ended_at": None,
    }
    return BreakView(**(values | changes))


def proposed_by(user_id: UserId) -> BreakView:
    """One whose repair waits for a second person."""
    return break_view(
        row=break_row(status=BreakStatus.PROPOSED, owner_id=user_id),
        suggestion=None,
        proposal=repair(user_id),
    )


def reconciliation() -> ReconciliationView:
    """Three places in one currency, one of them with a difference."""
    nothing = Unmatched(count=0, amount=aud(0))
    return ReconciliationView(
        last_run_at=NOON,
        sources=tuple(
            SourceView(source=source, covers_until=NOON - timedelta(hours=1), read_at=NOON)
            for source in Source
        ),
        currencies=(
            CurrencyView(
                currency="AUD",
                places=tuple(
                    PlaceView(
                        source=source,
                        journal=aud(125_000),
                        stated=aud(125_000) if source is not Source.BANK else None,
                        stated_at=NOON,
                        told=aud(125_000 + (4760 if source is Source.BANK else 0)),
                        was_told=True,
                        ours_unmatched=nothing,
                        theirs_unmatched=Unmatched(count=1, amount=aud(4760))
                        if source is Source.BANK
                        else nothing,
                    )
                    for source in Source
                ),
                suspense=aud(1200),
            ),
        ),
        breaks={BreakKind.MISSING_HERE: 1},
    )


def listed(*, wanted: BreakFilter, **_: Any) -> Page[BreakRow]:
    """One open difference, one that waits for a second person, one explained."""
    rows = {
        BreakStatus.OPEN: break_row(),
        BreakStatus.PROPOSED: break_row(
            status=BreakStatus.PROPOSED,
            kind=BreakKind.FEE_DIFFERS,
            severity=Severity.MEDIUM,
            owner_id=AN_OPERATOR.user_id,
        ),
        BreakStatus.EXPLAINED: break_row(status=BreakStatus.EXPLAINED, owner_id=COLLEAGUE),
    }
    found = rows.get(wanted.status) if wanted.status is not None else None
    return Page((found,) if found is not None else ())


def periods() -> tuple[PeriodView, ...]:
    """One that a difference keeps open, one that may be closed, and one that is."""
    stages = (
        (3, PeriodStatus.OPEN, 1, None),
        (2, PeriodStatus.OPEN, 0, None),
        (1, PeriodStatus.CLOSED, 0, NOON),
    )
    return tuple(
        PeriodView(
            period_id=AccountingPeriodId(UUID(int=0x500 + week)),
            starts_on=date(2026, 11, 7 * week - 6),
            ends_on=date(2026, 11, 7 * week),
            status=status,
            closed_at=closed_at,
            closed_by=None if closed_at is None else COLLEAGUE,
            barring=barring,
        )
        for week, status, barring, closed_at in stages
    )


def prepare_for_finance(clinic: Clinic) -> None:
    """Let the clinic answer all that reconciliation asks."""
    clinic.answer(ListPeriods, periods())
    clinic.answer(ImportProcessorTransactions, ())
    clinic.answer(
        Reconcile,
        Reconciled(at=NOON, booked=4, matched=3, left=2, found=1, healed=0, standing=2),
    )
    clinic.answer(OpenPeriod, periods()[0].period_id)
    clinic.answer(ClosePeriod, None)
    clinic.answer(ViewReconciliation, reconciliation())
    clinic.answer(ListBreaks, listed)
    clinic.answer(ViewBreak, break_view())
    clinic.answer(ApproveRepair, ENTRY)
    clinic.answer(ProposeRepair, ())
    for use_case in (AssignBreak, RejectRepair, ExplainBreak):
        clinic.answer(use_case, None)


def _item(key: str, source: Source, minor: int) -> ItemView:
    return ItemView(
        key=key,
        source=source,
        whose=Whose.THEIRS,
        kind="settlement",
        amount=aud(minor),
        at=NOON - timedelta(days=3),
        counts_on=NOON.date(),
        references=("po_20261120",),
        batch=None,
        match_id=None,
        rule=None,
        explanation=None,
    )
