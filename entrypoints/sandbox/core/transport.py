"""
Faults of the connection itself, alike for every vendor: they surround whatever the vendor does.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

from flask import Flask, Response, g, jsonify, request

from entrypoints.sandbox.core.vendor import Sandbox, Vendor


class ConnectionBrokenOff(ConnectionError):
    """
    Raised on purpose while a response is being written; servers hang up on a ConnectionError.
    """


def install(app: Flask, ctx: Sandbox, vendors: tuple[Vendor, ...]) -> None:
    by_prefix = {prefix: vendor.name for vendor in vendors for prefix in (vendor.slug, vendor.name)}

    def struck(name: str) -> float | None:
        """
        The `seconds` of a fault that strikes this request, ``None`` when none does.
        """
        vendor = by_prefix.get(request.path.split("/")[1])
        if vendor is None:
            return None
        path = "/" + request.path.split("/", 2)[-1]
        fault = ctx.faults.take(vendor, name, method=request.method, path=path)
        return None if fault is None else fault.seconds(5 if name == "slow" else 30)

    @app.before_request
    def before() -> Response | None:
        if struck("respond_429") is not None:
            return _plain(429, "Too many requests")
        if struck("respond_500_before") is not None:
            return _plain(500, "Internal server error")
        return None

    @app.after_request
    def after(response: Response) -> Response:
        for number in g.pop("deliver_before_response", []):
            ctx.webhooks.deliver(number)
        if (seconds := struck("slow")) is not None:
            time.sleep(seconds)
        if struck("respond_500_after_commit") is not None:
            return _plain(500, "Internal server error")
        if (seconds := struck("timeout_after_commit")) is not None:
            time.sleep(seconds)
            return _cut_off(response, 0)
        if struck("truncated_body") is not None:
            return _cut_off(response, len(response.get_data()) // 2)
        return response


def _plain(status: int, message: str) -> Response:
    response = jsonify({"error": {"type": "api_error", "message": message}})
    response.status_code = status
    return response


def _cut_off(response: Response, kept: int) -> Response:
    """
    Announce the whole body, send `kept` bytes of it, and break the connection off.
    """
    body = response.get_data()
    # Werkzeug's server would keep a connection open on which nothing was sent; granian closes it.
    connection: socket.socket | None = request.environ.get("werkzeug.socket")

    def pieces() -> Iterator[bytes]:
        if kept:
            yield body[:kept]
        elif connection is not None:
            connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionBrokenOff

    headers = [(name, value) for name, value in response.headers if name != "Content-Length"]
    return Response(
        pieces(),
        status=response.status_code,
        headers=[*headers, ("Content-Length", str(len(body)))],
    )
