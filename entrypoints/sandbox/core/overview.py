"""
The page at ``/``: every vendor at a glance.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, make_response, render_template

from entrypoints.sandbox.core.vendor import Sandbox, Vendor

_ROWS = 8


def blueprint(ctx: Sandbox, vendors: tuple[Vendor, ...]) -> Blueprint:
    routes = Blueprint("overview", __name__)

    @routes.get("/")
    def page() -> Response:
        return html(
            "overview.html",
            now=ctx.clock.now(),
            offset=ctx.clock.offset_seconds,
            base=ctx.public_url,
            vendors=[_shown(ctx, vendor) for vendor in vendors],
            deliveries=[_readable(row) for row in ctx.webhooks.deliveries(limit=25)],
            faults=ctx.faults.list(),
            tasks=[_readable(task) for task in ctx.scheduler.pending()[:25]],
        )

    return routes


def html(template: str, status: int = 200, **values: Any) -> Response:
    """
    A page without script, that no other site may frame.
    """
    response = make_response(render_template(template, **values), status)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none';"
        " base-uri 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _shown(ctx: Sandbox, vendor: Vendor) -> dict[str, Any]:
    held = ctx.store.kinds(vendor.name)
    tables = []
    for kind, columns in vendor.describe():
        newest = ctx.store.newest(vendor.name, kind, _ROWS)
        rows = [[_cell(document.get(column)) for column in columns] for document in newest]
        tables.append({"kind": kind, "count": held.get(kind, 0), "columns": columns, "rows": rows})
    return {
        "title": vendor.title,
        "name": vendor.name,
        "url": ctx.vendor_url(vendor.name),
        "webhooks": ctx.webhooks.signs_for(vendor.name) and ctx.settings.webhook_url(vendor.name),
        "actions": sorted(vendor.actions),
        "pages": [(title, f"/{vendor.slug}{path}") for title, path in vendor.pages],
        "tables": tables,
    }


def _cell(value: object) -> str:
    if value is None:
        return "-"
    text = str(value)
    return text if len(text) <= 44 else text[:43] + "…"


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    moments = {
        key: datetime.fromtimestamp(value, UTC).strftime("%d %b %H:%M:%S")
        for key, value in row.items()
        if key in {"created_at", "next_attempt_at", "attempted_at", "due_at"} and value is not None
    }
    return {**row, **moments}
