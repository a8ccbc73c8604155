"""
Play a month on an empty platform: `python -m entrypoints.month`; `scripted demo --month` makes one.

The sandbox and the month's background have to run.
"""

import argparse
import sys
import time

from domain.shared.money import Currency
from entrypoints.config import Settings
from entrypoints.container import Container
from entrypoints.logging import configure_logging
from entrypoints.month.background import clock_of
from entrypoints.month.bank import OperatingAccount
from entrypoints.month.calendar import Calendar
from entrypoints.month.closing import Closing
from entrypoints.month.curtain import Curtain
from entrypoints.month.echoes import Echoes
from entrypoints.month.incidents import Incidents
from entrypoints.month.mishaps import Mishaps
from entrypoints.month.month import Month, Say
from entrypoints.month.night import Night
from entrypoints.month.paydays import Paydays
from entrypoints.month.plan import DAYS, Plan, make_plan
from entrypoints.month.practice import Practice
from entrypoints.month.shared_clock import SharedClock
from entrypoints.seeding import cast
from entrypoints.seeding.clinic import Clinic, StoryStuck
from entrypoints.seeding.clinic_day import ClinicDay
from entrypoints.seeding.settling import wait_until_settled

_CURRENCY = Currency("AUD")
_MISHAP_STRIKES_ONE_IN = 300


def main() -> int:
    """Play it; the exit code is 0 only if everything was as it must be."""
    given = _arguments()
    settings = Settings.from_environment()
    if settings.is_production:
        sys.exit("Invented people have no place in production.")
    configure_logging("ERROR", process="month")
    started = time.monotonic()

    def say(what: str) -> None:
        stamp = f"[{time.monotonic() - started:6.1f} s] " if what and what[0] != " " else ""
        sys.stdout.write(f"{stamp}{what}\n")
        sys.stdout.flush()

    plan = make_plan(
        seed=given.seed, physicians=given.physicians, consultations=given.consultations
    )
    say(f"a month of {plan.physicians} physicians, {plan.patients} patients and "
        f"{len(plan.cases)} consultations, from seed {given.seed}")  # fmt: skip
    clock = clock_of(settings)
    container = Container(settings, clock, clock)
    curtain = Curtain.of(settings)
    try:
        mismatches = _play(container, clock, curtain, plan, say)
    finally:
        curtain.close()
        container.close()
    say(
        "NOT AS IT MUST BE: " + "; ".join(mismatches)
        if mismatches
        else "everything is as it must be"
    )
    return 1 if mismatches else 0


def _play(
    container: Container, clock: SharedClock, curtain: Curtain, plan: Plan, say: Say
) -> list[str]:
    def settle() -> None:
        # Each side may give the other something to do.
        curtain.wait_until_quiet()
        wait_until_settled(container)
        curtain.wait_until_quiet()
        wait_until_settled(container)

    calendar = Calendar(clock, curtain, DAYS, settle)
    account = OperatingAccount(_CURRENCY)
    day = ClinicDay(
        Clinic(container, cast.PASSWORD),
        clock,
        f"{container.settings.public_portal_url}/paid",
        lambda _: None,
    )
    practice = Practice(day.clinic, day)
    paydays = Paydays(practice, curtain, calendar, account)
    month = Month(
        container=container,
        plan=plan,
        practice=practice,
        incidents=Incidents(practice, curtain),
        paydays=paydays,
        echoes=Echoes(curtain, paydays),
        mishaps=Mishaps(curtain, max(1, len(plan.cases) // _MISHAP_STRIKES_ONE_IN)),
        night=Night(day, curtain, calendar, account),
        calendar=calendar,
        account=account,
        say=say,
    )
    try:
        month.play()
    except StoryStuck as stuck:
        return [str(stuck)]
    return Closing(month).draw()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="entrypoints.month", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--physicians", type=int, default=50)
    parser.add_argument("--consultations", type=int, default=2000)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
