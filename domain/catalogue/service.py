"""
A healthcare service is data: what it is called, costs and promises.

A consultation keeps its own copy of the terms at the moment of booking, so that what
was promised to a patient never changes under them.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from attrs import define, evolve, field, frozen

from domain.catalogue.eligibility import Eligibility
from domain.catalogue.events import ServicePublished, ServiceRetired
from domain.catalogue.questionnaire import Questionnaire
from domain.catalogue.refund_policy import RefundPolicy
from domain.shared.errors import InvalidInput, NotFound
from domain.shared.events import Aggregate
from domain.shared.ids import ServiceId
from domain.shared.money import Money

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class MalformedTerms(InvalidInput):
    """Prices or promises that do not fit together."""


class ServiceNotFound(NotFound):
    """No such service, or no such version of it."""


class Mode(StrEnum):
    """How patient and physician meet."""

    ASYNC = "async"  # in writing, each in their own time
    VIDEO = "video"
    PHONE = "phone"

    @property
    def is_booked(self) -> bool:
        """Whether patient and physician must be there at the same time."""
        return self is not Mode.ASYNC


class CaptureOn(StrEnum):
    """When an authorised payment is taken."""

    CLAIMED = "claimed"  # a physician takes the consultation
    COMPLETED = "completed"  # the physician has finished it


@frozen(kw_only=True)
class ServiceTerms:
    """
    Frozen terms. A booked mode has a duration, an async one a promised response time.

    Args:
        price: All that the patient pays, tax included.
        tax: The part of the price that is tax.
        platform_fee: The part of the price that the platform keeps before any commission.
    """

    service_id: ServiceId
    service_version: int
    mode: Mode
    price: Money
    tax: Money
    platform_fee: Money
    refund_policy: RefundPolicy
    capture_on: CaptureOn
    promised_response: timedelta | None = None
    duration: timedelta | None = None

    def __attrs_post_init__(self) -> None:
        if len({self.price.currency, self.tax.currency, self.platform_fee.currency}) != 1:
            raise MalformedTerms("Price, tax and fee share one currency.", field="price.currency")
        if self.price.minor <= 0:
            raise MalformedTerms("The price must be more than nothing.", field="price")
        if self.tax.minor < 0 or self.platform_fee.minor < 0:
            raise MalformedTerms("Tax and platform fee are never negative.", field="platform_fee")
        if self.tax + self.platform_fee > self.price:
            raise MalformedTerms(
                "Tax and platform fee are parts of the price and cannot exceed it.", field="price"
            )
        _check_promises(self)

    def data(self) -> dict[str, Any]:
        """The terms as plain JSON values, for storage."""
        return {
            "service_id": str(self.service_id),
            "service_version": self.service_version,
            "mode": self.mode.value,
            "currency": self.price.currency.code,
            "price_minor": self.price.minor,
            "tax_minor": self.tax.minor,
            "platform_fee_minor": self.platform_fee.minor,
            "refund_policy": self.refund_policy.data(),
            "capture_on": self.capture_on.value,
            "promised_response_minutes": _minutes(self.promised_response),
            "duration_minutes": _minutes(self.duration),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what `data` wrote."""
        currency = data["currency"]
        return cls(
            service_id=ServiceId(UUID(data["service_id"])),
            service_version=data["service_version"],
            mode=Mode(data["mode"]),
            price=Money.of(data["price_minor"], currency),
            tax=Money.of(data["tax_minor"], currency),
            platform_fee=Money.of(data["platform_fee_minor"], currency),
            refund_policy=RefundPolicy.from_data(data["refund_policy"]),
            capture_on=CaptureOn(data["capture_on"]),
            promised_response=_length(data["promised_response_minutes"]),
            duration=_length(data["duration_minutes"]),
        )


def _check_promises(terms: ServiceTerms) -> None:
    if terms.mode.is_booked and not terms.duration:
        raise MalformedTerms("A booked service needs a duration.", field="duration_minutes")
    if not terms.mode.is_booked and not terms.promised_response:
        raise MalformedTerms(
            "A service in writing needs a promised response time.",
            field="promised_response_minutes",
        )
    for length, name in (
        (terms.duration, "duration_minutes"),
        (terms.promised_response, "promised_response_minutes"),
    ):
        if length is not None and (length <= timedelta(0) or length % timedelta(minutes=1)):
            raise MalformedTerms("A length is a whole number of minutes above 0.", field=name)


def _minutes(length: timedelta | None) -> int | None:
    return None if length is None else length // timedelta(minutes=1)


def _length(minutes: int | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)


@frozen(kw_only=True)
class ServiceVersion:
    """
    One edition of a service, never changed once published.

    Args:
        specialties: Codes, one of which the physician must have.
    """

    terms: ServiceTerms
    name: str
    summary: str
    questionnaire: Questionnaire
    eligibility: Eligibility
    specialties: frozenset[str]
    published_at: datetime

    def __attrs_post_init__(self) -> None:
        if not self.name.strip() or not self.summary.strip():
            raise MalformedTerms("A service needs a name and a summary.", field="name")
        if not self.specialties:
            raise MalformedTerms("Name at least one specialty.", field="specialties")

    @property
    def number(self) -> int:
        """1 for the first edition."""
        return self.terms.service_version

    def says_the_same_as(self, other: Self) -> bool:
        """Whether nothing but the number and the time of publication differs."""
        return other == evolve(
            self,
            published_at=other.published_at,
            terms=evolve(self.terms, service_version=other.number),
        )


@define(eq=False, kw_only=True)
class Service(Aggregate):
    """What patients choose from: a code that stays, and the version that is offered now."""

    id: ServiceId
    code: str = field()
    current: ServiceVersion
    active: bool = True

    @code.validator
    def _check_code(self, _: object, code: str) -> None:
        if not _CODE.fullmatch(code):
            raise MalformedTerms("A code is small letters, digits and hyphens.", field="code")

    @classmethod
    def publish(cls, *, id: ServiceId, code: str, first: ServiceVersion, now: datetime) -> Self:
        """Offer a new service."""
        service = cls(id=id, code=code, current=first)
        service.record(
            ServicePublished(service_id=id, service_version=first.number, occurred_at=now)
        )
        return service

    def revise(self, *, to: ServiceVersion, now: datetime) -> None:
        """Offer another version from now on; the same content again changes nothing."""
        if self.active and self.current.says_the_same_as(to):
            return
        self.current = evolve(
            to, terms=evolve(to.terms, service_id=self.id, service_version=self.current.number + 1)
        )
        self.active = True
        self.record(
            ServicePublished(
                service_id=self.id, service_version=self.current.number, occurred_at=now
            )
        )

    def retire(self, *, now: datetime) -> None:
        """Offer it no longer."""
        if self.active:
            self.active = False
            self.record(ServiceRetired(service_id=self.id, occurred_at=now))
