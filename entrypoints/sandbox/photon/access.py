"""
Client credentials (RFC 6749, section 4.4) with an audience, as the network's sign-in server asks.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from uuid import uuid4

from flask import request

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox

VENDOR_NAME = "photon"
DEFAULT_CLIENT_ID = "scripted_photon_client"
DEFAULT_CLIENT_SECRET = "scripted_photon_secret"  # noqa: S105 - every sandbox has this one
TOKEN_LIFETIME = timedelta(hours=24)
SCOPES = "read:patient write:patient read:prescription write:prescription read:order write:order"


class TokenRefused(Exception):
    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "error_description": description}


def issue_token(ctx: Sandbox) -> Document:
    """
    Answer a token request, in JSON or as a form.
    """
    given = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    if not isinstance(given, dict):
        raise TokenRefused(400, "invalid_request", "The body is not an object.")
    if given.get("grant_type") != "client_credentials":
        raise TokenRefused(
            403, "unsupported_grant_type", "The grant type must be client_credentials."
        )
    if not given.get("audience"):
        raise TokenRefused(403, "access_denied", "No audience parameter was provided.")
    id_matches = _same(
        given.get("client_id"), ctx.settings.secret("PHOTON_CLIENT_ID", DEFAULT_CLIENT_ID)
    )
    secret_matches = _same(
        given.get("client_secret"),
        ctx.settings.secret("PHOTON_CLIENT_SECRET", DEFAULT_CLIENT_SECRET),
    )
    if not (id_matches and secret_matches):
        raise TokenRefused(401, "access_denied", "Unauthorized")
    token = f"pht_{uuid4().hex}{uuid4().hex}"
    expires_at = ctx.clock.now() + TOKEN_LIFETIME
    ctx.store.put(VENDOR_NAME, "token", token, {"expires_at": expires_at.isoformat()})
    return {
        "access_token": token,
        "scope": SCOPES,
        "expires_in": int(TOKEN_LIFETIME.total_seconds()),
        "token_type": "Bearer",
    }


def is_signed_in(ctx: Sandbox) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    session = ctx.store.get(VENDOR_NAME, "token", token) if scheme == "Bearer" else None
    if session is None:
        return False
    if ctx.faults.take(VENDOR_NAME, "token_expired", path="/graphql", method="POST"):
        ctx.store.delete(VENDOR_NAME, "token", token)
        return False
    return datetime.fromisoformat(session["expires_at"]) > ctx.clock.now()


def _same(given: object, expected: str) -> bool:
    return hmac.compare_digest(str(given).encode(), expected.encode())
