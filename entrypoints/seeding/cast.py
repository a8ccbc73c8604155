"""
The people of the demo clinic. All of them are made up.
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

DOMAIN = "demo.scripted.example"
PASSWORD = "a-calm-clinic-day"  # noqa: S105 - printed at every start, for a demo of invented people

ADMINISTRATOR = f"admin@{DOMAIN}"
OPERATIONS = f"ops@{DOMAIN}"
SECOND_OPERATOR = f"ops2@{DOMAIN}"

_WEEKDAYS = tuple((weekday, 8, 18) for weekday in range(7))

MOREAU = PhysicianScript(
    email=f"moreau@{DOMAIN}",
    given="Amelia",
    family="Moreau",
    specialties=("general_practice", "dermatology", "neurology", "sleep_medicine"),
    languages=("en", "fr"),
    time_zone="Australia/Sydney",
    licences=(
        LicenceScript(place="AU", kind=LicenceKind.AHPRA, number="MED0001863417"),
        LicenceScript(place="US-CA", kind=LicenceKind.NPI, number="1003004169"),
    ),
    bank=bank_in_australia("Amelia Moreau", "123456789"),
    hours=_WEEKDAYS,
)
OKAFOR = PhysicianScript(
    email=f"okafor@{DOMAIN}",
    given="David",
    family="Okafor",
    specialties=("general_practice",),
    languages=("en",),
    time_zone="Australia/Melbourne",
    licences=(LicenceScript(place="AU", kind=LicenceKind.AHPRA, number="MED0001720954"),),
    bank=bank_in_australia("David Okafor", "987654321"),
    hours=_WEEKDAYS,
)
RAMAN = PhysicianScript(
    email=f"raman@{DOMAIN}",
    given="Priya",
    family="Raman",
    specialties=("dermatology",),
    languages=("en",),
    time_zone="Australia/Brisbane",
    licences=(LicenceScript(place="AU", kind=LicenceKind.AHPRA, number="MED0002418830"),),
    bank=bank_in_australia("Priya Raman", "555666777"),
)
WHITFIELD = PhysicianScript(
    email=f"whitfield@{DOMAIN}",
    given="Samuel",
    family="Whitfield",
    specialties=("general_practice",),
    languages=("en",),
    time_zone="Australia/Perth",
    licences=(),
    bank=bank_in_australia("Samuel Whitfield", "444333222"),
)

MAYA = PatientScript(
    email=f"maya@{DOMAIN}",
    given="Maya",
    family="Lindqvist",
    born=date(1991, 4, 12),
    sex=Sex.FEMALE,
    place="AU-NSW",
    phone="+61412345678",
    time_zone="Australia/Sydney",
    address=("14 Curlewis Street", "Bondi", "2026"),
    allergies=(("Penicillin", "penicillins"),),
    conditions=(("Migraine", "migraine"),),
)
NOAH = PatientScript(
    email=f"noah@{DOMAIN}",
    given="Noah",
    family="Tanaka",
    born=date(1984, 11, 2),
    sex=Sex.MALE,
    place="AU-VIC",
    phone="+61423456789",
    time_zone="Australia/Melbourne",
    address=("88 Rathdowne Street", "Carlton", "3053"),
)
AROHA = PatientScript(
    email=f"aroha@{DOMAIN}",
    given="Aroha",
    family="Walker",
    born=date(1976, 6, 30),
    sex=Sex.FEMALE,
    place="AU-QLD",
    phone="+61434567890",
    time_zone="Australia/Brisbane",
    address=("3 Constance Street", "Fortitude Valley", "4006"),
    conditions=(("High blood pressure", "hypertension"),),
)
LUC = PatientScript(
    email=f"luc@{DOMAIN}",
    given="Luc",
    family="Fontaine",
    born=date(1998, 1, 19),
    sex=Sex.MALE,
    place="AU-NSW",
    phone="+61445678901",
    time_zone="Australia/Sydney",
    address=("27 Glebe Point Road", "Glebe", "2037"),
    locale="fr",
)
ZARA = PatientScript(
    email=f"zara@{DOMAIN}",
    given="Zara",
    family="Haddad",
    born=date(1969, 9, 8),
    sex=Sex.FEMALE,
    place="AU-VIC",
    phone="+61456789012",
    time_zone="Australia/Melbourne",
    address=("5 Brunswick Road", "Brunswick", "3056"),
)
PATIENTS = (MAYA, NOAH, AROHA, LUC, ZARA)
