"""
Starting identity checks and recording what the vendor found.
"""

from datetime import timedelta
from uuid import UUID

import pytest

from application.physicians.identification import (
    RecordIdentityCheck,
    StartIdentityCheck,
    SweepIdentityChecks,
)
from application.physicians.ports import IdentityChecksUnavailable, StartedIdentityCheck
from application.shared.access import SYSTEM, AccessDenied, Actor, ActorKind, Role
from domain.physicians.events import (
    IdentityCheckFailed,
    IdentityCheckStarted,
    IdentityVerified,
)
from domain.physicians.identity_check import (
    IdentityAlreadyVerified,
    IdentityCheckStatus,
    IdentityCheckUnknown,
)
from domain.shared.ids import PhysicianId, UserId
from tests.builders.physicians import PHYSICIAN, PHYSICIAN_USER, an_applicant
from tests.fakes.clock import FixedClock
from tests.fakes.physicians import InMemoryIdentityChecks
from tests.fakes.unit_of_work import FakeUnitOfWork

OTHER = PhysicianId(UUID(int=98))
SELF = Actor(user_id=PHYSICIAN_USER, roles=frozenset({Role.PHYSICIAN}), physician_id=PHYSICIAN)


@pytest.fixture
def start(
    uow: FakeUnitOfWork, checks: InMemoryIdentityChecks, clock: FixedClock
) -> StartIdentityCheck:
    return StartIdentityCheck(uow, checks, clock)


@pytest.fixture
def record(
    uow: FakeUnitOfWork, checks: InMemoryIdentityChecks, clock: FixedClock
) -> RecordIdentityCheck:
    return RecordIdentityCheck(uow, checks, clock)


def begin(start: StartIdentityCheck) -> StartedIdentityCheck:
    return start(actor=SELF, physician_id=PHYSICIAN, return_url="https://portal.test/back")


class TestStartIdentityCheck:
    def test_sends_the_physician_to_the_vendor(
        self, uow: FakeUnitOfWork, start: StartIdentityCheck
    ) -> None:
        started = begin(start)

        (event,) = uow.events_of(IdentityCheckStarted)
        assert event.reference == started.reference
        assert started.url is not None

    def test_goes_on_with_the_open_check(
        self, uow: FakeUnitOfWork, start: StartIdentityCheck
    ) -> None:
        assert begin(start).reference == begin(start).reference
        assert len(uow.events_of(IdentityCheckStarted)) == 1

    def test_can_be_tried_again_when_the_vendor_did_not_answer(
        self, uow: FakeUnitOfWork, checks: InMemoryIdentityChecks, start: StartIdentityCheck
    ) -> None:
        checks.silent = True
        with pytest.raises(IdentityChecksUnavailable):
            begin(start)
        checks.silent = False

        begin(start)

        identity = uow.physicians.read(PHYSICIAN).identity
        assert identity is not None
        assert identity.attempt == 1

    def test_begins_another_attempt_after_a_failure(
        self,
        checks: InMemoryIdentityChecks,
        start: StartIdentityCheck,
        record: RecordIdentityCheck,
    ) -> None:
        first = begin(start).reference
        checks.conclude(first, IdentityCheckStatus.FAILED, failure="document_expired")
        record(actor=SYSTEM, reference=first)

        assert begin(start).reference != first

    @pytest.mark.parametrize(
        "actor",
        [
            SYSTEM,
            Actor(roles=frozenset({Role.OPERATIONS})),
            Actor(kind=ActorKind.MACHINE, physician_id=PHYSICIAN),
            Actor(physician_id=PhysicianId(UUID(int=99))),
        ],
    )
    def test_is_for_the_physician_in_person(self, start: StartIdentityCheck, actor: Actor) -> None:
        with pytest.raises(AccessDenied):
            start(actor=actor, physician_id=PHYSICIAN, return_url="https://portal.test/back")


class TestRecordIdentityCheck:
    def test_takes_over_what_the_vendor_says_and_keeps_no_name(
        self,
        uow: FakeUnitOfWork,
        checks: InMemoryIdentityChecks,
        start: StartIdentityCheck,
        record: RecordIdentityCheck,
    ) -> None:
        reference = begin(start).reference
        checks.conclude(
            reference,
            IdentityCheckStatus.VERIFIED,
            given="AMELIA",
            family="MOREAU",
            checked_fields=frozenset({"first_name", "last_name", "dob"}),
        )

        record(actor=SYSTEM, reference=reference)
        record(actor=SYSTEM, reference=reference)

        assert len(uow.events_of(IdentityVerified)) == 1
        identity = uow.physicians.read(PHYSICIAN).identity
        assert identity is not None
        assert identity.status is IdentityCheckStatus.VERIFIED
        assert identity.checked_fields == {"first_name", "last_name", "dob"}
        assert "AMELIA" not in repr(identity)
        with pytest.raises(IdentityAlreadyVerified):
            begin(start)

    def test_fails_on_somebody_elses_document(
        self,
        uow: FakeUnitOfWork,
        checks: InMemoryIdentityChecks,
        start: StartIdentityCheck,
        record: RecordIdentityCheck,
    ) -> None:
        reference = begin(start).reference
        checks.conclude(reference, IdentityCheckStatus.VERIFIED, given="Jenny", family="Rosen")

        record(actor=SELF, reference=reference)

        (event,) = uow.events_of(IdentityCheckFailed)
        assert event.failure == "name_differs"

    def test_knows_only_references_of_ours(self, record: RecordIdentityCheck) -> None:
        with pytest.raises(IdentityCheckUnknown):
            record(actor=SYSTEM, reference="vs_unknown")

    def test_changes_nothing_while_the_vendor_is_silent(
        self,
        uow: FakeUnitOfWork,
        checks: InMemoryIdentityChecks,
        start: StartIdentityCheck,
        record: RecordIdentityCheck,
    ) -> None:
        reference = begin(start).reference
        commits = uow.commits
        checks.silent = True

        with pytest.raises(IdentityChecksUnavailable):
            record(actor=SYSTEM, reference=reference)

        assert uow.commits == commits

    def test_is_not_for_other_physicians(
        self, start: StartIdentityCheck, record: RecordIdentityCheck
    ) -> None:
        reference = begin(start).reference

        with pytest.raises(AccessDenied):
            record(actor=Actor(physician_id=PhysicianId(UUID(int=99))), reference=reference)


class TestSweepIdentityChecks:
    def test_finds_out_what_no_word_came_of(
        self,
        uow: FakeUnitOfWork,
        checks: InMemoryIdentityChecks,
        clock: FixedClock,
        start: StartIdentityCheck,
        record: RecordIdentityCheck,
    ) -> None:
        sweep = SweepIdentityChecks(uow, record, clock)
        checks.conclude(begin(start).reference, IdentityCheckStatus.VERIFIED)

        assert sweep(actor=SYSTEM) == 0
        clock.pass_by(timedelta(minutes=6))
        assert sweep(actor=SYSTEM) == 1
        assert sweep(actor=SYSTEM) == 0

        assert len(uow.events_of(IdentityVerified)) == 1

    def test_one_that_the_vendor_does_not_know_stops_no_other(
        self,
        uow: FakeUnitOfWork,
        checks: InMemoryIdentityChecks,
        clock: FixedClock,
        start: StartIdentityCheck,
        record: RecordIdentityCheck,
    ) -> None:
        with uow:
            uow.physicians.add(an_applicant(physician_id=OTHER, user_id=UserId(OTHER)))
            uow.commit()
        lost = begin(start).reference
        other = Actor(user_id=UserId(OTHER), physician_id=OTHER)
        found = start(actor=other, physician_id=OTHER, return_url="https://portal.test/back")
        checks.conclude(found.reference, IdentityCheckStatus.VERIFIED)
        del checks.findings[lost]
        clock.pass_by(timedelta(minutes=6))

        with pytest.raises(IdentityCheckUnknown):
            SweepIdentityChecks(uow, record, clock)(actor=SYSTEM)

        assert [each.physician_id for each in uow.events_of(IdentityVerified)] == [OTHER]

    def test_is_for_the_system(
        self, uow: FakeUnitOfWork, clock: FixedClock, record: RecordIdentityCheck
    ) -> None:
        with pytest.raises(AccessDenied):
            SweepIdentityChecks(uow, record, clock)(actor=SELF)
