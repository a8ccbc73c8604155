"""
The API process: Granian serving the Flask application.
"""

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from entrypoints.api.app import create_app
from entrypoints.config import Settings
from entrypoints.container import Container
from entrypoints.logging import configure_logging


def build() -> Flask:
    """Made anew in each of Granian's worker processes."""
    settings = Settings.from_environment()
    configure_logging(settings.log_level, process="api")
    return create_app(
        Container(settings),
        public_url=settings.public_api_url,
        rate_per_minute=settings.api_rate_per_minute,
    )


def run() -> None:
    """Serve until told to stop."""
    settings = Settings.from_environment()
    Granian(
        "entrypoints.api.main:build",
        address=settings.host,
        port=settings.api_port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=settings.api_workers,
        blocking_threads=4,
        respawn_failed_workers=True,
        log_access=False,
    ).serve()


if __name__ == "__main__":
    run()
