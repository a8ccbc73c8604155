"""
As many invented physicians and patients as a month needs, the same ones for the same number.
"""

from datetime import date

from domain.patients.patient import Sex
from domain.physicians.licence import LicenceKind
from entrypoints.seeding.parts import (
    LicenceScript,
    PatientScript,
    PhysicianScript,
    bank_in_australia,
)

_DOMAIN = "month.scripted.example"
_GIVEN = (
    "Ada", "Ben", "Clara", "Dilan", "Elif", "Finn", "Grace", "Hugo", "Ines", "Jonah",
    "Kira", "Liam", "Mina", "Nils", "Olga", "Paul", "Rosa", "Sami", "Tara", "Viktor",
)  # fmt: skip
_FAMILY = (
    "Abara", "Bergman", "Costa", "Dube", "Eriksen", "Farouk", "Gallo", "Hanley", "Ibarra",
    "Jansen", "Kimura", "Lopez", "Mason", "Novak", "Osei", "Petrov", "Quinn", "Rossi",
    "Silva", "Tran", "Ueda", "Varga", "Weber",
)  # fmt: skip
_HOMES = (
    ("AU-NSW", "Australia/Sydney", ("12 Albion Street", "Surry Hills", "2010")),
    ("AU-VIC", "Australia/Melbourne", ("40 Lygon Street", "Carlton", "3053")),
    ("AU-QLD", "Australia/Brisbane", ("7 Boundary Street", "West End", "4101")),
)


def physician(number: int) -> PhysicianScript:
    """The physician of this number; numbers begin with 0."""
    given, family = _name(number)
    return PhysicianScript(
        email=f"physician{number}@{_DOMAIN}",
        given=given,
        family=family,
        specialties=("general_practice", "dermatology", "neurology"),
        languages=("en",),
        time_zone="Australia/Sydney",
        licences=(
            LicenceScript(
                place="AU", kind=LicenceKind.AHPRA, number=f"MED{2_000_000_000 + number}"
            ),
        ),
        bank=bank_in_australia(f"{given} {family}", f"{100_000_000 + number * 7919}"),
        hours=tuple((weekday, 8, 18) for weekday in range(7)),
    )


def patient(number: int) -> PatientScript:
    """The patient of this number; numbers begin with 0."""
    given, family = _name(number * 7 + 3)
    place, zone, address = _HOMES[number % len(_HOMES)]
    return PatientScript(
        email=f"patient{number}@{_DOMAIN}",
        given=given,
        family=family,
        born=date(1960 + number % 42, 1 + number % 12, 1 + number % 28),
        sex=(Sex.FEMALE, Sex.MALE)[number % 2],
        place=place,
        phone=f"+614{10_000_000 + number}",
        time_zone=zone,
        address=address,
    )


def _name(number: int) -> tuple[str, str]:
    return _GIVEN[number % len(_GIVEN)], _FAMILY[number % len(_FAMILY)]
