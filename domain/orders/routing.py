"""
Which pharmacy an order goes to when the patient has chosen none.
"""

from collections.abc import Iterable

from domain.orders.pharmacy import Pharmacy
from domain.shared.jurisdiction import Jurisdiction


def nearest_pharmacy(pharmacies: Iterable[Pharmacy], *, place: Jurisdiction) -> Pharmacy | None:
    """One that serves the place: in the place itself first, then by preference, then by name."""
    serving = [pharmacy for pharmacy in pharmacies if pharmacy.serves(place)]
    return min(
        serving,
        key=lambda one: (one.place.code != place.code, one.preference, one.name, one.id),
        default=None,
    )
