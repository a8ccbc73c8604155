"""
Serve the portal: Reflex, the built client, sign-in and health in one process, on one port.

The client must have been built (`entrypoints.portal.build`); no Node is needed here.
"""

import os
import sys

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from entrypoints.portal.settings import PROJECT, portal_settings


class ClientNotBuilt(RuntimeError):
    """There is no client to serve."""


def prepare() -> None:
    """
    Put this process where Reflex expects it to be, before anything of Reflex is loaded.
    """
    os.chdir(PROJECT)
    if str(PROJECT) not in sys.path:
        sys.path.insert(0, str(PROJECT))
    os.environ.setdefault("REFLEX_ENV_MODE", "prod")
    os.environ.setdefault("__REFLEX_SKIP_COMPILE", "true")  # Reflex names its inner ones so
    os.environ.setdefault("REFLEX_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "false")


def run() -> None:
    """
    Serve until told to stop.

    Raises:
        ClientNotBuilt: Build the client first.
    """
    settings = portal_settings()
    if not (settings.client_directory / "index.html").is_file():
        raise ClientNotBuilt("Build the portal's client first: python -m entrypoints.portal.build")
    prepare()
    server = Server(
        target="entrypoints.portal.app:app",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        log_level=LogLevels(settings.log_level),
    )
    server.serve()


if __name__ == "__main__":
    run()
