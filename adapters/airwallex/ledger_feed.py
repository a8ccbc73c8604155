"""
What Airwallex did with our money.

From https://www.airwallex.com/docs/api: financial transactions, current balances, and the
history of balances, which says after each movement how much there was.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from adapters.airwallex.client import (
    AirwallexBusy,
    AirwallexClient,
    AirwallexRefused,
    AirwallexSilent,
    Answer,
)
from application.reconciliation.ports import FeedReading, FeedSilent
from application.shared.ports import Clock
from domain.reconciliation.items import Item, ItemKind, Source, Whose
from domain.reconciliation.statements import StatedBalance
from domain.shared.money import Money

_PAGE = 200
_LOOK_BACK = timedelta(days=1)
"""Read again each time, so that nothing is lost between two readings."""
_KINDS = {
    "DEPOSIT": ItemKind.FUNDING,
    "DEPOSIT_REVERSAL": ItemKind.FUNDING_UNDONE,
    "PAYOUT": ItemKind.PAYOUT,
    "PAYOUT_REVERSAL": ItemKind.PAYOUT_UNDONE,
    "TRANSFER": ItemKind.PAYOUT,
    "TRANSFER_REVERSAL": ItemKind.PAYOUT_UNDONE,
    "CONVERSION_SELL": ItemKind.CONVERSION,
    "CONVERSION_BUY": ItemKind.CONVERSION,
    "FEE": ItemKind.FEE,
}
_NOTHING_MOVED = frozenset({"PENDING", "CANCELLED", "FAILED"})


class AirwallexLedgerFeed:
    """
    Financial transactions of our own account, with what is said to be there.
    """

    def __init__(self, client: AirwallexClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def read(self, *, since: str | None) -> FeedReading:
        try:
            return self._read(since)
        except (AirwallexSilent, AirwallexBusy, AirwallexRefused) as failure:
            raise FeedSilent(
                f"The payout vendor does not tell its transactions: {type(failure).__name__}."
            ) from None

    def _read(self, since: str | None) -> FeedReading:
        covers_until = self._clock.now()
        before = self._current()
        transactions = [
            each
            for each in self._pages("/financial_transactions", "from_created_at", since)
            if str(each.get("status")) not in _NOTHING_MOVED
        ]
        history = self._last_balances(since)
        after = self._current()
        newest = max((_at(each["created_at"]) for each in transactions), default=None)
        read_at = covers_until if newest is None else max(covers_until, newest)
        return FeedReading(
            items=tuple(item for each in transactions for item in _items(each)),
            batches={},
            # What moved while we were reading is stated the next time.
            balances=(
                *(
                    StatedBalance(
                        source=Source.PAYOUT_VENDOR,
                        stated_by="current balance",
                        at=read_at,
                        amount=amount,
                    )
                    for amount in before
                    if amount in after
                ),
                *history,
            ),
            position=newest.isoformat() if newest is not None else (since or ""),
            covers_until=covers_until,
        )

    def _pages(self, path: str, from_name: str, since: str | None) -> Iterator[Answer]:
        query = {"page_size": str(_PAGE)}
        if since:
            query[from_name] = (datetime.fromisoformat(since) - _LOOK_BACK).strftime(
                "%Y-%m-%dT%H:%M:%S%z"
            )
        number = 0
        while True:
            answer = self._client.get(path, page_num=str(number), **query)
            yield from answer["items"]
            if not answer.get("has_more", answer.get("hasMore")):
                return
            number += 1

    def _last_balances(self, since: str | None) -> list[StatedBalance]:
        """After the last movement of each currency; the newest come first."""
        last: dict[str, StatedBalance] = {}
        for each in self._history(since):
            currency = str(each["currency"])
            if currency not in last:
                last[currency] = StatedBalance(
                    source=Source.PAYOUT_VENDOR,
                    stated_by="balance history",
                    at=_at(each["posted_at"]),
                    amount=_money(each["balance"], currency),
                )
        return list(last.values())

    def _history(self, since: str | None) -> Iterator[Answer]:
        query = {"page_size": str(_PAGE)}
        if since:
            query["from_post_at"] = (datetime.fromisoformat(since) - _LOOK_BACK).strftime(
                "%Y-%m-%dT%H:%M:%S%z"
            )
        while True:
            answer = self._client.get("/balances/history", **query)
            yield from answer["items"]
            following = answer.get("page_after")
            if not following:
                return
            query["page"] = str(following)

    def _current(self) -> list[Money]:
        """What is there in each currency, with what is set aside for transfers under way."""
        return [
            _money(Decimal(each["available_amount"]) + Decimal(each["reserved_amount"]), currency)
            for each in self._client.get_list("/balances/current")
            for currency in [str(each["currency"])]
        ]


def _items(transaction: Answer) -> Iterator[Item]:
    kind = _KINDS.get(str(transaction["transaction_type"]), ItemKind.OTHER)
    currency, name = str(transaction["currency"]), str(transaction["id"])
    amount = _money(transaction["amount"], currency)
    fee = _money(transaction.get("fee") or 0, currency)
    if amount:
        yield _item(kind, name, amount, transaction)
    if fee:
        yield _item(ItemKind.FEE, f"{name}:fee", -fee, transaction)


def _item(kind: ItemKind, external_id: str, amount: Money, transaction: Answer) -> Item:
    return Item(
        source=Source.PAYOUT_VENDOR,
        whose=Whose.THEIRS,
        kind=kind,
        external_id=external_id,
        amount=amount,
        at=_at(transaction["created_at"]),
        references=[
            str(transaction[field]) for field in ("source_id", "batch_id") if transaction.get(field)
        ],
        converted_from=_before_exchange(transaction, amount),
    )


def _before_exchange(transaction: Answer, amount: Money) -> Money | None:
    currency, before = transaction.get("client_currency"), transaction.get("client_amount")
    if not currency or before is None or currency == amount.currency.code:
        return None
    return _money(before, str(currency))


def _money(amount: Decimal | int | str, currency: str) -> Money:
    return Money.from_major(Decimal(amount), currency)


def _at(text: Any) -> datetime:
    return datetime.fromisoformat(str(text)).astimezone(UTC)
