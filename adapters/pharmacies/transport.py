"""
What every pharmacy network answers alike over HTTP, in the port's words.
"""

import json
from typing import Any

import httpx

from application.orders.ports import PharmacyOutcomeUnknown, PharmacyUnreachable

_TOO_MANY = 429


def unanswered(error: httpx.TransportError, *, changes: bool) -> Exception:
    """
    Tell silence before the request arrived from silence after.

    Args:
        changes: The request would have changed something that must not happen twice.
    """
    never_arrived = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    if changes and not never_arrived:
        return PharmacyOutcomeUnknown("The pharmacy network did not answer.")
    return PharmacyUnreachable("The pharmacy network does not answer.")


def content(response: httpx.Response, *, changes: bool) -> dict[str, Any]:
    """
    Read a JSON object out of an answer that is no refusal.

    Raises:
        PharmacyUnreachable: The network asks to come back later, or a look-up failed.
        PharmacyOutcomeUnknown: A change was asked for, and what became of it is not said.
    """
    if response.status_code == _TOO_MANY:
        raise PharmacyUnreachable("The pharmacy network asks to come back later.")
    try:
        body = response.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        body = None
    if response.status_code >= 500 or not isinstance(body, dict):
        if changes:
            raise PharmacyOutcomeUnknown("The pharmacy network gave no proper answer.")
        raise PharmacyUnreachable("The pharmacy network gave no proper answer.")
    return body
