"""
The messages API (2010-04-01), and an outbox for people.
"""

from __future__ import annotations

import hmac
import re
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, jsonify, request

from entrypoints.sandbox.core.overview import html
from entrypoints.sandbox.core.vendor import Sandbox
from entrypoints.sandbox.twilio.messages import (
    API_VERSION,
    VENDOR_NAME,
    Messages,
    account_sid,
    render,
)

DEFAULT_AUTH_TOKEN = "scripted_twilio_token"  # noqa: S105 - every sandbox has this one
_PHONE = re.compile(r"\+[1-9]\d{7,14}")
_SENDER = re.compile(r"\+[1-9]\d{4,14}|MG[0-9a-f]{32}|[A-Za-z0-9 ]{1,11}|\d{5,6}")
_LONGEST_BODY = 1600
_LARGEST_PAGE = 1000


class ApiError(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {
            "code": code,
            "message": message,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }


def blueprint(ctx: Sandbox) -> Blueprint:
    routes = Blueprint("twilio", __name__, template_folder="templates")
    messages = Messages(ctx)

    @routes.errorhandler(ApiError)
    def refused(error: ApiError) -> tuple[Response, int]:
        return jsonify(error.body), error.status

    base = f"/{API_VERSION}/Accounts/<account>/Messages"

    @routes.post(f"{base}.json")
    def create(account: str) -> tuple[Response, int]:
        _sign_in(ctx, account)
        to, sender = _recipient(ctx), _sender()
        body = request.form.get("Body", "")
        if not body:
            raise ApiError(400, 21602, "Message body is required.")
        if len(body) > _LONGEST_BODY:
            raise ApiError(400, 21617, "The message body exceeds the 1600 character limit.")
        message = messages.send(to=to, sender=sender, body=body, callback=_callback())
        return jsonify(render(ctx, message)), 201

    @routes.get(f"{base}.json")
    def every(account: str) -> Response:
        _sign_in(ctx, account)
        return jsonify(_page(ctx, messages))

    @routes.get(f"{base}/<sid>.json")
    def one(account: str, sid: str) -> Response:
        _sign_in(ctx, account)
        return jsonify(render(ctx, _known(messages, sid)))

    @routes.post(f"{base}/<sid>.json")
    def update(account: str, sid: str) -> Response:
        _sign_in(ctx, account)
        _known(messages, sid)
        if request.form.get("Body") == "":
            messages.redact(sid)
        return jsonify(render(ctx, _known(messages, sid)))

    @routes.delete(f"{base}/<sid>.json")
    def delete(account: str, sid: str) -> tuple[str, int]:
        _sign_in(ctx, account)
        _known(messages, sid)
        messages.delete(sid)
        return "", 204

    @routes.get("/outbox")
    def outbox() -> Response:
        return html("twilio/outbox.html", messages=messages.all())

    @routes.get("/api/outbox")
    def outbox_list() -> Response:
        """
        Every message, newest first; ``to`` narrows it down.
        """
        to = request.args.get("to")
        found = messages.all(to=to) if to else messages.all()
        return jsonify({"messages": [render(ctx, each) for each in found]})

    return routes


def _sign_in(ctx: Sandbox, account: str) -> None:
    given = request.authorization
    name = (given.username or "") if given else ""
    password = (given.password or "") if given else ""
    token = ctx.settings.secret("TWILIO_AUTH_TOKEN", DEFAULT_AUTH_TOKEN)
    path = "/" + request.path.split("/", 2)[-1]
    expired = ctx.faults.take(VENDOR_NAME, "token_expired", path=path, method=request.method)
    if (
        expired
        or account != account_sid(ctx)
        or name != account
        or not hmac.compare_digest(password.encode(), token.encode())
    ):
        raise ApiError(401, 20003, "Authenticate")


def _recipient(ctx: Sandbox) -> str:
    to = request.form.get("To", "")
    if not to:
        raise ApiError(400, 21604, "A 'To' phone number is required.")
    if not _PHONE.fullmatch(to):
        raise ApiError(400, 21211, "Invalid 'To' Phone Number")
    if ctx.store.get(VENDOR_NAME, "unsubscribed", to):
        raise ApiError(400, 21610, "Attempt to send to unsubscribed recipient")
    return to


def _sender() -> str:
    sender = request.form.get("From") or request.form.get("MessagingServiceSid") or ""
    if not sender:
        raise ApiError(400, 21603, "A 'From' phone number is required.")
    if not _SENDER.fullmatch(sender):
        raise ApiError(400, 21212, "Invalid 'From' Phone Number")
    return sender


def _callback() -> str | None:
    address = request.form.get("StatusCallback")
    if address and urlsplit(address).scheme not in {"http", "https"}:
        raise ApiError(400, 21609, "The 'StatusCallback' URL is not valid.")
    return address or None


def _known(messages: Messages, sid: str) -> dict[str, object]:
    found = messages.get(sid)
    if found is None:
        raise ApiError(404, 20404, f"The requested resource {request.path} was not found")
    return found


def _page(ctx: Sandbox, messages: Messages) -> dict[str, object]:
    wanted = {
        field: request.args[name]
        for name, field in (("To", "to"), ("From", "sender"))
        if request.args.get(name)
    }
    found = messages.all(**wanted)
    size = min(int(request.args.get("PageSize", 50)), _LARGEST_PAGE)
    number = int(request.args.get("Page", 0))
    path = f"/{API_VERSION}/Accounts/{account_sid(ctx)}/Messages.json"

    def address(page: int) -> str:
        asked = {**request.args.to_dict(), "PageSize": str(size), "Page": str(page)}
        return f"{path}?{urlencode(asked)}"

    start = number * size
    return {
        "messages": [render(ctx, each) for each in found[start : start + size]],
        "page": number,
        "page_size": size,
        "start": start,
        "end": max(start, min(start + size, len(found)) - 1),
        "uri": address(number),
        "first_page_uri": address(0),
        "previous_page_uri": address(number - 1) if number > 0 else None,
        "next_page_uri": address(number + 1) if start + size < len(found) else None,
    }
