"""
Identity checks by Stripe Identity (https://docs.stripe.com/identity).

Only the outcome and the names of the checked fields leave this module for good; the name
on the document is handed over for one comparison. Stripe's own words are left out of our
errors, because they can repeat what was typed.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, TypeVar

import stripe
from stripe import StripeClient

from application.physicians.ports import IdentityChecksUnavailable, StartedIdentityCheck
from domain.physicians.identity_check import (
    IdentityCheckStatus,
    IdentityCheckUnknown,
    IdentityFinding,
)
from domain.shared.errors import InvariantError
from domain.shared.ids import PhysicianId, to_wire

Answer = TypeVar("Answer")

_NOT_FOUND = 404
_STATUSES: Mapping[str, IdentityCheckStatus] = {
    "requires_input": IdentityCheckStatus.STARTED,
    "processing": IdentityCheckStatus.PROCESSING,
    "verified": IdentityCheckStatus.VERIFIED,
    "canceled": IdentityCheckStatus.CANCELLED,
}
_CHECKED = ("first_name", "last_name", "dob", "address", "id_number")


class StripeIdentityChecks:
    """
    Document and selfie, checked by Stripe.

    Args:
        client: With the key and base addresses to use, and retries turned on.
        names_of_test_documents: Compare names in test mode too, where Stripe checks a sample
            document that bears nobody's name.
    """

    def __init__(self, client: StripeClient, *, names_of_test_documents: bool = False) -> None:
        self._sessions = client.v1.identity.verification_sessions
        self._names_of_test_documents = names_of_test_documents

    def start(
        self, *, physician_id: PhysicianId, attempt: int, return_url: str
    ) -> StartedIdentityCheck:
        # Stripe refuses a key that comes with other parameters: another way back, another key.
        way_back = sha256(return_url.encode()).hexdigest()[:12]
        key = f"identity-{physician_id}-{attempt}-{way_back}"
        session = _answer(
            lambda: self._sessions.create(
                {
                    "type": "document",
                    "client_reference_id": to_wire("physician", physician_id),
                    "metadata": {"attempt": str(attempt)},
                    "options": {
                        "document": {
                            "require_live_capture": True,
                            "require_matching_selfie": True,
                        }
                    },
                    "return_url": return_url,
                },
                {"idempotency_key": key},
            )
        )
        return StartedIdentityCheck(reference=session.id, url=session.url)

    def resume(self, reference: str) -> StartedIdentityCheck:
        session = _answer(lambda: self._sessions.retrieve(reference))
        return StartedIdentityCheck(reference=session.id, url=session.url)

    def fetch(self, reference: str) -> IdentityFinding:
        session = _answer(
            lambda: self._sessions.retrieve(reference, {"expand": ["verified_outputs"]})
        )
        if session.status not in _STATUSES:
            raise InvariantError(f"Stripe Identity has a status that we do not know: {reference}")
        status = _STATUSES[session.status]
        failure = session.last_error.code if session.last_error else None
        if status is IdentityCheckStatus.STARTED and failure is not None:
            status = IdentityCheckStatus.FAILED
        outputs = _outputs(session)
        named = session.livemode or self._names_of_test_documents
        return IdentityFinding(
            reference=session.id,
            status=status,
            checked_fields=frozenset(name for name in _CHECKED if outputs.get(name)),
            failure=failure,
            given=outputs.get("first_name") if named else None,
            family=outputs.get("last_name") if named else None,
        )


def _outputs(session: Any) -> Mapping[str, Any]:
    outputs = session.to_dict().get("verified_outputs")
    return outputs or {}


def _answer(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except stripe.InvalidRequestError as refused:
        if refused.http_status == _NOT_FOUND:
            raise IdentityCheckUnknown("There is no such identity check.") from None
        raise InvariantError(f"Stripe Identity refused our request: {refused.code}") from None
    except stripe.StripeError:
        raise IdentityChecksUnavailable(
            "Identity checks are not available just now. Try again in a few minutes."
        ) from None
