"""
A money desk over a real database, and the check that its books hold.
"""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Engine

from adapters.postgres.queries.ledger import PostgresBooks
from adapters.system.ids import RandomIds
from application.ledger.books import (
    BooksVerified,
    Check,
    FactKind,
    SharedFact,
    VerifyBooks,
)
from domain.payments.payment import Finding
from domain.payments.refund import RefundFinding
from domain.payouts.transfer import TransferFinding
from domain.wallets.wallet import WalletPolicy
from tests.adapters.postgres.transactions import unit_of_work
from tests.fakes.clock import FixedClock
from tests.fakes.disputes import InMemoryBank
from tests.fakes.money import (
    FINANCE,
    MoneyDesk,
)
from tests.fakes.payments import InMemoryProcessor
from tests.fakes.payouts import InMemoryPayoutVendor
from tests.fakes.unit_of_work import FakeUnitOfWork


def open_desk(
    engine: Engine, like: MoneyDesk | None = None, *, policy: WalletPolicy | None = None
) -> MoneyDesk:
    """A desk over the database; the same money as another one's, for another thread."""
    clock = like.clock if like else FixedClock()
    uow = cast("FakeUnitOfWork", unit_of_work(engine, clock=clock, ids=RandomIds()))
    if like is None:
        return MoneyDesk(
            uow=uow,
            clock=clock,
            ids=RandomIds(),  # type: ignore[arg-type]
            policy=policy or WalletPolicy(),
        )
    copy = object.__new__(MoneyDesk)
    for name in (
        "clock",
        "ids",
        "processor",
        "bank",
        "vendor",
        "consultations",
        "services",
        "payees",
        "policy",
    ):
        setattr(copy, name, getattr(like, name))
    copy.uow = uow
    return copy


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


def verify(engine: Engine, desk: MoneyDesk) -> BooksVerified:
    books = VerifyBooks(
        PostgresBooks(engine), FakeVendorBooks(desk.processor, desk.bank, desk.vendor), desk.clock
    )
    return books(actor=FINANCE)


def assert_books_hold(engine: Engine, desk: MoneyDesk) -> None:
    verified = verify(engine, desk)
    broken = [each.breaks for each in verified.results if not each.holds]
    assert not broken, broken
    assert [each.check for each in verified.results] == list(Check)
