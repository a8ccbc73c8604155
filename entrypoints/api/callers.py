"""
Who is calling: the bearer token of a person's session or of a machine client.
"""

from flask import Request


def bearer_token(request: Request) -> str | None:
    """The token of the Authorization header, if there is one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
