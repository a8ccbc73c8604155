"""
Everything that reconciles, wired over fakes, beside a desk that really moves money.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from attrs import define, field

from application.reconciliation.answers import (
    ApproveRepair,
    AssignBreak,
    ExplainBreak,
    ProposeRepair,
    RejectRepair,
)
from application.reconciliation.by_hand import MatchByHand, Unmatch
from application.reconciliation.comparison import Reconcile, Reconciled
from application.reconciliation.intake import (
    ImportBankStatement,
    ImportProcessorTransactions,
    StatementImported,
)
from application.reconciliation.periods import ClosePeriod, OpenPeriod
from application.shared.access import SYSTEM, Actor, Role
from application.treasury.bookings import RecordSettlement
from application.treasury.funding import RecordFloatFunding
from domain.reconciliation.breaks import Break
from domain.reconciliation.items import Item, ItemKind, Source
from domain.reconciliation.matching import Match, MatchingPolicy
from domain.reconciliation.statements import BankStatement
from domain.shared.ids import UserId
from domain.shared.money import Money
from tests.builders.reconciliation import theirs
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.money import AUD, FINANCE, MoneyDesk
from tests.fakes.reconciliation import ToldFeed, ToldStatements
from tests.fakes.unit_of_work import FakeUnitOfWork

BEN = Actor(user_id=UserId(UUID(int=77)), roles=[Role.FINANCE])
"""A second person of finance."""


@define(eq=False)
class ReconciliationDesk:
    """
    Vendors and bank tell nothing until a test lets them; they are read up to tomorrow.
    """

    money: MoneyDesk = field(factory=MoneyDesk)
    processor: ToldFeed = field(factory=ToldFeed)
    vendor: ToldFeed = field(factory=ToldFeed)
    statements: ToldStatements = field(factory=ToldStatements)
    policy: MatchingPolicy = field(factory=MatchingPolicy)

    @property
    def uow(self) -> FakeUnitOfWork:
        return self.money.uow

    @property
    def clock(self) -> FixedClock:
        return self.money.clock

    @property
    def ids(self) -> SequentialIds:
        return self.money.ids

    @property
    def import_transactions(self) -> ImportProcessorTransactions:
        return ImportProcessorTransactions(self.uow, self.clock, self.processor, self.vendor)

    @property
    def import_statement(self) -> ImportBankStatement:
        return ImportBankStatement(self.uow, self.clock, self.statements)

    @property
    def reconcile(self) -> Reconcile:
        return Reconcile(self.uow, self.clock, self.ids, self.policy)

    @property
    def assign(self) -> AssignBreak:
        return AssignBreak(self.uow, self.clock)

    @property
    def propose(self) -> ProposeRepair:
        return ProposeRepair(self.uow, self.clock)

    @property
    def reject(self) -> RejectRepair:
        return RejectRepair(self.uow, self.clock)

    @property
    def approve(self) -> ApproveRepair:
        return ApproveRepair(self.uow, self.clock, self.ids)

    @property
    def explain(self) -> ExplainBreak:
        return ExplainBreak(self.uow, self.clock)

    @property
    def match(self) -> MatchByHand:
        return MatchByHand(self.uow, self.clock, self.ids)

    @property
    def unmatch(self) -> Unmatch:
        return Unmatch(self.uow, self.clock)

    @property
    def open_period(self) -> OpenPeriod:
        return OpenPeriod(self.uow, self.clock, self.ids)

    @property
    def close_period(self) -> ClosePeriod:
        return ClosePeriod(self.uow, self.clock)

    def now(self) -> datetime:
        return self.clock.now()

    def tell(self, item: Item, *, feed: ToldFeed | None = None) -> Item:
        (feed or self.processor).items.append(item)
        return item

    def charge(self, reference: str, amount: Money, *, fee: int = 0) -> Item:
        """The processor tells of a payment and its fee."""
        name = f"txn_{reference}"
        if fee:
            self.tell(
                theirs(
                    f"{name}:fee", Money(-fee, amount.currency), kind=ItemKind.FEE, at=self.now()
                )
            )
        return self.tell(theirs(name, amount, reference, at=self.now()))

    def pay_out(self, name: str, amount: Money, *parts: Item) -> Item:
        """The processor sends money to our bank, and tells what it is made of."""
        end = theirs(f"txn_{name}", -amount, name, kind=ItemKind.SETTLEMENT, at=self.now())
        fees = [
            each.external_id
            for each in self.processor.items
            if each.kind is ItemKind.FEE
            and each.external_id.removesuffix(":fee") in {part.external_id for part in parts}
        ]
        if parts:
            members = {end.external_id, *fees, *(part.external_id for part in parts)}
            self.processor.batches[name] = frozenset(members)
        return self.tell(end)

    def bank_tells(
        self,
        *lines: Item,
        opening: Money | None = None,
        closing: Money | None = None,
        ends_on: date | None = None,
        id: str = "2026/1",
    ) -> tuple[StatementImported, ...]:
        day = self.now().date()
        content = f"{id} {lines}".encode()
        self.statements.files[content] = (
            BankStatement(
                id=id,
                account="…4321",
                currency=AUD,
                starts_on=min([day, *(line.at.date() for line in lines)]),
                ends_on=ends_on or day,
                opening=opening,
                closing=closing,
                entries=lines,
            ),
        )
        return self.import_statement(actor=FINANCE, content=content)

    def line(self, external_id: str, amount: Money, *known_as: str) -> Item:
        return theirs(
            external_id, amount, *known_as, source=Source.BANK, kind=ItemKind.OTHER, at=self.now()
        )

    def compare(self) -> Reconciled:
        """Read both vendors up to tomorrow, and compare."""
        for feed in (self.processor, self.vendor):
            feed.covers_until = self.now() + timedelta(days=1)
        self.import_transactions(actor=SYSTEM)
        return self.reconcile(actor=SYSTEM)

    @property
    def record_settlement(self) -> RecordSettlement:
        return RecordSettlement(self.uow)

    def settle(self, reference: str, received: Money, fee: Money) -> None:
        self.record_settlement(
            actor=FINANCE, received=received, fee=fee, reference=reference, occurred_at=self.now()
        )

    def fund(self, amount: Money, reference: str) -> None:
        RecordFloatFunding(*self.money.core, self.money.ids)(
            actor=FINANCE, amount=amount, reference=reference, occurred_at=self.now()
        )

    def standing(self) -> list[Break]:
        return [each for each in self.uow.breaks.all() if each.is_unanswered]

    def matches(self) -> list[Match]:
        return [row.match for row in self.uow.reconciliation_matches.standing()]

    def pay(self, number: int = 3) -> str:
        """A patient pays 100 dollars; returns the processor's reference."""
        return self.money.reference(self.money.deliver(number))
