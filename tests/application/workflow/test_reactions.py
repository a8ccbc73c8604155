"""
The table itself: every line fits its event and its use case.
"""

import inspect

import pytest

from application.reactions import REACTIONS
from application.webhooks.routing import ROUTES, find_route
from application.workflow.table import Reaction


@pytest.mark.parametrize(
    "reaction", REACTIONS.reactions, ids=lambda r: f"{r.event.__name__}-{r.name}"
)
def test_every_line_fits(reaction: Reaction) -> None:
    event_fields = {attribute.name for attribute in reaction.event.__attrs_attrs__}
    taken = inspect.signature(reaction.use_case.__call__).parameters
    needed = {
        name
        for name, parameter in taken.items()
        if name not in {"self", "actor"} and parameter.default is inspect.Parameter.empty
    }
    given = set(reaction.fields) | set(reaction.constants)

    assert set(reaction.fields) <= event_fields
    assert needed <= given <= set(taken)
    assert "actor" in taken


def test_names_are_unique_per_event() -> None:
    keys = [(reaction.event, reaction.name) for reaction in REACTIONS.reactions]

    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("vendor", "kind", "use_case"),
    [
        ("stripe", "payment_intent.amount_capturable_updated", "RefreshPayment"),
        ("stripe", "refund.failed", "RefreshRefund"),
        ("stripe", "identity.verification_session.verified", "RecordIdentityCheck"),
        ("airwallex", "account.active", "RefreshPayoutAccount"),
        ("airwallex", "payout.transfer.paid", "RefreshPayout"),
        ("photon", "photon:order:completed", "RefreshOrderByReference"),
    ],
)
def test_vendors_messages_are_routed(vendor: str, kind: str, use_case: str) -> None:
    route = find_route(vendor, kind)

    assert route is not None
    assert route.use_case.__name__ == use_case


def test_what_concerns_nobody_has_no_route() -> None:
    assert find_route("stripe", "invoice.created") is None
    assert find_route("airwallex", "payment_intent.created") is None


def test_every_routes_use_case_takes_a_reference() -> None:
    for route in ROUTES:
        assert {"actor", "reference"} <= set(inspect.signature(route.use_case.__call__).parameters)
