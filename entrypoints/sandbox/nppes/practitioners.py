"""
The practitioners that the registry knows from the start, and the check digit of their numbers.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from entrypoints.sandbox.core.store import Document

INTERNAL_MEDICINE = ("207R00000X", "Internal Medicine Physician")
FAMILY_MEDICINE = ("207Q00000X", "Family Medicine Physician")
DERMATOLOGY = ("207N00000X", "Dermatology Physician")
PSYCHIATRY = ("2084P0800X", "Psychiatry Physician")
NURSE_PRACTITIONER = ("363LF0000X", "Nurse Practitioner, Family")

ACTIVE = "A"
DEACTIVATED = "D"


def check_digit(first_nine: str) -> int:
    """
    Luhn over ``80840`` + the first nine digits (CMS, NPI check digit calculation).
    """
    total = 0
    for position, digit in enumerate(reversed(f"80840{first_nine}")):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


def is_valid_npi(number: str) -> bool:
    return (
        len(number) == 10
        and number.isascii()
        and number.isdigit()
        and number[0] in "12"
        and int(number[9]) == check_digit(number[:9])
    )


@frozen(kw_only=True)
class Practitioner:
    """
    An individual's record as the registry publishes it.

    Args:
        licences: State to licence number.
        withheld: Deactivated so that the registry names the number but shows no record.
    """

    npi: str
    first: str
    last: str
    credential: str
    sex: str
    taxonomy: tuple[str, str]
    licences: dict[str, str]
    city: str
    postal_code: str
    status: str = ACTIVE
    withheld: bool = False

    def document(self) -> Document:
        state = next(iter(self.licences))
        return {
            "number": self.npi,
            "withheld": self.withheld,
            "enumeration_type": "NPI-1",
            "basic": self._basic(),
            "addresses": [_address("LOCATION", self, state), _address("MAILING", self, state)],
            "practiceLocations": [],
            "taxonomies": [
                {
                    "code": self.taxonomy[0],
                    "taxonomy_group": "",
                    "desc": self.taxonomy[1],
                    "state": state,
                    "license": licence,
                    "primary": position == 0,
                }
                for position, (state, licence) in enumerate(self.licences.items())
            ],
            "identifiers": [],
            "endpoints": [],
            "other_names": [],
            "created_epoch": "1183852800000",
            "last_updated_epoch": "1704067200000",
        }

    def _basic(self) -> dict[str, Any]:
        basic = {
            "first_name": self.first.upper(),
            "last_name": self.last.upper(),
            "credential": self.credential,
            "sole_proprietor": "NO",
            "sex": self.sex,
            "enumeration_date": "2007-07-08",
            "last_updated": "2024-01-01",
            "certification_date": "2024-01-01",
            "status": self.status,
        }
        if self.status == DEACTIVATED:
            basic["deactivation_date"] = "2024-06-30"
            basic["deactivation_reason_code"] = "DT"
        return basic


def _address(purpose: str, practitioner: Practitioner, state: str) -> dict[str, str]:
    return {
        "country_code": "US",
        "country_name": "United States",
        "address_purpose": purpose,
        "address_type": "DOM",
        "address_1": "100 MAIN ST",
        "city": practitioner.city.upper(),
        "state": state,
        "postal_code": practitioner.postal_code,
        "telephone_number": "555-010-0100",
    }


SEED = (
    Practitioner(
        npi="1003004169",
        first="Amelia",
        last="Moreau",
        credential="MD",
        sex="F",
        taxonomy=INTERNAL_MEDICINE,
        licences={"CA": "A123456", "NY": "301234", "TX": "Q4567"},
        city="San Francisco",
        postal_code="941051234",
    ),
    Practitioner(
        npi="1053005173",
        first="David",
        last="Okafor",
        credential="MD",
        sex="M",
        taxonomy=FAMILY_MEDICINE,
        licences={"NY": "298765", "FL": "ME112233"},
        city="New York",
        postal_code="100010001",
    ),
    Practitioner(
        npi="1103006189",
        first="Priya",
        last="Raman",
        credential="DO",
        sex="F",
        taxonomy=DERMATOLOGY,
        licences={"TX": "R9876", "CA": "20A15678"},
        city="Austin",
        postal_code="787010001",
    ),
    Practitioner(
        npi="1153007194",
        first="Samuel",
        last="Whitfield",
        credential="MD",
        sex="M",
        taxonomy=PSYCHIATRY,
        licences={"FL": "ME445566", "WA": "MD60123456"},
        city="Miami",
        postal_code="331010001",
    ),
    Practitioner(
        npi="1203008200",
        first="Grace",
        last="Lindqvist",
        credential="FNP-C",
        sex="F",
        taxonomy=NURSE_PRACTITIONER,
        licences={"WA": "AP60987654"},
        city="Seattle",
        postal_code="981010001",
    ),
    Practitioner(
        npi="1253009215",
        first="Walter",
        last="Brandt",
        credential="MD",
        sex="M",
        taxonomy=INTERNAL_MEDICINE,
        licences={"CA": "A654321"},
        city="San Diego",
        postal_code="921010001",
        status=DEACTIVATED,
    ),
    Practitioner(
        npi="1303010221",
        first="Harold",
        last="Nakamura",
        credential="MD",
        sex="M",
        taxonomy=FAMILY_MEDICINE,
        licences={"TX": "S1122"},
        city="Dallas",
        postal_code="752010001",
        status=DEACTIVATED,
        withheld=True,
    ),
    # Registered under a name that no applicant of the demonstration carries.
    Practitioner(
        npi="1234567893",
        first="Eleanor",
        last="Somebodyelse",
        credential="MD",
        sex="F",
        taxonomy=FAMILY_MEDICINE,
        licences={"CA": "A777777", "NY": "377777"},
        city="Sacramento",
        postal_code="958140001",
    ),
)
