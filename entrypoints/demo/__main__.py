"""
Tell the story on an empty platform: `python -m entrypoints.demo`; `scripted demo` makes one.
"""

import sys
import time

from entrypoints.config import Settings
from entrypoints.container import Container
from entrypoints.demo.story import Story, verdict
from entrypoints.logging import configure_logging
from entrypoints.seeding import cast
from entrypoints.seeding.clinic import Clinic, StoryStuck
from entrypoints.seeding.clinic_day import ClinicDay
from entrypoints.seeding.clock import TravellingClock


def main() -> int:
    """Play it; the exit code is 0 only if everything was as it must be."""
    settings = Settings.from_environment()
    if settings.is_production:
        sys.exit("Invented people have no place in production.")
    configure_logging("ERROR", process="demo")
    container = Container(settings)
    started = time.monotonic()

    def say(what: str) -> None:
        stamp = f"[{time.monotonic() - started:5.1f} s] " if what and what[0] != " " else ""
        sys.stdout.write(f"{stamp}{what}\n")
        sys.stdout.flush()

    clinic = Clinic(container, cast.PASSWORD)
    day = ClinicDay(clinic, TravellingClock(), f"{settings.public_portal_url}/paid", say)
    story = Story(clinic, day, say)
    try:
        story.play()
    except StoryStuck as stuck:
        story.mismatches.append(str(stuck))
    finally:
        container.close()
    say(verdict(story.mismatches))
    return 1 if story.mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
