"""
A person brings a reaction back that was given up.
"""

from uuid import UUID

import pytest
from attrs import define, field

from application.shared.access import SYSTEM, AccessDenied, Actor, Role
from application.workflow.repair import RetryReaction
from tests.fakes.unit_of_work import FakeUnitOfWork

_EVENT = UUID(int=5)
_OPERATOR = Actor(roles=frozenset({Role.OPERATIONS}))


@define
class OneDeadReaction:
    """A log in which one reaction was given up."""

    dead: set[tuple[UUID, str]] = field(factory=lambda: {(_EVENT, "NotifyPatient")})

    def revive(self, *, event_id: UUID, name: str) -> bool:
        known = (event_id, name) in self.dead
        self.dead.discard((event_id, name))
        return known


def retry(log: OneDeadReaction, uow: FakeUnitOfWork) -> RetryReaction:
    return RetryReaction(log, uow)  # type: ignore[arg-type]


def test_queues_it_again_and_notes_who_did() -> None:
    log, uow = OneDeadReaction(), FakeUnitOfWork()

    assert retry(log, uow)(actor=_OPERATOR, event_id=_EVENT, name="NotifyPatient")
    assert [record.action for record in uow.audit.records] == ["reaction.retried"]


def test_a_second_time_does_nothing() -> None:
    log, uow = OneDeadReaction(), FakeUnitOfWork()
    retry(log, uow)(actor=_OPERATOR, event_id=_EVENT, name="NotifyPatient")

    assert not retry(log, uow)(actor=_OPERATOR, event_id=_EVENT, name="NotifyPatient")
    assert len(uow.audit.records) == 1


@pytest.mark.parametrize("actor", [SYSTEM, Actor(roles=frozenset({Role.PHYSICIAN}))])
def test_is_for_operations_in_person(actor: Actor) -> None:
    with pytest.raises(AccessDenied):
        retry(OneDeadReaction(), FakeUnitOfWork())(
            actor=actor, event_id=_EVENT, name="NotifyPatient"
        )
