"""
The books in PostgreSQL. Functions of the database write them: see migrations 0012, 0016 and 0025.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import RowMapping, text

from adapters.postgres.driver import Argument, call, driver_of, engine_error, send
from adapters.postgres.scope import Scope
from application.ledger.ports import EntryNotFound, JournalEntry
from application.shared.ports import Ids
from domain.ledger.chart import LedgerAccount, account_of
from domain.ledger.journal import (
    InsufficientFunds,
    JournalDraft,
    Posting,
    ResolvesWrongly,
    SameKeyOtherEntry,
)
from domain.shared.errors import InvariantError
from domain.shared.ids import JournalEntryId
from domain.shared.money import Currency, Money

_BALANCE = text(
    "select coalesce(sum(b.amount), 0) from ledger.balance b"
    " join ledger.account a on a.id = b.account_id"
    " where a.code = :code and a.currency = :currency"
)
_BALANCE_AS_OF = text(
    "select coalesce(sum(case when (p.debit_account_id = a.id) = (a.normal_side = 'debit')"
    " then p.amount else -p.amount end), 0)"
    " from ledger.account a"
    " join ledger.posting p on a.id in (p.debit_account_id, p.credit_account_id)"
    " join ledger.journal_entry e on e.id = p.entry_id"
    " where a.code = :code and a.currency = :currency and e.occurred_at <= :as_of"
)
_ENTRY = text(
    "select e.*, d.code as debit, c.code as credit, p.currency, p.amount"
    " from ledger.journal_entry e"
    " join ledger.posting p on p.entry_id = e.id"
    " join ledger.account d on d.id = p.debit_account_id"
    " join ledger.account c on c.id = p.credit_account_id"
    " where e.idempotency_key = :key order by p.sequence"
)
_REFUSALS = {"LG001": SameKeyOtherEntry, "LG002": ResolvesWrongly}


class PostgresJournal:
    """The books. An entry is one round trip, and so is a whole batch of them."""

    def __init__(self, scope: Scope, ids: Ids) -> None:
        self._scope = scope
        self._ids = ids

    def post(self, draft: JournalDraft) -> JournalEntryId:
        arguments = (self._ids.new(), *_entry_values(draft), *_legs([draft]))
        return JournalEntryId(UUID(self._run("ledger.post", arguments, [draft])))

    def post_many(self, drafts: Sequence[JournalDraft]) -> tuple[JournalEntryId, ...]:
        if not drafts:
            return ()
        entries = [(self._ids.new(), *_entry_values(draft)) for draft in drafts]
        numbered = [
            (entry, sequence)
            for entry, draft in enumerate(drafts, start=1)
            for sequence in range(1, len(draft.postings) + 1)
        ]
        arguments = (
            *_columns(entries),
            [len(draft.postings) for draft in drafts],
            *_columns(numbered),
            *_legs(drafts),
        )
        posted = self._run("ledger.post_many", arguments, drafts).strip("{}")
        ids = arguments[0]
        if posted.replace("-", "") != ",".join([id.hex for id in ids]):
            ids = [UUID(written) for written in posted.split(",")]
        return tuple(map(JournalEntryId, ids))

    def balance(
        self, account: LedgerAccount, currency: Currency, *, as_of: datetime | None = None
    ) -> Money:
        values = {"code": account.code, "currency": currency.code, "as_of": as_of}
        if as_of is None:
            values.pop("as_of")
        statement = _BALANCE if as_of is None else _BALANCE_AS_OF
        return Money(int(self._scope.connection.execute(statement, values).scalar_one()), currency)

    def entry(self, idempotency_key: str) -> JournalEntry:
        rows = self._scope.connection.execute(_ENTRY, {"key": idempotency_key}).mappings().all()
        if not rows:
            raise EntryNotFound(f"Nothing was posted as {idempotency_key}.")
        first = rows[0]
        return JournalEntry(
            id=JournalEntryId(first["id"]),
            idempotency_key=first["idempotency_key"],
            reason=first["reason"],
            cause=first["cause"],
            occurred_at=first["occurred_at"],
            recorded_at=first["recorded_at"],
            postings=tuple(_posting(row) for row in rows),
        )

    def _run(
        self, function: str, arguments: Sequence[Argument], drafts: Sequence[JournalDraft]
    ) -> str:
        driver = driver_of(self._scope.connection)
        try:
            statement = call(driver, function, *arguments)
            posted = send(driver, statement)
            if posted is None:
                # An account is opened by the first entry that touches it.
                opened = call(driver, "ledger.open_accounts", *_accounts(drafts))
                posted = send(driver, opened, statement)
        except psycopg.Error as error:
            raise self._refusal(error, drafts) from error
        if posted is None:
            raise InvariantError(f"{function} did not find the accounts that were opened for it")
        return posted

    def _refusal(self, error: psycopg.Error, drafts: Sequence[JournalDraft]) -> BaseException:
        named = drafts[0].idempotency_key if len(drafts) == 1 else f"{len(drafts)} entries"
        if error.diag.constraint_name == "ck_balance_floor":
            return InsufficientFunds("The wallet does not hold that much.")
        if error.diag.constraint_name == "uq_journal_entry_resolves":
            return ResolvesWrongly(f"{named}: what they resolve was resolved before")
        kind = _REFUSALS.get(str(error.sqlstate))
        if kind is None:
            return engine_error(self._scope.connection, error)
        return kind(f"{named}: {kind.__doc__}")


def _entry_values(draft: JournalDraft) -> tuple[Any, ...]:
    return (
        draft.idempotency_key,
        bytes.fromhex(draft.fingerprint),
        draft.reason.value,
        draft.cause,
        draft.occurred_at,
        draft.resolves,
    )


def _legs(drafts: Sequence[JournalDraft]) -> tuple[list[Any], ...]:
    postings = [posting for draft in drafts for posting in draft.postings]
    return (
        [posting.debit.code for posting in postings],
        [posting.credit.code for posting in postings],
        [posting.amount.currency.code for posting in postings],
        [posting.amount.minor for posting in postings],
    )


def _accounts(drafts: Iterable[JournalDraft]) -> tuple[list[Any], ...]:
    kinds = {
        (account.code, posting.amount.currency.code): account.kind
        for draft in drafts
        for posting in draft.postings
        for account in (posting.debit, posting.credit)
    }
    return _columns(
        (
            code,
            currency,
            kind.type.normal_side.value,
            0 if kind.never_negative else None,
            kind.shards,
        )
        for (code, currency), kind in kinds.items()
    )


def _columns(rows: Iterable[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))


def _posting(row: RowMapping) -> Posting:
    return Posting(
        debit=account_of(row["debit"]),
        credit=account_of(row["credit"]),
        amount=Money.of(row["amount"], row["currency"]),
    )
