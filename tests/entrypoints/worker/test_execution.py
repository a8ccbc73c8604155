"""
Reactions, messages and sweeps as the worker runs them, with everything else in memory.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from attrs import define, evolve, field

from application.consultations.assignment import QueueConsultation
from application.payments.settlement import RefreshPayment, SweepPayments
from application.shared.access import SYSTEM
from application.webhooks.ports import DueWebhook, VerifiedEvent
from application.workflow.ports import DueReaction
from domain.payments.events import PaymentAuthorised
from domain.shared.errors import Conflict, Unavailable
from domain.shared.events import DomainEvent
from domain.shared.ids import ConsultationId, PaymentId
from domain.shared.money import Money
from entrypoints.worker.execution import Execution
from entrypoints.worker.retrying import TRIES_OTHERWISE, TRIES_WHILE_UNAVAILABLE, GivenUp
from tests.fakes.clock import FixedClock

EVENT, WEBHOOK = UUID(int=1), UUID(int=2)
CONSULTATION = ConsultationId(UUID(int=3))
AUTHORISED = PaymentAuthorised(
    payment_id=PaymentId(UUID(int=4)),
    consultation_id=CONSULTATION,
    amount=Money.of(5900, "AUD"),
    occurred_at=FixedClock().now(),
)
QUEUE = "QueueConsultation"


@define(eq=False)
class Log:
    """One reaction or one message, and what was noted of it."""

    event: Any
    vendor: str = "stripe"
    status: str = "pending"
    attempts: int = 0
    error: str | None = None

    def store(self, **_: object) -> None:
        """Kept before the worker is asked."""

    def begin(self, **_: object) -> Any:
        if self.status != "pending":
            return None
        self.attempts += 1
        if isinstance(self.event, DomainEvent):
            return DueReaction(event=self.event, attempt=self.attempts)
        return DueWebhook(vendor=self.vendor, event=self.event, attempt=self.attempts)

    def finish(self, *, now: datetime, **_: object) -> None:
        self.status, self.error = "done", None

    def fail(self, *, error: str, given_up: bool, now: datetime, **_: object) -> None:
        self.status, self.error = "dead" if given_up else "pending", error

    def revive(self, **_: object) -> bool:
        was_dead = self.status == "dead"
        if was_dead:
            self.status, self.attempts = "pending", 0
        return was_dead


@define(eq=False)
class UseCases:
    """Stands for the container: every use case notes its call, or fails."""

    failing: Exception | None = None
    calls: list[tuple[type, dict[str, Any]]] = field(factory=list)

    def resolve(self, kind: type) -> Any:
        def run(**arguments: Any) -> None:
            self.calls.append((kind, arguments))
            if self.failing is not None:
                raise self.failing

        return run


def a_message(kind: str, reference: str | None = "pi_1") -> VerifiedEvent:
    return VerifiedEvent(event_id="evt_1", kind=kind, reference=reference, facts={})


@pytest.fixture
def use_cases() -> UseCases:
    return UseCases()


def running(use_cases: UseCases, log: Log) -> Execution:
    return Execution(use_cases, FixedClock(), log, log)


def until_given_up(run: Callable[[], None]) -> int:
    """How often it is tried before a person is called."""
    for tries in range(1, TRIES_WHILE_UNAVAILABLE + 2):
        try:
            run()
        except GivenUp:
            return tries
        except (Conflict, Unavailable):
            continue
    raise AssertionError("it was never given up")


class TestReact:
    def run(self, use_cases: UseCases, log: Log, name: str = QUEUE) -> None:
        running(use_cases, log).react(event_id=str(EVENT), name=name)

    def test_runs_the_use_case_as_the_system_and_notes_it(self, use_cases: UseCases) -> None:
        log = Log(AUTHORISED)

        self.run(use_cases, log)

        arguments = {"actor": SYSTEM, "consultation_id": CONSULTATION}
        assert use_cases.calls == [(QueueConsultation, arguments)]
        assert (log.status, log.attempts) == ("done", 1)

    def test_does_nothing_once_it_is_done(self, use_cases: UseCases) -> None:
        log = Log(AUTHORISED, status="done")

        self.run(use_cases, log)

        assert use_cases.calls == []

    def test_a_line_that_the_table_has_no_more_is_done(self, use_cases: UseCases) -> None:
        log = Log(AUTHORISED)

        self.run(use_cases, log, name="WasRemoved")

        assert (use_cases.calls, log.status) == ([], "done")

    def test_a_failure_is_noted_and_tried_again(self, use_cases: UseCases) -> None:
        log = Log(AUTHORISED)
        use_cases.failing = Conflict("not now")
        with pytest.raises(Conflict):
            self.run(use_cases, log)
        noted = (log.status, log.error)
        use_cases.failing = None

        self.run(use_cases, log)

        assert noted == ("pending", f"{Conflict('x').code}: not now")
        assert (log.status, log.attempts, log.error) == ("done", 2, None)

    @pytest.mark.parametrize(
        ("failing", "tries"),
        [(Conflict("never"), TRIES_OTHERWISE), (Unavailable("away"), TRIES_WHILE_UNAVAILABLE)],
    )
    def test_is_given_up_in_the_end_and_can_be_revived(
        self, use_cases: UseCases, failing: Exception, tries: int
    ) -> None:
        log = Log(AUTHORISED)
        use_cases.failing = failing

        assert until_given_up(lambda: self.run(use_cases, log)) == tries
        assert log.status == "dead"
        use_cases.failing = None
        assert log.revive()
        self.run(use_cases, log)
        assert (log.status, log.attempts) == ("done", 1)


class TestProcessWebhook:
    def run(self, use_cases: UseCases, log: Log) -> None:
        running(use_cases, log).process_webhook(webhook_id=str(WEBHOOK))

    def test_goes_to_the_use_case_of_its_kind(self, use_cases: UseCases) -> None:
        log = Log(a_message("payment_intent.succeeded"))

        self.run(use_cases, log)

        assert use_cases.calls == [(RefreshPayment, {"actor": SYSTEM, "reference": "pi_1"})]
        assert log.status == "done"

    def test_what_concerns_nobody_is_only_noted(self, use_cases: UseCases) -> None:
        log = Log(a_message("customer.created"))

        self.run(use_cases, log)

        assert (use_cases.calls, log.status) == ([], "done")

    def test_one_that_names_nothing_is_left_to_a_person_at_once(self, use_cases: UseCases) -> None:
        log = Log(a_message("payment_intent.succeeded", reference=None))

        with pytest.raises(GivenUp, match="malformed_webhook"):
            self.run(use_cases, log)

        assert (use_cases.calls, log.status, log.attempts) == ([], "dead", 1)

    def test_one_that_is_not_meant_for_us_is_left_to_a_person_at_once(
        self, use_cases: UseCases
    ) -> None:
        message = a_message("payment_intent.succeeded")
        log = Log(evolve(message, facts={"stray": "environment"}))

        with pytest.raises(GivenUp, match="another environment"):
            self.run(use_cases, log)

        assert (use_cases.calls, log.status, log.attempts) == ([], "dead", 1)

    def test_is_given_up_in_the_end_and_can_be_revived(self, use_cases: UseCases) -> None:
        log = Log(a_message("payment_intent.succeeded"))
        use_cases.failing = Conflict("not ours")

        assert until_given_up(lambda: self.run(use_cases, log)) == TRIES_OTHERWISE
        use_cases.failing = None
        assert log.revive()
        self.run(use_cases, log)

        assert log.status == "done"


class TestSweep:
    def test_runs_as_the_system(self, use_cases: UseCases) -> None:
        running(use_cases, Log(AUTHORISED)).sweep(SweepPayments)

        assert use_cases.calls == [(SweepPayments, {"actor": SYSTEM})]

    def test_a_failure_is_not_swallowed(self, use_cases: UseCases) -> None:
        use_cases.failing = Unavailable("away")

        with pytest.raises(Unavailable):
            running(use_cases, Log(AUTHORISED)).sweep(SweepPayments)
