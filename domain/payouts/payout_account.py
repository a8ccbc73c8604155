"""
A payout account is what the payout vendor knows of a physician.

    opening ──> created ──> submitted ──> active <──> restricted
                               │  ^          │
                               v  │          v
                          action_required <──┘

Bank details go to the vendor. We keep the last four digits, to show which account it is,
and a keyed fingerprint, to notice that it changed.
"""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from attrs import define, field, frozen

from domain.payouts.events import (
    BankDetailsLinked,
    PayoutAccountActionRequired,
    PayoutAccountActivated,
    PayoutAccountOpened,
    PayoutAccountRestricted,
)
from domain.shared.errors import Conflict, InvalidInput, InvariantError, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import PayoutAccountId, PhysicianId
from domain.shared.money import Currency

_COUNTRY = re.compile(r"[A-Z]{2}")
_ACCOUNT_NUMBER = re.compile(r"[A-Za-z0-9]{4,34}")  # an IBAN has at most 34

COOLING_OFF = timedelta(days=3)
"""How long after a change of bank details nothing is paid to the new ones."""


class PayoutAccountNotFound(NotFound):
    """No such payout account, or none that this actor may know of."""


class PayoutAccountNotReady(Conflict):
    """The vendor has not cleared the physician, or no bank account is named."""


class BankDetailsCoolingOff(Conflict):
    """The bank details changed a short while ago."""


class MalformedBankDetails(InvalidInput):
    """Not a bank account that money could be sent to."""


class PayoutAccountStatus(StrEnum):
    """How far the vendor is with the physician."""

    OPENING = "opening"  # we mean to open it
    CREATED = "created"
    SUBMITTED = "submitted"  # the vendor checks
    ACTION_REQUIRED = "action_required"  # the physician has to do something
    ACTIVE = "active"
    RESTRICTED = "restricted"  # suspended by the vendor


@frozen(kw_only=True)
class BankDetails:
    """
    Where money is sent. A secret: it is passed on and not kept.

    Args:
        routing_type: What the routing number is, e.g. `bsb`, `aba`, `sort_code`, `swift_code`.
    """

    country: str = field()
    currency: Currency
    account_name: str = field(repr=False)
    account_number: str = field(repr=False)
    routing_type: str
    routing_value: str = field(repr=False)

    def __attrs_post_init__(self) -> None:
        if not _COUNTRY.fullmatch(self.country):
            raise MalformedBankDetails("Name the bank's country, such as AU.", field="country")
        if not _ACCOUNT_NUMBER.fullmatch(self.account_number):
            raise MalformedBankDetails(
                "An account number has 4 to 34 letters and digits.", field="account_number"
            )
        if not self.account_name.strip():
            raise MalformedBankDetails("Whose account is it?", field="account_name")
        if not self.routing_value.strip():
            raise MalformedBankDetails("The bank's number is missing.", field="routing_value")

    @property
    def last_four(self) -> str:
        """What may be shown."""
        return self.account_number[-4:]

    @property
    def identity(self) -> str:
        """What makes it this account and no other; to be hashed, never stored."""
        return f"{self.country}|{self.routing_type}|{self.routing_value}|{self.account_number}"


@frozen(kw_only=True)
class LinkedBank:
    """What we keep of a bank account."""

    beneficiary: str
    last_four: str
    fingerprint: str
    currency: Currency
    country: str


_S = PayoutAccountStatus
_NEXT = {
    _S.OPENING: {_S.CREATED, _S.SUBMITTED, _S.ACTION_REQUIRED, _S.ACTIVE, _S.RESTRICTED},
    _S.CREATED: {_S.SUBMITTED, _S.ACTION_REQUIRED, _S.ACTIVE, _S.RESTRICTED},
    _S.SUBMITTED: {_S.ACTION_REQUIRED, _S.ACTIVE, _S.RESTRICTED},
    _S.ACTION_REQUIRED: {_S.SUBMITTED, _S.ACTIVE, _S.RESTRICTED},
    _S.ACTIVE: {_S.ACTION_REQUIRED, _S.RESTRICTED},
    _S.RESTRICTED: {_S.ACTIVE, _S.ACTION_REQUIRED},
}


@define(eq=False, kw_only=True)
class PayoutAccount(Aggregate):
    """One physician's account with the payout vendor."""

    id: PayoutAccountId
    physician_id: PhysicianId
    opened_at: datetime
    status: PayoutAccountStatus = PayoutAccountStatus.OPENING
    reference: str | None = None
    bank: LinkedBank | None = None
    bank_changed_at: datetime | None = None
    checked_at: datetime | None = None

    @classmethod
    def open(cls, *, id: PayoutAccountId, physician_id: PhysicianId, now: datetime) -> Self:
        """Note that we are about to introduce a physician to the vendor."""
        return cls(id=id, physician_id=physician_id, opened_at=now)

    def link(self, reference: str, *, now: datetime) -> None:
        """
        Note what the vendor calls it.

        Raises:
            InvariantError: It is called something else already.
        """
        if self.reference == reference:
            return
        if self.reference is not None:
            raise InvariantError(f"payout account {self.id} has another reference already")
        self.reference = reference
        self.record(
            PayoutAccountOpened(
                payout_account_id=self.id, physician_id=self.physician_id, occurred_at=now
            )
        )

    def observe(self, status: PayoutAccountStatus, *, now: datetime) -> None:
        """Follow what the vendor says when asked; a report that is no step forward is ignored."""
        self.checked_at = now
        if status is self.status or status not in _NEXT[self.status]:
            return
        self.status = status
        kind = _REPORTED.get(status)
        if kind is not None:
            self.record(
                kind(payout_account_id=self.id, physician_id=self.physician_id, occurred_at=now)
            )

    def link_bank(self, bank: LinkedBank, *, now: datetime) -> None:
        """Name the account that money goes to from now on."""
        replaced = self.bank is not None
        if self.bank is not None and self.bank.fingerprint == bank.fingerprint:
            return
        self.bank = bank
        self.bank_changed_at = now if replaced else None
        self.record(
            BankDetailsLinked(
                payout_account_id=self.id,
                physician_id=self.physician_id,
                replaced=replaced,
                occurred_at=now,
            )
        )

    @property
    def cooling_off_until(self) -> datetime | None:
        """Until when nothing is paid, because the bank details changed."""
        return None if self.bank_changed_at is None else self.bank_changed_at + COOLING_OFF

    def ready_bank(self, *, currency: Currency, now: datetime) -> LinkedBank:
        """
        The bank account that may be paid to now.

        Raises:
            PayoutAccountNotReady: Not active, no bank account, or one in another currency.
            BankDetailsCoolingOff: The bank details changed a short while ago.
        """
        if self.status is not _S.ACTIVE or self.bank is None:
            raise PayoutAccountNotReady("Finish setting up your payout account first.")
        if self.bank.currency != currency:
            raise PayoutAccountNotReady(
                f"Your bank account takes {self.bank.currency}, not {currency}."
            )
        until = self.cooling_off_until
        if until is not None and now < until:
            raise BankDetailsCoolingOff(
                f"Your bank details changed. Payouts start again on {until:%d %B %Y, %H:%M} UTC."
            )
        return self.bank


_REPORTED = {
    _S.ACTIVE: PayoutAccountActivated,
    _S.ACTION_REQUIRED: PayoutAccountActionRequired,
    _S.RESTRICTED: PayoutAccountRestricted,
}
