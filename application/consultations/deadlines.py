"""
What time brings about: promises that pass, follow-ups that fall due.
"""

from datetime import datetime

from attrs import frozen

from application.consultations.access import require_its_physician
from application.consultations.ports import ConsultationsUnitOfWork
from application.shared.access import Actor, require_system
from application.shared.ports import Clock, Ids
from application.shared.sweeps import work_through
from domain.consultations.follow_up import FollowUp, FollowUpPlan
from domain.shared.ids import ConsultationId, FollowUpId, to_wire

_BATCH = 100


@frozen
class CheckPromises:
    """
    Notice, once for each, the consultations whose promised time has passed.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """Give how many promises were found broken."""
        require_system(actor)
        now = self._clock.now()
        with self._uow as uow:
            overdue = uow.consultations.with_overdue_promise(now=now, limit=_BATCH)
        return work_through(overdue, lambda each: self._check(each, now))

    def _check(self, consultation_id: ConsultationId, now: datetime) -> None:
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            consultation.check_promise(now=now)
            uow.consultations.save(consultation)
            uow.commit()


@frozen
class ScheduleFollowUp:
    """
    Plan to hear from the patient again.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock
    _ids: Ids

    def __call__(
        self, *, actor: Actor, consultation_id: ConsultationId, plan: FollowUpPlan
    ) -> FollowUpId:
        """
        Plan it.

        Raises:
            FollowUpInThePast: The day has passed.
        """
        with self._uow as uow:
            consultation = uow.consultations.get(consultation_id)
            require_its_physician(actor, consultation)
            follow_up = FollowUp.schedule(
                follow_up_id=FollowUpId(self._ids.new()),
                consultation_id=consultation.id,
                patient_id=consultation.patient_id,
                due_at=plan.due_at,
                instructions=plan.instructions,
                now=self._clock.now(),
            )
            uow.follow_ups.add(follow_up)
            uow.audit.record(
                actor=actor,
                action="consultation.follow_up_planned",
                subject=to_wire("consultation", consultation.id),
                patient_id=consultation.patient_id,
            )
            uow.commit()
        return follow_up.id


@frozen
class RaiseDueFollowUps:
    """
    Say of each follow-up whose time has come that it has.
    """

    _uow: ConsultationsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """Give how many fell due."""
        require_system(actor)
        now = self._clock.now()
        with self._uow as uow:
            due = uow.follow_ups.due(now=now, limit=_BATCH)
        return work_through(due, lambda each: self._raise(each, now))

    def _raise(self, follow_up_id: FollowUpId, now: datetime) -> None:
        with self._uow as uow:
            follow_up = uow.follow_ups.get(follow_up_id)
            follow_up.fall_due(now=now)
            uow.follow_ups.save(follow_up)
            uow.commit()
