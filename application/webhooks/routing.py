"""
Which use case looks into what a vendor told us.

A message is only a hint: each use case fetches the vendor's object again. Kinds that are
not listed concern nobody here and are kept without further work.
"""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from attrs import frozen

from application.notifications.bounces import RecordBounce
from application.notifications.delivery import RefreshNotification
from application.orders.tracking import RefreshOrderByReference
from application.payments.disputes import RefreshDispute
from application.payments.refund_tracking import RefreshRefund
from application.payments.settlement import RefreshPayment
from application.payouts.accounts import RefreshPayoutAccount
from application.payouts.settlement import RefreshPayout
from application.physicians.identification import RecordIdentityCheck
from application.treasury.funding import RefreshFloatDeposit
from application.webhooks.ports import MalformedWebhook, StrayWebhook, VerifiedEvent
from domain.orders.pharmacy import Network


@frozen(kw_only=True)
class Route:
    """Messages of a vendor whose kind fits the pattern go to a use case."""

    vendor: str
    kinds: str
    use_case: type
    arguments: Callable[[VerifiedEvent], Mapping[str, Any]]


def _reference(event: VerifiedEvent) -> dict[str, Any]:
    if event.reference is None:
        raise MalformedWebhook("The message does not say what it is about.")
    return {"reference": event.reference}


def _to(vendor: str, kinds: str, use_case: type) -> Route:
    return Route(vendor=vendor, kinds=kinds, use_case=use_case, arguments=_reference)


def _to_order(vendor: str, kinds: str, network: Network) -> Route:
    return Route(
        vendor=vendor,
        kinds=kinds,
        use_case=RefreshOrderByReference,
        arguments=lambda event: {**_reference(event), "network": network},
    )


ROUTES = (
    _to("stripe", "payment_intent.*", RefreshPayment),
    _to("stripe", "refund.*", RefreshRefund),
    _to("stripe", "charge.dispute.*", RefreshDispute),
    _to("stripe", "identity.verification_session.*", RecordIdentityCheck),
    _to("airwallex", "account.*", RefreshPayoutAccount),
    _to("airwallex", "payout.transfer.*", RefreshPayout),
    _to("airwallex", "deposit.*", RefreshFloatDeposit),
    _to_order("photon", "photon:order:*", Network.PHOTON),
    _to_order("fhir-pharmacy", "*", Network.FHIR),
    _to("twilio", "message.*", RefreshNotification),
    _to("mail", "Bounce.HardBounce", RecordBounce),
    _to("mail", "SpamComplaint.*", RecordBounce),
)


def refuse_stray(event: VerifiedEvent) -> None:
    """
    Keep what is genuine, but not meant for us, from being acted on.

    Raises:
        StrayWebhook: It is about somebody else's account, or another environment.
    """
    if (what := event.facts.get("stray")) is not None:
        raise StrayWebhook(f"This message is about another {what} than ours.")


def find_route(vendor: str, kind: str) -> Route | None:
    """The first route that fits, or None for a kind that concerns nobody."""
    for route in ROUTES:
        if route.vendor == vendor and fnmatchcase(kind, route.kinds):
            return route
    return None
