"""
The API process: Granian serving the Flask application.
"""

from granian import Granian
from granian.constants import Interfaces

from entrypoints.config import Settings


def run() -> None:
    """Serve until told to stop."""
    settings = Settings.from_environment()
    Granian(
        "entrypoints.api.process:build",
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
