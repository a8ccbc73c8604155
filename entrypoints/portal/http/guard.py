"""
Keeps foreign pages and unused doors of Reflex away, before Reflex sees the request.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_OPEN_DOORS = ("/_rx/_event", "/_rx/ping", "/_rx/_health")


class Guard:
    """
    Refuses websockets from other origins, and Reflex's uploads and listings altogether.

    Files come in through `/files`, where they are checked; Reflex's own upload route would
    take them from anybody and hand them out to anybody.
    """

    def __init__(self, app: ASGIApp, *, allowed_origins: tuple[str, ...]) -> None:
        self._app = app
        self._allowed_origins = frozenset(allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path.startswith("/_rx") and not path.startswith(_OPEN_DOORS):
            await PlainTextResponse("Not here.", status_code=404)(scope, receive, send)
        elif scope["type"] == "websocket" and not self._is_welcome(Headers(scope=scope)):
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._app(scope, receive, send)

    def _is_welcome(self, headers: Headers) -> bool:
        """A browser always names the origin; a program that names none has no cookie to abuse."""
        origin = headers.get("origin")
        if origin is None or origin in self._allowed_origins:
            return True
        return urlsplit(origin).netloc == headers.get("host")
