"""
Serves the built client: pages without a redirect to a slash, each with its own policy.

A page that was not built ahead, because its address holds an identifier, is answered with
the client's start page, which finds the way in the browser.
"""

import os
from collections.abc import Callable
from pathlib import Path

from reflex.utils.precompressed_staticfiles import PrecompressedStaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from entrypoints.portal.http.headers import page_policy
from entrypoints.portal.security.cookies import FORM_SEAL, read_cookie
from entrypoints.portal.security.form_tokens import new_seal

_FOREVER = "public, max-age=31536000, immutable"
_A_DAY = "public, max-age=86400"
_START_PAGE = "__spa-fallback.html"
_NOT_FOUND = 404


class Client(PrecompressedStaticFiles):
    """The client's files, with caching and policy headers."""

    def __init__(self, *, directory: Path, is_route: Callable[[str], bool], is_https: bool) -> None:
        super().__init__(directory=directory, html=False, encodings=("gzip",), check_dir=False)
        self._root = directory
        self._is_route = is_route
        self._is_https = is_https

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the file, the page, or the start page for an address with identifiers."""
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(status_code=405)
        page = self._page(path)
        if page is None:
            response: Response = await super().get_response(path, scope)
            immutable = path.startswith("assets" + os.sep)
            response.headers["Cache-Control"] = _FOREVER if immutable else _A_DAY
            return response
        response = self.file_response(page, page.stat(), scope, self._status(path))
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Content-Security-Policy"] = page_policy(page)
        self._seal(scope, response)
        return response

    def _page(self, path: str) -> Path | None:
        """The page for an address, or None when a plain file is asked for."""
        if path not in (".", "") and Path(path).suffix and not path.endswith(".html"):
            return None
        built = self._root / path / "index.html"
        if built.resolve().is_relative_to(self._root.resolve()) and built.is_file():
            return built
        start = self._root / _START_PAGE
        return start if start.is_file() else self._root / "404.html"

    def _status(self, path: str) -> int:
        return 200 if self._is_route("/" + ("" if path == "." else path)) else _NOT_FOUND

    def _seal(self, scope: Scope, response: Response) -> None:
        """Give the browser the seal that its forms are checked against."""
        cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
        if not read_cookie(cookies.decode("latin-1"), FORM_SEAL):
            response.set_cookie(
                FORM_SEAL, new_seal(), httponly=True, samesite="lax", secure=self._is_https
            )
