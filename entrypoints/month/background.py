"""
The platform's own processes in a month: `python -m entrypoints.month.background`.

The API that vendors call and the worker, as they are, but for the clock that they live by.
"""

import sys
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from entrypoints.api.app import create_app
from entrypoints.config import Settings
from entrypoints.container import Container
from entrypoints.logging import configure_logging
from entrypoints.month.shared_clock import SharedClock
from entrypoints.seeding.reactor import Reactor


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: a request line may carry a person's data."""


def clock_of(settings: Settings) -> SharedClock:
    """The clock of everybody who works on these data."""
    return SharedClock(Path(settings.data_dir) / "clock")


def main() -> None:
    """Serve and react until told to stop."""
    settings = Settings.from_environment()
    if settings.is_production:
        sys.exit("No month is played in production.")
    configure_logging("ERROR", process="background")
    clock = clock_of(settings)
    container = Container(settings, clock, clock)
    app = create_app(
        container, public_url=settings.public_api_url, rate_per_minute=settings.api_rate_per_minute
    )
    server = make_server(
        settings.host, settings.api_port, app, threaded=True, request_handler=_Quiet
    )
    # Time leaps: what runs by the clock is called by who moves it.
    with Reactor(container, schedule=()):
        server.serve_forever()


if __name__ == "__main__":
    main()
