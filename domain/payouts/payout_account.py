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
    BankLinkLost,
    PayoutAccountActionRequired,
    PayoutAccountActivated,
    PayoutAccountOpened,
    PayoutAccountRestricted,
)
from domain.shared.errors import Conflict, InvalidInput, InvariantError, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import BankLinkId, PayoutAccountId, PhysicianId
from domain.shared.money import Currency

_COUNTRY = re.compile(r"[A-Z]{2}")
_ACCOUNT_NUMBER = re.compile(r"[A-Za-z0-9]{4,34}")  # an IBAN has at most 34

COOLING_OFF = timedelta(days=3)
"""How long after a change of bank details nothing is paid to the new ones."""


class PayoutAccountNotFound(NotFound):
    """No such payout account, or none that this actor may know of."""


class PayoutAccountNotReady(Conflict):
    """The vendor has not cleared the physician, or no bank account is named."""


class NothingToHandIn(Conflict):
    """The vendor asks the physician for nothing."""


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


class Requirement(StrEnum):
    """What the vendor wants of a physician before it goes on."""

    TERMS = "terms"  # agree to the vendor's terms
    IDENTITY_DOCUMENT = "identity_document"  # a readable photo of a passport or licence
    IDENTITY_DETAILS = "identity_details"  # name, birthday or nationality, as on the document
    ADDRESS = "address"  # a home address, and proof of it
    BUSINESS_DETAILS = "business_details"  # about the practice that is paid
    OTHER = "other"  # new to us; the vendor's own page says what it is


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


@frozen(kw_only=True)
class BankLink:
    """
    A bank account that is about to be named to the vendor.

    Stored before the vendor is called, and known to the vendor by its identifier: so what the
    vendor has of it is found again when our process dies in between.

    """

    id: BankLinkId
    last_four: str
    fingerprint: str
    currency: Currency
    country: str
    started_at: datetime

    def linked(self, beneficiary: str) -> LinkedBank:
        """What it becomes once the vendor has it."""
        return LinkedBank(
            beneficiary=beneficiary,
            last_four=self.last_four,
            fingerprint=self.fingerprint,
            currency=self.currency,
            country=self.country,
        )


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
    requirements: tuple[Requirement, ...] = ()
    linking: BankLink | None = None

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

    def observe(
        self,
        status: PayoutAccountStatus,
        *,
        requirements: tuple[Requirement, ...] = (),
        now: datetime,
    ) -> None:
        """Follow what the vendor says when asked; a report that is no step forward is ignored."""
        self.checked_at = now
        asks_for_more = set(requirements) - set(self.requirements)
        if status is self.status or status in _NEXT[self.status]:
            self.requirements = requirements
        if status is self.status is _S.ACTION_REQUIRED and asks_for_more:
            self._tell_what_is_required(now)
        if status is self.status or status not in _NEXT[self.status]:
            return
        self.status = status
        kind = _REPORTED.get(status)
        if kind is not None:
            self.record(
                kind(payout_account_id=self.id, physician_id=self.physician_id, occurred_at=now)
            )

    def _tell_what_is_required(self, now: datetime) -> None:
        self.record(
            PayoutAccountActionRequired(
                payout_account_id=self.id, physician_id=self.physician_id, occurred_at=now
            )
        )

    def reference_to_verify(self) -> str:
        """
        The vendor's name for it, while the vendor waits for the physician.

        Raises:
            NothingToHandIn: It does not.
        """
        if self.reference is None or self.status not in (_S.CREATED, _S.ACTION_REQUIRED):
            raise NothingToHandIn("Our payout partner needs nothing from you now.")
        return self.reference

    def begin_linking(self, link: BankLink) -> BankLink:
        """
        Note which bank account is about to be named; the same one again goes on where it stopped.
        """
        if self.linking is None or self.linking.fingerprint != link.fingerprint:
            self.linking = link
        return self.linking

    def lose_link(self, link_id: BankLinkId, *, now: datetime) -> None:
        """The vendor never got it, and we did not keep it: the physician has to name it again."""
        if self.linking is None or self.linking.id != link_id:
            return
        self.linking = None
        self.record(
            BankLinkLost(payout_account_id=self.id, physician_id=self.physician_id, occurred_at=now)
        )

    def link_bank(self, bank: LinkedBank, *, now: datetime) -> None:
        """Name the account that money goes to from now on."""
        if self.linking is not None and self.linking.fingerprint == bank.fingerprint:
            self.linking = None
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
        if self.status in _NOT_READY:
            raise PayoutAccountNotReady(_NOT_READY[self.status])
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


_NOT_READY = {
    _S.ACTION_REQUIRED: "Our payout partner needs something from you first. See your payout account.",
    _S.RESTRICTED: "Our payout partner has paused your account. Your money stays in your wallet.",
}

_REPORTED = {
    _S.ACTIVE: PayoutAccountActivated,
    _S.ACTION_REQUIRED: PayoutAccountActionRequired,
    _S.RESTRICTED: PayoutAccountRestricted,
}
