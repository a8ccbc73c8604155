"""
Wallets: what every account holds in every currency, and the entries that explain it.

``available`` may be spent, ``reserved`` waits for a transfer to be dispatched, ``pending`` is on
its way in. Every change of ``available + reserved`` is an entry of the balance history.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from entrypoints.sandbox.airwallex.wire import VENDOR_NAME, ZERO, number, timestamp
from entrypoints.sandbox.core.clock import SandboxClock
from entrypoints.sandbox.core.store import Document, Store

PLATFORM_ACCOUNT = "acct_platformScripted0001"
ORGANISATION = "org_scripted0001"
DEFAULT_FLOAT = "AUD:1000000.00,USD:1000000.00,GBP:1000000.00,EUR:1000000.00"


class WalletTooSmall(Exception):
    """
    The wallet does not hold what is asked of it.
    """


def parse_float(text: str) -> dict[str, Decimal]:
    """
    Opening balances from ``AUD:1000.00,USD:500.00``.
    """
    pairs = (part.split(":") for part in text.split(",") if part.strip())
    return {currency.strip().upper(): Decimal(amount) for currency, amount in pairs}


class Wallets:
    """
    All wallets of all accounts.

    Args:
        opening: What the platform's own wallets hold at first sight.
    """

    def __init__(self, store: Store, clock: SandboxClock, opening: dict[str, Decimal]) -> None:
        self._store = store
        self._clock = clock
        self._opening = opening

    def open_float(self) -> None:
        """
        Fund the platform's wallets, once.
        """
        with self._store.transaction():
            for currency, amount in self._opening.items():
                if self._wallet(PLATFORM_ACCOUNT, currency) is None and amount > 0:
                    self.credit(
                        PLATFORM_ACCOUNT, currency, amount, "DEPOSIT", f"opening-{currency.lower()}"
                    )

    def balances(self, account: str) -> list[Document]:
        wallets = self._store.find(VENDOR_NAME, "wallet", account=account)
        return [
            {
                "currency": wallet["currency"],
                "available_amount": number(wallet["available"]),
                "pending_amount": number(wallet["pending"]),
                "reserved_amount": number(wallet["reserved"]),
                "prepayment_amount": 0,
                "total_amount": number(
                    Decimal(wallet["available"])
                    + Decimal(wallet["pending"])
                    + Decimal(wallet["reserved"])
                ),
            }
            for wallet in sorted(wallets, key=lambda wallet: str(wallet["currency"]))
        ]

    def available(self, account: str, currency: str) -> Decimal:
        wallet = self._wallet(account, currency)
        return Decimal(wallet["available"]) if wallet else ZERO

    def reserve(self, account: str, currency: str, amount: Decimal) -> None:
        """
        Put money aside for a transfer.

        Raises:
            WalletTooSmall: Less than that is available.
        """
        self._shift(account, currency, available=-amount, reserved=amount)

    def release(self, account: str, currency: str, amount: Decimal) -> None:
        self._shift(account, currency, available=amount, reserved=-amount)

    def pay_out(
        self, account: str, currency: str, amount: Decimal, source_type: str, source: str
    ) -> None:
        """
        Send reserved money away.
        """
        self._shift(account, currency, reserved=-amount)
        self._enter(account, currency, -amount, source_type, source)

    def debit(
        self, account: str, currency: str, amount: Decimal, source_type: str, source: str
    ) -> None:
        """
        Take available money at once.

        Raises:
            WalletTooSmall: Less than that is available.
        """
        self._shift(account, currency, available=-amount)
        self._enter(account, currency, -amount, source_type, source)

    def credit(
        self, account: str, currency: str, amount: Decimal, source_type: str, source: str
    ) -> None:
        self._shift(account, currency, available=amount)
        self._enter(account, currency, amount, source_type, source)

    def expect(self, account: str, currency: str, amount: Decimal) -> None:
        """
        Note money on its way in (or, negative, no longer on its way).
        """
        self._shift(account, currency, pending=amount)

    def entries(self, account: str) -> list[Document]:
        """
        The account's entries, newest first.
        """
        return self._store.find(VENDOR_NAME, "wallet_entry", account=account)[::-1]

    def _wallet(self, account: str, currency: str) -> Document | None:
        return self._store.get(VENDOR_NAME, "wallet", f"{account}:{currency}")

    def _shift(
        self,
        account: str,
        currency: str,
        *,
        available: Decimal = ZERO,
        reserved: Decimal = ZERO,
        pending: Decimal = ZERO,
    ) -> None:
        with self._store.transaction():
            wallet = self._wallet(account, currency) or {
                "account": account,
                "currency": currency,
                "available": "0",
                "reserved": "0",
                "pending": "0",
            }
            left = Decimal(wallet["available"]) + available
            if available < 0 and left < 0:
                raise WalletTooSmall(f"{currency} wallet holds {wallet['available']}")
            wallet["available"] = str(left)
            wallet["reserved"] = str(Decimal(wallet["reserved"]) + reserved)
            wallet["pending"] = str(Decimal(wallet["pending"]) + pending)
            self._store.put(VENDOR_NAME, "wallet", f"{account}:{currency}", wallet)

    def _enter(
        self, account: str, currency: str, amount: Decimal, source_type: str, source: str
    ) -> None:
        wallet = self._wallet(account, currency) or {}
        held = Decimal(wallet["available"]) + Decimal(wallet["reserved"])
        entry = {
            "id": str(uuid4()),
            "account": account,
            "currency": currency,
            "amount": str(amount),
            "balance": str(held),
            "source_type": source_type,
            "source": source,
            "posted_at": timestamp(self._clock.now()),
        }
        self._store.put(VENDOR_NAME, "wallet_entry", entry["id"], entry)
