"""
The headers that every answer carries, and the policy that says which scripts may run.

Reflex's pages hold inline scripts; each page's policy names them by their hash, so that
no other inline script runs. Styles are set inline by React, hence `unsafe-inline` there.
"""

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)
_YEAR_SECONDS = 31_536_000

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
}


def content_policy(script_hashes: tuple[str, ...] = ()) -> str:
    """The Content-Security-Policy of a page with these inline scripts."""
    scripts = " ".join(["'self'", *(f"'sha256-{digest}'" for digest in script_hashes)])
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self' ws: wss:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def script_hashes(html: str) -> tuple[str, ...]:
    """The hashes of a page's inline scripts, in order, each once."""
    found = [
        base64.b64encode(hashlib.sha256(match["body"].encode()).digest()).decode()
        for match in _INLINE_SCRIPT.finditer(html)
        if "src=" not in match["attributes"]
    ]
    return tuple(dict.fromkeys(found))


def page_policy(page: Path) -> str:
    """The policy of a built page."""
    return _policy_of(page, page.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _policy_of(page: Path, changed: int) -> str:
    del changed
    return content_policy(script_hashes(page.read_text(encoding="utf-8")))


class SecureHeaders:
    """Adds the fixed headers to every answer, and the strictest policy where none was set."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self._app = app
        self._is_https = is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _FIXED.items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", content_policy())
                headers.setdefault("Cache-Control", "no-store")
                if self._is_https:
                    headers["Strict-Transport-Security"] = (
                        f"max-age={_YEAR_SECONDS}; includeSubDomains"
                    )
            await send(message)

        await self._app(scope, receive, send_with_headers)
