"""
The pharmacies of this server, from the start.
"""

from __future__ import annotations

from entrypoints.sandbox.core.store import Document

_SYSTEM = "https://pharmacy.sandbox.test/pharmacy"


def _pharmacy(id: str, name: str, place: tuple[str, str, str, str, str], phone: str) -> Document:
    street, city, state, postal_code, country = place
    return {
        "resourceType": "Organization",
        "id": id,
        "identifier": [{"system": _SYSTEM, "value": id}],
        "active": True,
        "type": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/organization-type",
                        "code": "prov",
                        "display": "Healthcare Provider",
                    }
                ],
                "text": "Pharmacy",
            }
        ],
        "name": name,
        "telecom": [{"system": "phone", "value": phone, "use": "work"}],
        "address": [
            {
                "line": [street],
                "city": city,
                "state": state,
                "postalCode": postal_code,
                "country": country,
            }
        ],
    }


PHARMACIES = (
    _pharmacy(
        "pharmacy-carlton",
        "Carlton Community Pharmacy",
        ("120 Lygon St", "Carlton", "VIC", "3053", "AU"),
        "+61355501001",
    ),
    _pharmacy(
        "pharmacy-bondi",
        "Bondi Road Pharmacy",
        ("210 Bondi Rd", "Bondi", "NSW", "2026", "AU"),
        "+61255501002",
    ),
    _pharmacy(
        "pharmacy-valley",
        "Fortitude Valley Pharmacy",
        ("45 Brunswick St", "Fortitude Valley", "QLD", "4006", "AU"),
        "+61755501003",
    ),
    _pharmacy(
        "pharmacy-clerkenwell",
        "Clerkenwell Chemist",
        ("30 Exmouth Market", "London", "London", "EC1R 4QE", "GB"),
        "+442055501004",
    ),
    _pharmacy(
        "pharmacy-harbor",
        "Harbor Point Pharmacy",
        ("8 Atlantic Ave", "Boston", "MA", "02110", "US"),
        "+16175550105",
    ),
    _pharmacy(
        "pharmacy-lakeside",
        "Lakeside Pharmacy",
        ("77 Lake St", "Oakland", "CA", "94612", "US"),
        "+15105550106",
    ),
)
