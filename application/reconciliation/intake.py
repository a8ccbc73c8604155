"""
Taking in what others tell of our money.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256

from attrs import frozen

from application.reconciliation.booking import book
from application.reconciliation.ports import (
    CsvLayout,
    FeedPosition,
    FeedReading,
    FeedSilent,
    PayoutVendorFeed,
    ProcessorFeed,
    ReconciliationUnitOfWork,
    StatementReader,
    TransactionFeed,
)
from application.shared.access import Actor, Role, require_role
from application.shared.ports import Clock
from domain.reconciliation.items import Source
from domain.reconciliation.statements import BankStatement, StatedBalance, UnreadableStatement
from domain.shared.money import Money

LARGEST_FILE = 20_000_000
_PAPER = "bank statement"


@frozen(kw_only=True)
class Imported:
    """What was new, and what was known already."""

    source: Source
    new: int
    known: int
    changed: int


@frozen
class ImportProcessorTransactions:
    """
    Fetch what the card processor and the payout vendor did with our money. Run on a schedule.
    """

    _uow: ReconciliationUnitOfWork
    _clock: Clock
    _processor: ProcessorFeed
    _payout_vendor: PayoutVendorFeed

    def __call__(self, *, actor: Actor, source: Source | None = None) -> tuple[Imported, ...]:
        """
        Returns how much each told. One that is silent does not keep the other out.

        Args:
            source: Only this one; both if None.

        Raises:
            AccessDenied: Not finance staff.
            FeedSilent: One does not answer; the next time goes on where it stopped.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        feeds: Mapping[Source, TransactionFeed] = {
            Source.PROCESSOR: self._processor,
            Source.PAYOUT_VENDOR: self._payout_vendor,
        }
        imported, silent = [], []
        for name, feed in feeds.items():
            if source not in (None, name):
                continue
            try:
                imported.append(self._import(actor, name, feed))
            except FeedSilent as failure:
                silent.append(failure)
        if silent:
            raise silent[0]
        return tuple(imported)

    def _import(self, actor: Actor, source: Source, feed: TransactionFeed) -> Imported:
        with self._uow as uow:
            before = uow.feeds.positions().get(source)
        reading = feed.read(since=None if before is None else before.position)
        with self._uow as uow:
            uow.feeds.take_turn()
            imported = _store(uow, source, reading, self._clock.now())
            uow.audit.record(
                actor=actor,
                action="reconciliation.transactions_imported",
                subject=source.value,
                details=_counts(imported),
            )
            uow.commit()
        return imported


def _store(
    uow: ReconciliationUnitOfWork, source: Source, reading: FeedReading, now: datetime
) -> Imported:
    added = book(uow, reading.items)
    uow.feeds.note_batches(source, reading.batches)
    uow.feeds.note_balances(reading.balances)
    uow.feeds.note_position(
        source,
        FeedPosition(position=reading.position, covers_until=reading.covers_until, read_at=now),
    )
    return Imported(
        source=source,
        new=len(added.new),
        known=len(reading.items) - len(added.new),
        changed=len(added.changed),
    )


def _counts(imported: Imported) -> dict[str, str]:
    return {
        "new": str(imported.new),
        "known": str(imported.known),
        "changed": str(imported.changed),
    }


@frozen(kw_only=True)
class StatementImported:
    """
    What a statement held.

    Args:
        gap: By how much its closing balance is more than its opening one and its entries.
        known_file: The very same file was imported before; nothing was done.
    """

    statement_id: str
    new: int
    known: int
    gap: Money
    known_file: bool = False


@frozen
class ImportBankStatement:
    """
    Take in a bank's file: CAMT.053, or CSV with a declared layout.
    """

    _uow: ReconciliationUnitOfWork
    _clock: Clock
    _reader: StatementReader

    def __call__(
        self, *, actor: Actor, content: bytes, layout: CsvLayout | None = None
    ) -> tuple[StatementImported, ...]:
        """
        Returns what each statement in the file held. A file or entry again adds nothing.

        Raises:
            AccessDenied: Not finance staff.
            UnreadableStatement: It is not a statement, or too large.
            LayoutMissing: It is CSV.
        """
        require_role(actor, Role.FINANCE, Role.ADMINISTRATOR)
        if len(content) > LARGEST_FILE:
            raise UnreadableStatement("The file is larger than a statement is.", field="content")
        statements = self._reader.read(content, layout=layout)
        digest = sha256(content).digest()
        with self._uow as uow:
            uow.feeds.take_turn()
            if not uow.feeds.note_file(digest, now=self._clock.now()):
                return tuple(_known(statement) for statement in statements)
            imported = tuple(
                _store_statement(uow, statement, self._clock.now()) for statement in statements
            )
            for each in imported:
                uow.audit.record(
                    actor=actor,
                    action="reconciliation.statement_imported",
                    subject=f"statement:{each.statement_id}",
                    details={"new": str(each.new), "known": str(each.known), "gap": str(each.gap)},
                )
            uow.commit()
        return imported


def _known(statement: BankStatement) -> StatementImported:
    return StatementImported(
        statement_id=statement.id,
        new=0,
        known=len(statement.entries),
        gap=statement.gap,
        known_file=True,
    )


def _store_statement(
    uow: ReconciliationUnitOfWork, statement: BankStatement, now: datetime
) -> StatementImported:
    added = book(uow, statement.entries)
    uow.feeds.note_balances(_balances(uow, statement))
    before = uow.feeds.positions().get(Source.BANK)
    until = datetime.combine(statement.ends_on + timedelta(days=1), time.min, UTC)
    uow.feeds.note_position(
        Source.BANK,
        FeedPosition(
            position=statement.id,
            covers_until=until if before is None else max(until, before.covers_until),
            read_at=now,
        ),
    )
    return StatementImported(
        statement_id=statement.id,
        new=len(added.new),
        known=len(statement.entries) - len(added.new),
        gap=statement.gap,
    )


def _balances(uow: ReconciliationUnitOfWork, statement: BankStatement) -> tuple[StatedBalance, ...]:
    balances = []
    if statement.opening is not None and not uow.feeds.has_opening(
        Source.BANK, statement.currency.code
    ):
        starts_at = datetime.combine(statement.starts_on, time.min, UTC)
        balances.append(_balance(statement.opening, starts_at, is_opening=True))
    if statement.closing is not None:
        # The whole last day belongs to it.
        ends_at = datetime.combine(statement.ends_on, time.max, UTC)
        balances.append(_balance(statement.closing, ends_at))
    return tuple(balances)


def _balance(amount: Money, at: datetime, *, is_opening: bool = False) -> StatedBalance:
    return StatedBalance(
        source=Source.BANK, stated_by=_PAPER, at=at, amount=amount, is_opening=is_opening
    )
