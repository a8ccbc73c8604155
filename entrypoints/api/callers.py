"""
Who is calling: the bearer token of a person's session or of a machine client.
"""

from flask import Request

from domain.shared.errors import NotPermitted


class NotSignedIn(NotPermitted):
    """No token was sent, or it is not good any more."""


def bearer_token(request: Request) -> str | None:
    """The token of the Authorization header, if there is one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
