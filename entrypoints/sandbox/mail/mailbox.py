"""
The mailbox: pages for people, JSON for tests.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, request

from entrypoints.sandbox.core.overview import html
from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox
from entrypoints.sandbox.mail.inbox import VENDOR_NAME

# What a message says may look like anything, and may do nothing.
_MESSAGE_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    " frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


def blueprint(ctx: Sandbox) -> Blueprint:
    routes = Blueprint("mail", __name__, template_folder="templates", static_folder="static")

    @routes.get("/")
    def mailbox() -> Response:
        to = request.args.get("to", "")
        return html("mail/mailbox.html", messages=_messages(ctx, to), to=to)

    @routes.get("/messages/<id>")
    def message_page(id: str) -> Response:
        page = html("mail/message.html", message=_message(ctx, id))
        page.headers["Content-Security-Policy"] = _PAGE_POLICY
        return page

    @routes.get("/messages/<id>/html")
    def message_html(id: str) -> Response:
        response = Response(_message(ctx, id)["html"], content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = _MESSAGE_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @routes.get("/api/messages")
    def messages() -> Response:
        """
        Newest first; ``to`` keeps those sent to an address.
        """
        return jsonify({"messages": _messages(ctx, request.args.get("to", ""))})

    @routes.get("/api/messages/<id>")
    def message(id: str) -> Response:
        return jsonify(_message(ctx, id))

    @routes.delete("/api/messages")
    def empty() -> Response:
        for each in ctx.store.all(VENDOR_NAME, "message"):
            ctx.store.delete(VENDOR_NAME, "message", each["id"])
        return jsonify({})

    @routes.get("/api/server")
    def server() -> Response:
        """
        Where mail is taken; the port is known only once the server listens.
        """
        return jsonify(ctx.store.get(VENDOR_NAME, "server", "smtp"))

    return routes


def _messages(ctx: Sandbox, to: str) -> list[Document]:
    wanted = to.strip().casefold()
    found = ctx.store.all(VENDOR_NAME, "message")[::-1]
    if not wanted:
        return found
    return [each for each in found if wanted in (one.casefold() for one in each["rcpt_to"])]


def _message(ctx: Sandbox, id: str) -> Document:
    found = ctx.store.get(VENDOR_NAME, "message", id)
    if found is None:
        abort(404)
    return found
