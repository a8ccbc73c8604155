"""
What a test or a person makes the network and its pharmacies do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Action, ActionRefused, Sandbox
from entrypoints.sandbox.photon.network import Network, open_network
from entrypoints.sandbox.photon.records import Refused


def advance_order(network: Network, body: Document) -> Document:
    """
    ``{order_id | external_id}``: one step (PENDING, PLACED, RECEIVED, READY … COMPLETED).
    """
    order_id = _order_id(network, body)
    with network.ctx.store.transaction():
        return network.orders.advance(order_id, going_on=False)


def cancel_order(network: Network, body: Document) -> Document:
    """
    ``{order_id | external_id, reason?}``: the pharmacy cancels, even after it dispensed.
    """
    with network.ctx.store.transaction():
        order = network.orders.get(_order_id(network, body))
        network.orders.force_cancel(
            order, "CANCELED_WITH_DISPENSER", str(body.get("reason", "Cancelled by the pharmacy"))
        )
    return order


def reroute_order(network: Network, body: Document) -> Document:
    """
    ``{order_id | external_id, pharmacy_id}``: the patient chose another pharmacy.
    """
    return network.orders.reroute(_order_id(network, body), _text(body, "pharmacy_id"))


def fail_order(network: Network, body: Document) -> Document:
    """
    ``{order_id | external_id, reason?}``: the order ends in ERROR.
    """
    return network.orders.fail(
        _order_id(network, body), str(body.get("reason", "The pharmacy could not be reached."))
    )


def dispense_again(network: Network, body: Document) -> Document:
    """
    ``{order_id | external_id}``: the pharmacy fills it a second time.
    """
    order_id = _order_id(network, body)
    if network.orders.get(order_id)["state"] != "COMPLETED":
        raise ActionRefused("only a completed order can be dispensed again")
    return network.orders.dispense_again(order_id)


def sign_prescription(network: Network, body: Document) -> Document:
    """
    ``{prescription_id}``: the prescriber signs a draft in the network's own application.
    """
    return network.records.sign(_text(body, "prescription_id"))


def expire_prescription(network: Network, body: Document) -> Document:
    """
    ``{prescription_id}``.
    """
    return network.records.expire(_text(body, "prescription_id"))


def _action(act: Callable[[Network, Document], Document]) -> Action:
    def run(ctx: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return act(open_network(ctx), body)
        except Refused as error:
            raise ActionRefused(error.message) from error

    return run


def _text(body: Document, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ActionRefused(f"{name} is needed")
    return value


def _order_id(network: Network, body: Document) -> str:
    if body.get("order_id"):
        return str(body["order_id"])
    found = network.records.find("order", externalId=_text(body, "external_id"))
    if not found:
        raise ActionRefused(f"no order has the external id {body['external_id']}")
    return str(found[0]["id"])


ACTIONS: dict[str, Action] = {
    act.__name__: _action(act)
    for act in (
        advance_order,
        cancel_order,
        reroute_order,
        fail_order,
        dispense_again,
        sign_prescription,
        expire_prescription,
    )
}
