"""
The parts that people play: who they are and what they bring.
"""

from datetime import date

from attrs import frozen

from domain.patients.patient import Sex
from domain.payouts.payout_account import BankDetails
from domain.physicians.licence import LicenceKind
from domain.shared.money import Currency


@frozen(kw_only=True)
class PatientScript:
    """Somebody to register as a patient."""

    email: str
    given: str
    family: str
    born: date
    sex: Sex
    place: str
    phone: str
    time_zone: str
    address: tuple[str, str, str]
    locale: str = "en"
    allergies: tuple[tuple[str, str | None], ...] = ()
    conditions: tuple[tuple[str, str | None], ...] = ()
    medications: tuple[tuple[str, str | None], ...] = ()


@frozen(kw_only=True)
class LicenceScript:
    """A licence to claim."""

    place: str
    kind: LicenceKind
    number: str


@frozen(kw_only=True)
class PhysicianScript:
    """Somebody to onboard as a physician."""

    email: str
    given: str
    family: str
    specialties: tuple[str, ...]
    languages: tuple[str, ...]
    time_zone: str
    licences: tuple[LicenceScript, ...]
    bank: BankDetails
    hours: tuple[tuple[int, int, int], ...] = ()


@frozen(kw_only=True)
class MedicineScript:
    """A medicine to prescribe, found by search."""

    words: str
    dose: str
    times_per_day: int
    quantity: int
    days: int | None = None
    repeats: int = 0
    note: str = ""


def bank_in_australia(name: str, number: str) -> BankDetails:
    """A bank account to pay to, with a BSB of a test bank."""
    return BankDetails(
        country="AU",
        currency=Currency("AUD"),
        account_name=name,
        account_number=number,
        routing_type="bsb",
        routing_value="083064",
    )
