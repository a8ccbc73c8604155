"""
A money desk over a real database, and the check that its books hold.
"""

from typing import cast

from sqlalchemy import Engine

from adapters.postgres.queries.ledger import PostgresBooks
from adapters.system.ids import RandomIds
from application.ledger.books import BooksVerified, Check, VerifyBooks
from domain.wallets.wallet import WalletPolicy
from tests.adapters.postgres.transactions import unit_of_work
from tests.fakes.books import FakeVendorBooks
from tests.fakes.clock import FixedClock
from tests.fakes.money import (
    FINANCE,
    MoneyDesk,
)
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
