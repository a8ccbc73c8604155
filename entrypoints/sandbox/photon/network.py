"""
The played network put together: its API over HTTP, and its scheduled work.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen
from flask import Blueprint, Response, jsonify, request

from entrypoints.sandbox.core.vendor import Sandbox
from entrypoints.sandbox.photon.access import TokenRefused, is_signed_in, issue_token
from entrypoints.sandbox.photon.api import Root, answer
from entrypoints.sandbox.photon.events import Events
from entrypoints.sandbox.photon.orders import Orders
from entrypoints.sandbox.photon.records import SEED_MEDICINES, VENDOR_NAME, Records


@frozen(kw_only=True)
class Network:
    ctx: Sandbox
    records: Records
    orders: Orders


def open_network(ctx: Sandbox) -> Network:
    events = Events(ctx)
    records = Records(ctx, events)
    return Network(ctx=ctx, records=records, orders=Orders(ctx, records, events))


def stock(network: Network) -> None:
    """
    Enter the medicines that are known from the start, and take up scheduled work.
    """
    for entry in SEED_MEDICINES:
        network.ctx.store.put(VENDOR_NAME, "medication", entry["id"], entry)

    @network.ctx.scheduler.handler(VENDOR_NAME, "advance_order")
    def advance_order(payload: dict[str, Any]) -> None:
        network.orders.go_on(payload["order_id"], payload["seen"])


def blueprint(ctx: Sandbox) -> Blueprint:
    routes = Blueprint("photon", __name__)
    network = open_network(ctx)
    root = Root(network.records, network.orders)

    @routes.errorhandler(TokenRefused)
    def refused(error: TokenRefused) -> tuple[Response, int]:
        return jsonify(error.body), error.status

    @routes.post("/oauth/token")
    def token() -> Response:
        return jsonify(issue_token(ctx))

    @routes.post("/graphql")
    def graphql() -> tuple[Response, int]:
        if not is_signed_in(ctx):
            return _errors("Unauthorized", "UNAUTHENTICATED"), 401
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            return _errors("The body needs a query.", "BAD_REQUEST"), 400
        result = answer(root, body["query"], body.get("variables"), body.get("operationName"))
        # Without data nothing was carried out: the document did not parse or validate.
        status = 400 if result.data is None and not _has_path(result.errors) else 200
        return jsonify(result.formatted), status

    return routes


def _has_path(errors: Any) -> bool:
    return any(error.path for error in errors or [])


def _errors(message: str, code: str) -> Response:
    return jsonify({"errors": [{"message": message, "extensions": {"code": code}}]})
