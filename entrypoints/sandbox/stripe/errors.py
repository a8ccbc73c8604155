"""
Refusals in the shape that Stripe gives them.
"""

from __future__ import annotations

from typing import Any

from entrypoints.sandbox.core.store import Document


class StripeError(Exception):
    """
    An answer other than 200.

    Args:
        remembered: Whether a retry with the same idempotency key gets this answer again;
            Stripe remembers what happened once work had begun, not a malformed request.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        error_type: str = "invalid_request_error",
        remembered: bool = True,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.remembered = remembered
        self.error = {
            "type": error_type,
            "message": message,
            **{key: value for key, value in details.items() if value is not None},
        }

    def body(self) -> Document:
        return {"error": self.error}


class CardRefused(StripeError):
    """
    The card was tried and declined; what the attempt left behind is kept.
    """

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(402, message, error_type="card_error", **details)


def missing(param: str) -> StripeError:
    return StripeError(
        400,
        f"Missing required param: {param}.",
        code="parameter_missing",
        param=param,
        remembered=False,
    )


def invalid(param: str, message: str, code: str | None = None) -> StripeError:
    return StripeError(400, message, code=code, param=param, remembered=False)


def no_such(kind: str, id: str, param: str) -> StripeError:
    return StripeError(
        404 if param == "id" else 400,
        f"No such {kind}: '{id}'",
        code="resource_missing",
        param=param,
        remembered=False,
    )


def unexpected_state(intent: Document, verb: str, allowed: tuple[str, ...]) -> StripeError:
    return StripeError(
        400,
        f"This PaymentIntent could not be {verb} because it has a status of {intent['status']}. "
        f"Only a PaymentIntent with one of the following statuses may be {verb}: "
        f"{', '.join(allowed)}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )
