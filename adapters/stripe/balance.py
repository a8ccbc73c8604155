"""
What Stripe did with our money (https://docs.stripe.com/api/balance_transactions).

A transaction states a gross amount and the fee kept of it: two items, because our books have
the one when a patient pays and the other when Stripe settles. Which transactions a payout is
made of is asked for each payout; Stripe says so for automatic ones.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import stripe
from stripe import StripeClient

from application.reconciliation.ports import FeedReading, FeedSilent
from application.shared.ports import Clock
from domain.reconciliation.items import Item, ItemKind, Source, Whose
from domain.reconciliation.statements import StatedBalance
from domain.shared.ids import to_wire
from domain.shared.money import Currency, Money

Answer = TypeVar("Answer")

_PAGE = 100
_LOOK_BACK = timedelta(days=1)
"""Read again each time, so that nothing is lost between two readings."""
_STATED_BY = "current balance"
_KINDS = {
    "charge": ItemKind.PAYMENT,
    "payment": ItemKind.PAYMENT,
    "refund": ItemKind.REFUND,
    "payment_refund": ItemKind.REFUND,
    "refund_failure": ItemKind.REFUND_UNDONE,
    "payment_failure_refund": ItemKind.REFUND_UNDONE,
    "payout": ItemKind.SETTLEMENT,
    "payout_failure": ItemKind.SETTLEMENT_UNDONE,
    "payout_cancel": ItemKind.SETTLEMENT_UNDONE,
    "stripe_fee": ItemKind.FEE,
    "tax_fee": ItemKind.FEE,
}
_CATEGORIES = {
    "dispute": ItemKind.DISPUTE,
    "dispute_reversal": ItemKind.DISPUTE_UNDONE,
}
_OWN = {"payment_id": "payment", "refund_id": "refund"}


class StripeBalance:
    """
    Balance transactions, what payouts are made of, and the balance itself.
    """

    def __init__(self, client: StripeClient, clock: Clock) -> None:
        self._v1 = client.v1
        self._clock = clock

    def read(self, *, since: str | None) -> FeedReading:
        covers_until = self._clock.now()
        before = self._balances()
        transactions = list(self._transactions(since))
        after = self._balances()
        newest = max((each.created for each in transactions), default=None)
        return FeedReading(
            items=tuple(item for each in transactions for item in _items(each)),
            batches={
                payout: members
                for payout in sorted(_payouts(transactions))
                if (members := frozenset(self._members(payout)))
            },
            # What moved while we were reading is stated the next time.
            balances=tuple(
                StatedBalance(
                    source=Source.PROCESSOR,
                    stated_by=_STATED_BY,
                    at=covers_until if newest is None else max(covers_until, _at(newest)),
                    amount=amount,
                )
                for amount in before
                if amount in after
            ),
            position=str(newest) if newest is not None else (since or "0"),
            covers_until=covers_until,
        )

    def _transactions(self, since: str | None) -> Iterator[Any]:
        query: dict[str, Any] = {"limit": _PAGE, "expand": ["data.source"]}
        if since is not None:
            query["created"] = {"gte": max(0, int(since) - int(_LOOK_BACK.total_seconds()))}
        return self._listed(query)

    def _members(self, payout: str) -> Iterator[str]:
        for each in self._listed({"limit": _PAGE, "payout": payout}):
            yield each.id
            if each.fee and each.amount:
                yield _fee_id(each)

    def _listed(self, query: dict[str, Any]) -> Iterator[Any]:
        page = _answer(lambda: self._v1.balance_transactions.list(query))  # type: ignore[arg-type]
        while True:
            yield from page.data
            if not page.has_more:
                return
            following = query | {"starting_after": page.data[-1].id}
            page = _answer(
                lambda following=following: self._v1.balance_transactions.list(following)  # type: ignore[misc]
            )

    def _balances(self) -> list[Money]:
        balance: Any = _answer(self._v1.balance.retrieve)
        sums: dict[str, int] = {}
        for part in [*balance.available, *balance.pending]:
            sums[part.currency] = sums.get(part.currency, 0) + part.amount
        return [Money.of(minor, code.upper()) for code, minor in sorted(sums.items())]


def _items(transaction: Any) -> Iterator[Item]:
    kind = _kind(transaction)
    currency = transaction.currency.upper()
    known_as = frozenset(_references(transaction.source))
    if transaction.amount:
        yield Item(
            source=Source.PROCESSOR,
            whose=Whose.THEIRS,
            kind=kind,
            external_id=transaction.id,
            amount=Money.of(transaction.amount, currency),
            at=_at(transaction.created),
            references=known_as,
            converted_from=_before_exchange(transaction),
        )
    if transaction.fee:
        yield Item(
            source=Source.PROCESSOR,
            whose=Whose.THEIRS,
            kind=ItemKind.FEE,
            external_id=_fee_id(transaction),
            amount=Money.of(-transaction.fee, currency),
            at=_at(transaction.created),
            # A charge's fee is booked with its settlement, a dispute's with the dispute.
            references=known_as if kind in _CATEGORIES.values() else frozenset(),
        )


def _fee_id(transaction: Any) -> str:
    return f"{transaction.id}:fee"


def _kind(transaction: Any) -> ItemKind:
    category = _CATEGORIES.get(str(transaction.reporting_category))
    return category or _KINDS.get(transaction.type, ItemKind.OTHER)


def _references(source: Any) -> Iterator[str]:
    """What the object behind a transaction is called, by Stripe and by us."""
    if source is None:
        return
    if isinstance(source, str):
        yield source
        return
    facts = source.to_dict()
    yield str(facts["id"])
    if facts["object"] == "charge" and facts.get("payment_intent"):
        yield _id_of(facts["payment_intent"])
    for name, kind in _OWN.items():
        value = (facts.get("metadata") or {}).get(name)
        # A refund inherits nothing, and a charge has its payment's metadata.
        if value and (facts["object"] == "refund") == (kind == "refund"):
            yield from _own(kind, str(value))


def _own(kind: str, text: str) -> Iterable[str]:
    try:
        return [to_wire(kind, UUID(text))]
    except ValueError:
        return []


def _id_of(value: Any) -> str:
    return str(value["id"] if isinstance(value, dict) else value)


def _payouts(transactions: Iterable[Any]) -> set[str]:
    return {
        _id_of(each.source.to_dict() if hasattr(each.source, "to_dict") else each.source)
        for each in transactions
        if each.type == "payout" and each.source is not None
    }


def _before_exchange(transaction: Any) -> Money | None:
    """What it was in the currency that it was made in, by Stripe's own rate."""
    rate, source = transaction.exchange_rate, transaction.source
    if rate is None or isinstance(source, str) or source is None:
        return None
    facts = source.to_dict()
    currency, amount = facts.get("currency"), facts.get("amount")
    if not currency or not amount or currency == transaction.currency:
        return None
    sign = 1 if Decimal(transaction.amount) > 0 else -1
    return Money(sign * abs(int(amount)), Currency(str(currency).upper()))


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _answer(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except stripe.StripeError as error:
        raise FeedSilent(
            f"The card processor does not tell its transactions: {type(error).__name__}."
        ) from None
