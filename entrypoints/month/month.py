"""
The month, day by day: people come, vendors fail, money moves, and every night the books are compared.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from attrs import define, field

from entrypoints.container import Container
from entrypoints.month.bank import OperatingAccount
from entrypoints.month.calendar import Calendar
from entrypoints.month.echoes import Echoes
from entrypoints.month.incidents import Incidents
from entrypoints.month.mishaps import Hour, Mishaps
from entrypoints.month.night import DAYS_OF_A_PERIOD, Night, told
from entrypoints.month.paydays import Paydays
from entrypoints.month.plan import DAYS, FUNDING_IS_LOST_ON, PAYDAYS, Case, Plan
from entrypoints.month.practice import Practice

Say = Callable[[str], None]


@define(eq=False)
class Stopwatch:
    """How long each part of the work took, all days together."""

    seconds: dict[str, float] = field(factory=lambda: defaultdict(float), init=False)

    @contextmanager
    def on(self, what: str) -> Iterator[None]:
        """Count the time inside to this."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[what] += time.monotonic() - started


@define(eq=False, kw_only=True)
class Month:
    """Plays a plan on an empty platform."""

    container: Container
    plan: Plan
    practice: Practice
    incidents: Incidents
    paydays: Paydays
    echoes: Echoes
    mishaps: Mishaps
    night: Night
    calendar: Calendar
    account: OperatingAccount
    say: Say
    watch: Stopwatch = field(factory=Stopwatch, init=False)
    mismatches: list[str] = field(factory=list, init=False)

    def play(self) -> None:
        """From the first morning to the last night."""
        self._open()
        for day in range(1, DAYS + 1):
            self._live_through(day)
        self.calendar.come_back()

    def _open(self) -> None:
        self.calendar.go_to(0, 6)
        with self.watch.on("physicians join"):
            self.practice.day.open_the_house()
            with self._going_wrong(Hour.JOINING):
                self.practice.hire(self.plan.physicians)
        self.say(f"{self.plan.physicians} physicians joined")
        self.calendar.go_to(1, 1)
        self.night.settle_at_the_processor()
        self.paydays.pay_in_capital()

    @contextmanager
    def _going_wrong(self, hour: Hour) -> Iterator[None]:
        self.mishaps.begin(hour)
        yield
        self.calendar.settle()
        self.mishaps.end()

    def _live_through(self, day: int) -> None:
        cases = self.plan.cases_on(day)
        if cases:
            self._practise(day, cases)
        errands = self.plan.errands_on(day)
        if errands:
            with self.watch.on("refunds and disputes"):
                self.calendar.go_to(day, 15)
                with self._going_wrong(Hour.AFTERWARDS):
                    for errand in errands:
                        self.incidents.run(errand)
        if day in PAYDAYS:
            self._pay_out(day)
        with self.watch.on("what runs by the clock"):
            self.calendar.go_to(day + 1, 2)
            self.night.run_what_is_due()
            self.calendar.settle()
        self._compare(day, cases=len(cases), errands=len(errands))

    def _practise(self, day: int, cases: Sequence[Case]) -> None:
        with self.watch.on("patients register"):
            self.calendar.go_to(day, 8)
            self.practice.welcome(cases)
            self.calendar.settle()
        with self.watch.on("patients ask and pay"), self._going_wrong(Hour.ASKING):
            self.practice.ask(cases)
        with self.watch.on("physicians take"):
            self.calendar.go_to(day, 10)
            self.night.ask_about_payments()
            with self._going_wrong(Hour.TAKING):
                self.practice.take(cases)
        with self.watch.on("physicians treat"):
            self.calendar.go_to(day, 12)
            self.night.ask_about_payments()
            with self._going_wrong(Hour.TREATING):
                self.practice.treat(cases)

    def _pay_out(self, day: int) -> None:
        with self.watch.on("payouts"):
            self.calendar.go_to(day, 17)
            self.night.run_what_is_due()
            self.paydays.end_reviews()
            self.paydays.fund(day)
            if day == FUNDING_IS_LOST_ON:
                self.paydays.lose_a_funding(day)
            self.calendar.settle()
            self.paydays.review_some()
            with self._going_wrong(Hour.PAYING):
                self.paydays.withdraw()
            self.paydays.decide()
            self.echoes.sound()
            self.calendar.settle()

    def _compare(self, day: int, *, cases: int, errands: int) -> None:
        with self.watch.on("reconciliation"):
            brought = self.night.reconcile(day)
            if day % DAYS_OF_A_PERIOD == 0:
                self.night.close_period(day - DAYS_OF_A_PERIOD + 1, day)
        self.say(
            f"day {day:2} {self.calendar.day(day)}: {cases} consultations, {errands} afterwards, "
            f"{brought.settled} settlements; matched {brought.compared.matched}, "
            f"repaired {brought.repaired}, breaks: {told(brought.standing)}"
        )
