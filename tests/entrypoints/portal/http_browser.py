"""
A browser that speaks HTTP to an ASGI application in this process, and keeps its cookies.
"""

import asyncio
from typing import Any

import httpx
from attrs import define, field
from starlette.types import ASGIApp

ADDRESS = "https://portal.test"


@define
class HttpBrowser:
    """Asks the application without a socket in between."""

    application: ASGIApp
    cookies: httpx.Cookies = field(factory=httpx.Cookies)

    def get(self, path: str, **request: Any) -> httpx.Response:
        """Open an address."""
        return asyncio.run(self._send("GET", path, request))

    def post(self, path: str, **request: Any) -> httpx.Response:
        """Send a form."""
        return asyncio.run(self._send("POST", path, request))

    async def _send(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.application),
            base_url=ADDRESS,
            cookies=self.cookies,
        ) as client:
            answer = await client.request(method, path, **request)
            self.cookies = client.cookies
            return answer
