"""
Signing in, and on whose behalf a request is made.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from uuid import uuid4

from flask import request

from entrypoints.sandbox.airwallex.wallets import PLATFORM_ACCOUNT
from entrypoints.sandbox.airwallex.wire import VENDOR_NAME, ApiError, timestamp
from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox

TOKEN_LIFETIME = timedelta(minutes=30)
DEFAULT_CLIENT_ID = "scripted_sandbox_client"
DEFAULT_API_KEY = "scripted_sandbox_key"


def log_in(ctx: Sandbox) -> Document:
    """
    Exchange ``x-client-id`` and ``x-api-key`` for a bearer token of thirty minutes.
    """
    given_id = request.headers.get("x-client-id", "")
    given_key = request.headers.get("x-api-key", "")
    client_id = ctx.settings.secret("AIRWALLEX_CLIENT_ID", DEFAULT_CLIENT_ID)
    api_key = ctx.settings.secret("AIRWALLEX_API_KEY", DEFAULT_API_KEY)
    if not (
        hmac.compare_digest(given_id.encode(), client_id.encode())
        and hmac.compare_digest(given_key.encode(), api_key.encode())
    ):
        raise ApiError(401, "credentials_invalid", "UNAUTHORIZED")
    login_as = request.headers.get("x-login-as")
    account_id = _known_account(ctx, login_as) if login_as else PLATFORM_ACCOUNT
    expires_at = ctx.clock.now() + TOKEN_LIFETIME
    token = f"awx_{uuid4().hex}{uuid4().hex}"
    ctx.store.put(
        VENDOR_NAME,
        "token",
        token,
        {"account_id": account_id, "expires_at": expires_at.isoformat()},
    )
    return {"token": token, "expires_at": timestamp(expires_at)}


def acting_account(ctx: Sandbox) -> str:
    """
    The account that the request acts for.

    Raises:
        ApiError: 401 without a token that is valid now, 403 for an account that is not ours.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    session = ctx.store.get(VENDOR_NAME, "token", token) if scheme == "Bearer" else None
    if session is None:
        raise ApiError(401, "unauthorized", "Access denied, authentication failed.")
    expired = datetime.fromisoformat(session["expires_at"]) <= ctx.clock.now()
    path = "/" + request.path.split("/", 2)[-1]
    if ctx.faults.take(VENDOR_NAME, "token_expired", path=path, method=request.method):
        ctx.store.delete(VENDOR_NAME, "token", token)
        expired = True
    if expired:
        raise ApiError(401, "credentials_expired", "The token has expired.")
    on_behalf_of = request.headers.get("x-on-behalf-of")
    return _known_account(ctx, on_behalf_of) if on_behalf_of else str(session["account_id"])


def _known_account(ctx: Sandbox, account_id: str) -> str:
    if account_id != PLATFORM_ACCOUNT and not ctx.store.get(VENDOR_NAME, "account", account_id):
        raise ApiError(403, "unauthorized", f"No permission to act for {account_id}.")
    return account_id
