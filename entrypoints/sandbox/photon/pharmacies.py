"""
The pharmacies of the network, from the start.
"""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

from attrs import frozen

from entrypoints.sandbox.core.store import Document

PICK_UP = "PICK_UP"
MAIL_ORDER = "MAIL_ORDER"
_EARTH_RADIUS_MILES = 3958.8


@frozen
class Pharmacy:
    id: str
    name: str
    npi: str
    ncpdp: str
    street: str
    city: str
    state: str
    postal_code: str
    latitude: float
    longitude: float
    fulfilment: tuple[str, ...] = (PICK_UP,)

    def document(self) -> Document:
        return {
            "id": self.id,
            "name": self.name,
            "NPI": self.npi,
            "NCPDP": self.ncpdp,
            "address": {
                "name": None,
                "street1": self.street,
                "street2": None,
                "city": self.city,
                "state": self.state,
                "postalCode": self.postal_code,
                "country": "US",
            },
            "phone": f"+1555{self.ncpdp}",
            "fax": f"+1556{self.ncpdp}",
            "fulfillmentTypes": list(self.fulfilment),
        }


PHARMACIES = (
    Pharmacy(
        "phr_sf_mission",
        "Mission Street Pharmacy",
        "1902000011",
        "0510001",
        "2300 Mission St",
        "San Francisco",
        "CA",
        "94110",
        37.7599,
        -122.4187,
    ),
    Pharmacy(
        "phr_la_sunset",
        "Sunset Family Pharmacy",
        "1902000029",
        "0510002",
        "7100 Sunset Blvd",
        "Los Angeles",
        "CA",
        "90046",
        34.0979,
        -118.3453,
    ),
    Pharmacy(
        "phr_ny_chelsea",
        "Chelsea Apothecary",
        "1902000037",
        "3310003",
        "210 8th Ave",
        "New York",
        "NY",
        "10011",
        40.7434,
        -73.9996,
    ),
    Pharmacy(
        "phr_ny_flatbush",
        "Flatbush Community Pharmacy",
        "1902000045",
        "3310004",
        "890 Flatbush Ave",
        "Brooklyn",
        "NY",
        "11226",
        40.6505,
        -73.9592,
    ),
    Pharmacy(
        "phr_tx_congress",
        "Congress Avenue Drugs",
        "1902000052",
        "4510005",
        "1100 Congress Ave",
        "Austin",
        "TX",
        "78701",
        30.2755,
        -97.7404,
    ),
    Pharmacy(
        "phr_fl_biscayne",
        "Biscayne Bay Pharmacy",
        "1902000060",
        "1010006",
        "3000 Biscayne Blvd",
        "Miami",
        "FL",
        "33137",
        25.8042,
        -80.1893,
    ),
    Pharmacy(
        "phr_wa_pike",
        "Pike Hill Pharmacy",
        "1902000078",
        "4810007",
        "600 E Pike St",
        "Seattle",
        "WA",
        "98122",
        47.6141,
        -122.3239,
    ),
    Pharmacy(
        "phr_il_halsted",
        "Halsted Corner Pharmacy",
        "1902000086",
        "1410008",
        "3300 N Halsted St",
        "Chicago",
        "IL",
        "60657",
        41.9421,
        -87.6493,
    ),
    Pharmacy(
        "phr_ma_beacon",
        "Beacon Hill Chemists",
        "1902000094",
        "2210009",
        "100 Charles St",
        "Boston",
        "MA",
        "02114",
        42.3594,
        -71.0706,
    ),
    Pharmacy(
        "phr_mail_prairie",
        "Prairie Mail Pharmacy",
        "1902000102",
        "2310010",
        "1 Distribution Way",
        "Omaha",
        "NE",
        "68102",
        41.2587,
        -95.9379,
        (MAIL_ORDER,),
    ),
    Pharmacy(
        "phr_mail_desert",
        "Desert Mail Pharmacy",
        "1902000110",
        "0310011",
        "400 Logistics Dr",
        "Phoenix",
        "AZ",
        "85003",
        33.4484,
        -112.0740,
        (MAIL_ORDER, PICK_UP),
    ),
)


def pharmacy(id: str) -> Pharmacy | None:
    return next((each for each in PHARMACIES if each.id == id), None)


def search(
    *,
    name: str | None = None,
    near: tuple[float, float, float] | None = None,
    fulfilment: str | None = None,
) -> list[Pharmacy]:
    """
    The network's pharmacies, the nearest first when a place is given.

    Args:
        near: Latitude, longitude, and radius in miles.
    """
    found = [
        each
        for each in PHARMACIES
        if (name is None or name.casefold() in each.name.casefold())
        and (fulfilment is None or fulfilment in each.fulfilment)
    ]
    if near is None:
        return found
    within = [(_miles(near[0], near[1], each), each) for each in found]
    reachable = [pair for pair in within if pair[0] <= near[2]]
    return [each for _, each in sorted(reachable, key=lambda pair: pair[0])]


def _miles(latitude: float, longitude: float, there: Pharmacy) -> float:
    north = radians(there.latitude - latitude)
    east = radians(there.longitude - longitude)
    chord = (
        sin(north / 2) ** 2
        + cos(radians(latitude)) * cos(radians(there.latitude)) * sin(east / 2) ** 2
    )
    return 2 * _EARTH_RADIUS_MILES * asin(sqrt(chord))
