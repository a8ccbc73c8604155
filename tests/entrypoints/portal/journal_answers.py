"""
What statements and the journal answer in these tests: the books of a small practice.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from application.ledger.exports import (
    ExportAccountStatement,
    ExportJournal,
    ExportTrialBalance,
)
from application.ledger.journal_search import (
    EntryView,
    JournalFilter,
    SearchJournal,
    ViewAccountStatement,
    ViewJournalEntry,
)
from application.shared.access import SYSTEM
from application.wallets.money_trail import (
    Earning,
    FollowTheMoney,
    MoneyTrail,
    PaidIn,
    PaidOut,
    Use,
)
from application.wallets.papers import Paper, PrintMonthlyStatement, PrintPayoutStatement
from application.wallets.statements import Holder, ListStatements, ViewMonthlyStatement
from domain.ledger.lot import LotStatus
from domain.payments.payment import PaymentStatus
from domain.payouts.payout import PayoutStatus
from domain.payouts.transfer import TransferFinding
from domain.shared.ids import ConsultationId, LotId, PaymentId, PayoutId, to_wire
from tests.builders.physicians import an_applicant
from tests.contracts.test_statements import Books
from tests.entrypoints.portal.moments import NOON
from tests.entrypoints.portal.physician_answers import aud
from tests.entrypoints.portal.tabs import Clinic
from tests.fakes.clock import FixedClock
from tests.fakes.journal import InMemoryJournalQueries
from tests.fakes.money import PHYSICIAN, MoneyDesk
from tests.fakes.statements import InMemoryStatements

FOLLOWED = ConsultationId(UUID(int=4))
_PAYOUT = PayoutId(UUID(int=0x401))


def practice() -> Books:
    """Two earnings and a third that is pending, a payout that arrived, a refund after it."""
    desk = MoneyDesk(clock=FixedClock(NOON - timedelta(days=15)))
    holder = Holder(physician_id=PHYSICIAN, name="Dr Ada Moreau", time_zone="Australia/Sydney")
    with desk.uow as uow:
        uow.physicians.add(an_applicant(physician_id=PHYSICIAN, given="Ada", family="Moreau"))
        uow.commit()
    books = Books(desk, InMemoryStatements(desk.uow, {PHYSICIAN: holder}))
    desk.earn(3)
    desk.earn(4)
    desk.be_payable()
    books.send(100, TransferFinding.PAID)
    books.refund(ConsultationId(UUID(int=3)))
    desk.deliver(5)
    return books


def entry_with_a_sequel() -> EntryView:
    """The payout's request, which was completed when it was sent."""
    queries = InMemoryJournalQueries(practice().desk.uow)
    wanted = JournalFilter(reason="payout_requested")
    return next(queries.every_entry(wanted))


def trail() -> MoneyTrail:
    """A consultation whose earning was paid out in part."""
    books = practice()
    cause = to_wire("consultation", FOLLOWED)
    entries = InMemoryJournalQueries(books.desk.uow).every_entry(JournalFilter(cause=cause))
    return MoneyTrail(
        consultation_id=FOLLOWED,
        payments=(
            PaidIn(
                payment_id=PaymentId(UUID(int=0x402)),
                amount=aud(10_000),
                status=PaymentStatus.CAPTURED,
                captured_at=NOON - timedelta(days=13),
            ),
        ),
        earning=Earning(
            lot_id=LotId(UUID(int=0x403)),
            physician_id=PHYSICIAN,
            physician_name="Dr Ada Moreau",
            amount=aud(7_600),
            remaining=aud(5_200),
            status=LotStatus.AVAILABLE,
            earned_at=NOON - timedelta(days=13),
            matures_at=NOON - timedelta(days=11),
        ),
        uses=(
            Use(
                taken_by=to_wire("payout", _PAYOUT),
                amount=aud(2_400),
                taken_at=NOON - timedelta(days=10),
                returned_at=None,
            ),
        ),
        payouts=(
            PaidOut(
                payout_id=_PAYOUT,
                amount=aud(10_000),
                status=PayoutStatus.PAID,
                requested_at=NOON - timedelta(days=10),
                ended_at=NOON - timedelta(days=8),
            ),
        ),
        refunds=(),
        disputes=(),
        entries=tuple(entries),
    )


def prepare_for_books(clinic: Clinic) -> None:
    """Let the clinic answer all that is asked of statements and of the journal."""
    books = practice()
    clock = FixedClock(NOON)
    queries = InMemoryJournalQueries(books.desk.uow)

    def of_the_practice(use_case: Any) -> Any:
        def ask(**arguments: Any) -> Any:
            return use_case(**(arguments | {"actor": SYSTEM, "physician_id": PHYSICIAN}))

        return ask

    clinic.answer(ListStatements, of_the_practice(ListStatements(books.queries, clock)))
    clinic.answer(ViewMonthlyStatement, of_the_practice(ViewMonthlyStatement(books.queries, clock)))
    for printed in (PrintMonthlyStatement, PrintPayoutStatement):
        clinic.answer(
            printed, Paper(filename="a.pdf", media_type="application/pdf", content=b"%PDF-")
        )
    for use_case in (
        SearchJournal,
        ViewAccountStatement,
        ViewJournalEntry,
        ExportJournal,
        ExportAccountStatement,
    ):
        clinic.answer(use_case, use_case(queries))
    clinic.answer(ViewJournalEntry, entry_with_a_sequel())
    clinic.answer(ExportTrialBalance, lambda **_: iter(("as_of,by\r\n",)))
    clinic.answer(FollowTheMoney, trail())
