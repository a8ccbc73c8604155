"""
Recognising a bank account without keeping it.
"""

from adapters.security.encryption import BlindIndex
from domain.payouts.payout_account import BankDetails

_PURPOSE = "payout_account.bank"


class KeyedBankFingerprints:
    """A keyed hash: account numbers are short enough to be guessed behind a plain one."""

    def __init__(self, index: BlindIndex) -> None:
        self._index = index

    def of(self, bank: BankDetails) -> str:
        """The fingerprint, as hex."""
        return self._index.of(_PURPOSE, bank.identity).hex()
