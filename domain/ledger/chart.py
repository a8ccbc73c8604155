"""
The chart of accounts: every place where money can be, as the books see it.

An account exists once per currency. What we own and what we spend grows on the debit
side; what we owe, what we earn and what the owners put in grows on the credit side.
"""

from enum import StrEnum

from attrs import field, frozen

from domain.shared.errors import InvariantError
from domain.shared.ids import PharmacyId, PhysicianId
from domain.shared.jurisdiction import Jurisdiction

_HOT = 16
"""Shards of an account that most entries touch, so that they do not wait for each other."""


class Side(StrEnum):
    """Left or right in the books."""

    DEBIT = "debit"
    CREDIT = "credit"


class AccountType(StrEnum):
    """What kind of fact a balance states."""

    ASSET = "asset"  # what we own
    LIABILITY = "liability"  # what we owe
    EQUITY = "equity"  # what the owners put in
    INCOME = "income"  # what we earned
    EXPENSE = "expense"  # what we spent

    @property
    def normal_side(self) -> Side:
        """The side on which such an account grows."""
        return Side.DEBIT if self in (AccountType.ASSET, AccountType.EXPENSE) else Side.CREDIT


class OwnerKind(StrEnum):
    """Whose an account can be, where each owner has their own."""

    PHYSICIAN = "physician"
    PHARMACY = "pharmacy"
    TAX_OFFICE = "tax_office"


class UnknownLedgerAccount(InvariantError):
    """A code that is not in the chart."""


@frozen(kw_only=True)
class AccountKind:
    """
    A line of the chart.

    Args:
        name: The code, up to an owner if each owner has their own account.
        owned_by: What the owners are, if each has their own account.
        never_negative: The database refuses a posting that would overdraw it.
        shards: Over how many rows the balance is spread; 1 if it may never be negative.
    """

    name: str
    type: AccountType
    owned_by: OwnerKind | None = None
    never_negative: bool = False
    shards: int = 1

    @property
    def owned(self) -> bool:
        """Whether each owner has their own account."""
        return self.owned_by is not None


@frozen
class LedgerAccount:
    """One account of the chart, such as `wallet_available:<physician>`."""

    kind: AccountKind
    owner: str | None = field(default=None)

    @owner.validator
    def _check(self, _: object, owner: str | None) -> None:
        if self.kind.owned != (owner is not None):
            raise UnknownLedgerAccount(f"{self.kind.name} is not complete, or names an owner")

    @property
    def code(self) -> str:
        """How the account is written in the books."""
        return self.kind.name if self.owner is None else f"{self.kind.name}:{self.owner}"

    def __str__(self) -> str:
        return self.code


def _kind(
    name: str,
    family: AccountType,
    *,
    owned_by: OwnerKind | None = None,
    never_negative: bool = False,
) -> AccountKind:
    shards = 1 if owned_by is not None or never_negative else _HOT
    return AccountKind(
        name=name, type=family, owned_by=owned_by, never_negative=never_negative, shards=shards
    )


def _of_physicians(name: str, family: AccountType) -> AccountKind:
    return _kind(name, family, owned_by=OwnerKind.PHYSICIAN, never_negative=True)


_PROCESSOR_CLEARING = _kind("processor_clearing:stripe", AccountType.ASSET)
_BANK = _kind("bank:operating", AccountType.ASSET)
_PAYOUT_FLOAT = _kind("payout_float:airwallex", AccountType.ASSET)
_PHYSICIAN_DEBT = _of_physicians("physician_debt", AccountType.ASSET)
_DISPUTED_FUNDS = _kind("disputed_funds", AccountType.ASSET)
_PATIENT_FUNDS = _kind("patient_funds", AccountType.LIABILITY)
_WALLET_PENDING = _of_physicians("wallet_pending", AccountType.LIABILITY)
_WALLET_AVAILABLE = _of_physicians("wallet_available", AccountType.LIABILITY)
_WALLET_HELD = _of_physicians("wallet_held", AccountType.LIABILITY)
_PAYOUTS_IN_TRANSIT = _kind("payouts_in_transit", AccountType.LIABILITY)
_PHARMACY_PAYABLE = _kind("pharmacy_payable", AccountType.LIABILITY, owned_by=OwnerKind.PHARMACY)
_TAX_PAYABLE = _kind("tax_payable", AccountType.LIABILITY, owned_by=OwnerKind.TAX_OFFICE)
_CAPITAL = _kind("equity:capital", AccountType.EQUITY)
_COMMISSION = _kind("revenue:commission", AccountType.INCOME)
_PLATFORM_FEE = _kind("revenue:platform_fee", AccountType.INCOME)
_PROCESSING = _kind("expense:processing", AccountType.EXPENSE)
_PAYOUT_FEES = _kind("expense:payout_fees", AccountType.EXPENSE)
_DISPUTE_FEES = _kind("expense:disputes", AccountType.EXPENSE)
_GOODWILL = _kind("expense:goodwill", AccountType.EXPENSE)
_EXCHANGE_FEES = _kind("expense:exchange_fees", AccountType.EXPENSE)
_FX_DIFFERENCE = _kind("fx_difference", AccountType.EXPENSE)
_FX_POSITION = _kind("fx_position", AccountType.ASSET)
_SUSPENSE = _kind("suspense", AccountType.LIABILITY)

KINDS: tuple[AccountKind, ...] = (
    _PROCESSOR_CLEARING,
    _BANK,
    _PAYOUT_FLOAT,
    _PHYSICIAN_DEBT,
    _DISPUTED_FUNDS,
    _PATIENT_FUNDS,
    _WALLET_PENDING,
    _WALLET_AVAILABLE,
    _WALLET_HELD,
    _PAYOUTS_IN_TRANSIT,
    _PHARMACY_PAYABLE,
    _TAX_PAYABLE,
    _CAPITAL,
    _COMMISSION,
    _PLATFORM_FEE,
    _PROCESSING,
    _PAYOUT_FEES,
    _DISPUTE_FEES,
    _GOODWILL,
    _EXCHANGE_FEES,
    _FX_DIFFERENCE,
    _FX_POSITION,
    _SUSPENSE,
)

PROCESSOR_CLEARING = LedgerAccount(_PROCESSOR_CLEARING)
"""Captured, and still at the card processor."""
BANK = LedgerAccount(_BANK)
"""Our own bank account."""
PAYOUT_FLOAT = LedgerAccount(_PAYOUT_FLOAT)
"""Our funded balance at the payout vendor."""
DISPUTED_FUNDS = LedgerAccount(_DISPUTED_FUNDS)
"""Withdrawn by a dispute that is not decided yet."""
PATIENT_FUNDS = LedgerAccount(_PATIENT_FUNDS)
"""Paid by patients, and not yet earned by anybody."""
PAYOUTS_IN_TRANSIT = LedgerAccount(_PAYOUTS_IN_TRANSIT)
"""Sent to the payout vendor, and not final."""
CAPITAL = LedgerAccount(_CAPITAL)
"""Our own money, as the owners put it in."""
COMMISSION = LedgerAccount(_COMMISSION)
"""Our share of what was delivered."""
PLATFORM_FEE = LedgerAccount(_PLATFORM_FEE)
"""Our fixed fee on what was delivered."""
PROCESSING = LedgerAccount(_PROCESSING)
"""What the card processor keeps."""
PAYOUT_FEES = LedgerAccount(_PAYOUT_FEES)
"""What the payout vendor charges."""
DISPUTE_FEES = LedgerAccount(_DISPUTE_FEES)
"""What disputes cost beside the amount itself."""
GOODWILL = LedgerAccount(_GOODWILL)
"""Refunds that we bear ourselves."""
EXCHANGE_FEES = LedgerAccount(_EXCHANGE_FEES)
"""What a bank or vendor charges for exchanging."""
FX_DIFFERENCE = LedgerAccount(_FX_DIFFERENCE)
"""By how much an exchange went worse than its quote; below zero where it went better."""
FX_POSITION = LedgerAccount(_FX_POSITION)
"""What was exchanged out of this currency, or, below zero, into it. Ties the currencies of one
entry together: in each of them the entry balances by itself."""
SUSPENSE = LedgerAccount(_SUSPENSE)
"""Found by reconciliation and not explained yet; must age out."""


def physician_debt(physician_id: PhysicianId) -> LedgerAccount:
    """Paid out before a refund or dispute took it back; recovered under a cap."""
    return LedgerAccount(_PHYSICIAN_DEBT, str(physician_id))


def wallet_pending(physician_id: PhysicianId) -> LedgerAccount:
    """Earned, and inside the clearing period."""
    return LedgerAccount(_WALLET_PENDING, str(physician_id))


def wallet_available(physician_id: PhysicianId) -> LedgerAccount:
    """May be withdrawn."""
    return LedgerAccount(_WALLET_AVAILABLE, str(physician_id))


def wallet_held(physician_id: PhysicianId) -> LedgerAccount:
    """Set aside by a hold."""
    return LedgerAccount(_WALLET_HELD, str(physician_id))


def pharmacy_payable(pharmacy_id: PharmacyId) -> LedgerAccount:
    """Owed to a pharmacy."""
    return LedgerAccount(_PHARMACY_PAYABLE, str(pharmacy_id))


def tax_payable(jurisdiction: Jurisdiction) -> LedgerAccount:
    """Owed to a tax office."""
    return LedgerAccount(_TAX_PAYABLE, jurisdiction.code)


def is_tax(account: LedgerAccount) -> bool:
    """Whether it is owed to some tax office."""
    return account.kind is _TAX_PAYABLE


def account_of(code: str) -> LedgerAccount:
    """
    Read an account's code.

    Raises:
        UnknownLedgerAccount: It is not in the chart.
    """
    for kind in KINDS:
        if not kind.owned and code == kind.name:
            return LedgerAccount(kind)
        if kind.owned and code.startswith(f"{kind.name}:"):
            return LedgerAccount(kind, code.removeprefix(f"{kind.name}:"))
    raise UnknownLedgerAccount(f"{code} is not in the chart of accounts")
