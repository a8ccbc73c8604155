"""
Proof that a form was shown by us, in this browser.

A random seal lies in an HttpOnly cookie; the form carries a keyed digest of it, which
only the websocket of the same origin hands out. A page of another site can neither read
the seal nor make the digest (OWASP: signed double-submit cookie).
"""

import hashlib
import hmac
import os
import secrets

_KEY_LENGTH = 32


def _key() -> bytes:
    # Several processes may serve one portal; a key given to all of them holds across them.
    given = os.environ.get("SCRIPTED_SESSION_KEY", "")
    return hashlib.sha256(given.encode()).digest() if given else secrets.token_bytes(_KEY_LENGTH)


_FORM_KEY = _key()


def new_seal() -> str:
    """A fresh value for the seal cookie."""
    return secrets.token_urlsafe(_KEY_LENGTH)


def token_for(seal: str) -> str:
    """What a form in the browser that holds this seal must carry; empty without a seal."""
    if not seal:
        return ""
    return hmac.new(_FORM_KEY, seal.encode(), hashlib.sha256).hexdigest()


def is_genuine(*, seal: str, token: str) -> bool:
    """Whether the token was made for this seal."""
    return bool(seal) and hmac.compare_digest(token_for(seal), token)


def mark_of(token: str, words: str) -> str:
    """Proof that we wrote these words, for the browser whose forms carry this token."""
    return hmac.new(_FORM_KEY, f"{token} {words}".encode(), hashlib.sha256).hexdigest()
