"""
Exchanges between two of an account's wallets, settled at once.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from entrypoints.sandbox.airwallex import rates, request_ids
from entrypoints.sandbox.airwallex.wallets import Wallets, WalletTooSmall
from entrypoints.sandbox.airwallex.wire import (
    VENDOR_NAME,
    ApiError,
    amount_field,
    currency_field,
    invalid,
    not_found,
    number,
    text_field,
    timestamp,
)
from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox


class Conversions:
    def __init__(self, ctx: Sandbox, wallets: Wallets) -> None:
        self._ctx = ctx
        self._wallets = wallets

    def create(self, owner: str, body: Document) -> Document:
        sell, buy = currency_field(body, "sell_currency"), currency_field(body, "buy_currency")
        if sell == buy:
            raise invalid("buy_currency", "sell_currency and buy_currency must differ.")
        text_field(body, "reason", longest=140)
        if body.get("term_agreement") is not True:
            raise invalid("term_agreement", "The terms have to be agreed to.")
        sold = amount_field(body, "sell_amount", sell)
        now = timestamp(self._ctx.clock.now())
        with self._ctx.store.transaction():
            rate = rates.rate(sell, buy) * (1 + self._missed(sell, buy) / 100)
            bought = rates.rounded(sold * rate, buy)
            conversion: Document = {
                "conversion_id": str(uuid4()),
                "owner": owner,
                "request_id": request_ids.claim(self._ctx, "conversion", owner, body),
                "currency_pair": sell + buy,
                "sell_currency": sell,
                "sell_amount": str(sold),
                "buy_currency": buy,
                "buy_amount": str(bought),
                "client_rate": str(rate.quantize(Decimal("0.000001"))),
                "status": "SETTLED",
                "created_at": now,
                "updated_at": now,
            }
            self._exchange(conversion)
            self._ctx.store.put(VENDOR_NAME, "conversion", conversion["conversion_id"], conversion)
        return conversion

    def get(self, owner: str, id: str) -> Document:
        found = self._ctx.store.get(VENDOR_NAME, "conversion", id)
        if found is None or found["owner"] != owner:
            raise not_found("Conversion", id)
        return found

    def all(self, owner: str) -> list[Document]:
        return self._ctx.store.find(VENDOR_NAME, "conversion", owner=owner)[::-1]

    def _missed(self, sell: str, buy: str) -> Decimal:
        fault = self._ctx.faults.take(VENDOR_NAME, "conversion_rate_differs", pair=sell + buy)
        return Decimal(str(fault.params.get("percent", "-1"))) if fault else Decimal(0)

    def _exchange(self, conversion: Document) -> None:
        owner, id = conversion["owner"], conversion["conversion_id"]
        sold, bought = Decimal(conversion["sell_amount"]), Decimal(conversion["buy_amount"])
        try:
            self._wallets.debit(owner, conversion["sell_currency"], sold, "CONVERSION_SELL", id)
        except WalletTooSmall:
            raise ApiError(
                400, "insufficient_funds", "There are insufficient funds.", "sell_amount"
            ) from None
        self._wallets.credit(owner, conversion["buy_currency"], bought, "CONVERSION_BUY", id)


def render(conversion: Document) -> Document:
    shown = {key: value for key, value in conversion.items() if key != "owner"}
    for name in ("sell_amount", "buy_amount", "client_rate"):
        shown[name] = number(conversion[name])
    return shown
