"""
The control API: what tests and people do to the vendors from behind the curtain.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from entrypoints.sandbox.core.faults import UnknownFault
from entrypoints.sandbox.core.vendor import ActionRefused, Sandbox, Vendor

_FASTEST = 1000


class UnknownVendor(Exception):
    """
    No vendor of this name is played.
    """


class NoSuchDelivery(Exception):
    """
    The delivery log has no such number.
    """


def blueprint(ctx: Sandbox, vendors: tuple[Vendor, ...]) -> Blueprint:  # noqa: C901 - a list of routes
    routes = Blueprint("control", __name__, url_prefix="/_sandbox")
    known = {name: vendor for vendor in vendors for name in (vendor.name, vendor.slug)}

    def vendor_named(name: str) -> Vendor:
        if name not in known:
            raise UnknownVendor(f"no vendor is named {name}")
        return known[name]

    @routes.before_request
    def from_here_only() -> tuple[Response, int] | None:
        # A page of another site, open in the same browser, could otherwise drive the vendors.
        if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
            return jsonify({"error": "not for other sites"}), 403
        return None

    @routes.errorhandler(ActionRefused)
    @routes.errorhandler(UnknownFault)
    def refused(error: Exception) -> tuple[Response, int]:
        return jsonify({"error": str(error)}), 400

    @routes.errorhandler(UnknownVendor)
    @routes.errorhandler(NoSuchDelivery)
    def missing(error: Exception) -> tuple[Response, int]:
        return jsonify({"error": str(error)}), 404

    @routes.get("/health")
    def health() -> Response:
        return jsonify({"status": "ok", "now": ctx.clock.now().isoformat()})

    @routes.get("/state/<name>")
    def state(name: str) -> Response:
        vendor = vendor_named(name)
        kinds = ctx.store.kinds(vendor.name)
        return jsonify({kind: ctx.store.all(vendor.name, kind) for kind in kinds})

    @routes.post("/time")
    def advance_time() -> Response:
        ctx.clock.advance(float(_body().get("advance_seconds", 0)))
        return jsonify({"now": ctx.clock.now().isoformat(), **_run_due(ctx)})

    @routes.post("/pace")
    def set_pace() -> Response:
        pace = float(_body().get("pace", 1))
        if not 0 < pace <= _FASTEST:
            raise ActionRefused(f"a pace lies above 0 and is at most {_FASTEST}")
        ctx.scheduler.pace = pace
        return jsonify({"pace": pace})

    @routes.get("/faults")
    def list_faults() -> Response:
        return jsonify(
            {
                "scripted": ctx.faults.list(),
                "known": {vendor.name: ctx.faults.known(vendor.name) for vendor in vendors},
            }
        )

    @routes.post("/faults")
    def script_fault() -> tuple[Response, int]:
        body = _body()
        vendor = vendor_named(str(body.pop("vendor", "")))
        name = str(body.pop("name", ""))
        times = int(body.pop("times", 1))
        match = body.pop("match", None)
        number = ctx.faults.script(vendor.name, name, times, match, **body)
        return jsonify({"id": number}), 201

    @routes.delete("/faults")
    def clear_faults() -> Response:
        ctx.faults.clear()
        return jsonify({})

    @routes.get("/deliveries")
    def deliveries() -> Response:
        limit = int(request.args.get("limit", 1000))
        return jsonify({"data": ctx.webhooks.deliveries(request.args.get("vendor"), limit)})

    @routes.post("/deliveries/<int:number>/resend")
    def resend(number: int) -> Response:
        if not any(row["id"] == number for row in ctx.webhooks.deliveries(limit=-1)):
            raise NoSuchDelivery(f"no delivery {number}")
        return jsonify({"acknowledged": ctx.webhooks.deliver(number)})

    @routes.get("/tasks")
    def tasks() -> Response:
        return jsonify({"data": ctx.scheduler.pending()})

    @routes.post("/run_due")
    def run_due() -> Response:
        return jsonify(_run_due(ctx, everything=bool(_body().get("everything"))))

    @routes.post("/reset")
    def reset() -> Response:
        for vendor in vendors:
            vendor.stop(ctx)
        ctx.store.wipe()
        ctx.clock.reload()
        for vendor in vendors:
            vendor.start(ctx)
        return jsonify({})

    @routes.post("/<name>/<action>")
    def act(name: str, action: str) -> Response:
        vendor = vendor_named(name)
        if action not in vendor.actions:
            raise ActionRefused(f"{name} has no action {action}; it has {sorted(vendor.actions)}")
        return jsonify(vendor.actions[action](ctx, _body()))

    return routes


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True, force=True)
    return body if isinstance(body, dict) else {}


def _run_due(ctx: Sandbox, *, everything: bool = False) -> dict[str, int]:
    tasks = ctx.scheduler.run_due()
    return {"tasks": tasks, "deliveries": ctx.webhooks.deliver_due(everything=everything)}
