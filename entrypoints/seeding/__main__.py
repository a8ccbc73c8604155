"""
Fill an empty platform with a clinic day: `python -m entrypoints.seeding`.

The sandbox and the API have to run; workers must not, as reactions run in here.
"""

import sys
import time

from entrypoints.config import Settings
from entrypoints.container import Container
from entrypoints.logging import configure_logging
from entrypoints.seeding import cast
from entrypoints.seeding.clinic import Clinic
from entrypoints.seeding.clinic_day import ClinicDay
from entrypoints.seeding.clock import TravellingClock
from entrypoints.seeding.hurry import hurried_vendors
from entrypoints.seeding.reactor import Reactor
from entrypoints.seeding.settling import wait_until_settled


def main() -> None:
    """Fill it, and say what was done."""
    settings = Settings.from_environment()
    if settings.is_production:
        sys.exit("Invented people have no place in production.")
    configure_logging("ERROR", process="seeding")
    clock = TravellingClock()
    container = Container(settings, clock)
    started = time.monotonic()

    def say(what: str) -> None:
        sys.stdout.write(f"[{time.monotonic() - started:5.1f} s] {what}\n")
        sys.stdout.flush()

    day = ClinicDay(
        Clinic(container, cast.PASSWORD), clock, f"{settings.public_portal_url}/paid", say
    )
    try:
        with hurried_vendors(settings), Reactor(container):
            day.play()
            wait_until_settled(container)
    finally:
        container.close()
    say("the clinic is open")


if __name__ == "__main__":
    main()
