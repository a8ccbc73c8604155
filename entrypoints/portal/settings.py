"""
What the portal needs to know about where it runs, read once from the environment.
"""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from attrs import frozen

PROJECT = Path(__file__).resolve().parents[2]
_THIS_MACHINE = ("127.0.0.1", "localhost")


@frozen(kw_only=True)
class PortalSettings:
    """
    Host, port, the address people type, and where the built client lies.

    `public_url` is empty when the portal is reached by the address it listens on.
    """

    host: str = "127.0.0.1"
    port: int = 8700
    public_url: str = ""
    redis_url: str = ""
    workers: int = 1
    client_directory: Path = PROJECT / ".scripted" / "portal-dist"
    log_level: str = "warning"

    @property
    def address(self) -> str:
        """The address people use, without a trailing slash."""
        return self.public_url.rstrip("/") or f"http://{_THIS_MACHINE[0]}:{self.port}"

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the portal over TLS, so that cookies must be `Secure`."""
        return urlsplit(self.address).scheme == "https"

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """The origins whose pages may open the websocket."""
        named = urlsplit(self.address)
        if named.hostname not in _THIS_MACHINE:
            return (self.address,)
        return tuple(f"{named.scheme}://{name}:{named.port}" for name in _THIS_MACHINE)


def read_settings(environment: Mapping[str, str]) -> PortalSettings:
    """
    Read the settings from environment variables.

    More than one worker needs Redis, since a browser's events may meet any of them.
    """
    redis_url = environment.get("REDIS_URL", "")
    workers = int(environment.get("SCRIPTED_PORTAL_WORKERS", "1")) if redis_url else 1
    directory = environment.get("SCRIPTED_PORTAL_DIST", "")
    return PortalSettings(
        host=environment.get("SCRIPTED_PORTAL_HOST")
        or environment.get("SCRIPTED_HOST", "127.0.0.1"),
        port=int(environment.get("SCRIPTED_PORTAL_PORT", "8700")),
        public_url=environment.get("SCRIPTED_PUBLIC_PORTAL_URL", ""),
        redis_url=redis_url,
        workers=workers,
        client_directory=Path(directory) if directory else PROJECT / ".scripted" / "portal-dist",
        log_level=environment.get("SCRIPTED_LOG_LEVEL", "warning").lower(),
    )


@cache
def portal_settings() -> PortalSettings:
    """The settings of this process."""
    return read_settings(os.environ)
