"""
The control API: what tests and people do to the vendors from behind the curtain.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen
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


def blueprint(ctx: Sandbox, vendors: tuple[Vendor, ...]) -> Blueprint:
    """
    Every route below ``/_sandbox``.
    """
    routes = Blueprint("control", __name__, url_prefix="/_sandbox")
    desk = _Desk(ctx, vendors)
    _guard(routes)
    routes.get("/health")(desk.health)
    routes.get("/state/<name>")(desk.state)
    routes.post("/time")(desk.advance_time)
    routes.post("/pace")(desk.set_pace)
    routes.get("/faults")(desk.list_faults)
    routes.post("/faults")(desk.script_fault)
    routes.delete("/faults")(desk.clear_faults)
    routes.get("/deliveries")(desk.deliveries)
    routes.post("/deliveries/<int:number>/resend")(desk.resend)
    routes.get("/tasks")(desk.tasks)
    routes.get("/due")(desk.due)
    routes.post("/run_due")(desk.run_due)
    routes.post("/reset")(desk.reset)
    routes.post("/<name>/<action>")(desk.act)
    return routes


def _guard(routes: Blueprint) -> None:
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


@frozen
class _Desk:
    """
    What each route does.
    """

    ctx: Sandbox
    vendors: tuple[Vendor, ...]

    def _vendor(self, name: str) -> Vendor:
        for vendor in self.vendors:
            if name in {vendor.name, vendor.slug}:
                return vendor
        raise UnknownVendor(f"no vendor is named {name}")

    def health(self) -> Response:
        return jsonify({"status": "ok", "now": self.ctx.clock.now().isoformat()})

    def state(self, name: str) -> Response:
        vendor = self._vendor(name)
        kinds = self.ctx.store.kinds(vendor.name)
        return jsonify({kind: self.ctx.store.all(vendor.name, kind) for kind in kinds})

    def advance_time(self) -> Response:
        self.ctx.clock.advance(float(_body().get("advance_seconds", 0)))
        return jsonify({"now": self.ctx.clock.now().isoformat(), **_run_due(self.ctx)})

    def set_pace(self) -> Response:
        pace = float(_body().get("pace", 1))
        if not 0 < pace <= _FASTEST:
            raise ActionRefused(f"a pace lies above 0 and is at most {_FASTEST}")
        self.ctx.scheduler.pace = pace
        return jsonify({"pace": pace})

    def list_faults(self) -> Response:
        known = {vendor.name: self.ctx.faults.known(vendor.name) for vendor in self.vendors}
        return jsonify({"scripted": self.ctx.faults.list(), "known": known})

    def script_fault(self) -> tuple[Response, int]:
        body = _body()
        vendor = self._vendor(str(body.pop("vendor", "")))
        name = str(body.pop("name", ""))
        times = int(body.pop("times", 1))
        match = body.pop("match", None)
        number = self.ctx.faults.script(vendor.name, name, times, match, **body)
        return jsonify({"id": number}), 201

    def clear_faults(self) -> Response:
        self.ctx.faults.clear()
        return jsonify({})

    def deliveries(self) -> Response:
        limit = int(request.args.get("limit", 1000))
        return jsonify({"data": self.ctx.webhooks.deliveries(request.args.get("vendor"), limit)})

    def resend(self, number: int) -> Response:
        if not any(row["id"] == number for row in self.ctx.webhooks.deliveries(limit=-1)):
            raise NoSuchDelivery(f"no delivery {number}")
        return jsonify({"acknowledged": self.ctx.webhooks.deliver(number)})

    def tasks(self) -> Response:
        return jsonify({"data": self.ctx.scheduler.pending()})

    def due(self) -> Response:
        within = float(request.args.get("within_seconds", 0))
        return jsonify(
            {
                "tasks": self.ctx.scheduler.due(within_seconds=within),
                "deliveries": self.ctx.webhooks.due(within_seconds=within),
            }
        )

    def run_due(self) -> Response:
        return jsonify(_run_due(self.ctx, everything=bool(_body().get("everything"))))

    def reset(self) -> Response:
        for vendor in self.vendors:
            vendor.stop(self.ctx)
        self.ctx.store.wipe()
        self.ctx.clock.reload()
        for vendor in self.vendors:
            vendor.start(self.ctx)
        return jsonify({})

    def act(self, name: str, action: str) -> Response:
        vendor = self._vendor(name)
        if action not in vendor.actions:
            raise ActionRefused(f"{name} has no action {action}; it has {sorted(vendor.actions)}")
        return jsonify(vendor.actions[action](self.ctx, _body()))


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True, force=True)
    return body if isinstance(body, dict) else {}


def _run_due(ctx: Sandbox, *, everything: bool = False) -> dict[str, int]:
    tasks = ctx.scheduler.run_due()
    return {"tasks": tasks, "deliveries": ctx.webhooks.deliver_due(everything=everything)}
