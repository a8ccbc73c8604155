"""
Reminding patients of their visits.
"""

from datetime import timedelta

from attrs import frozen

from application.notifications.telling import Notify
from application.scheduling.ports import SchedulingUnitOfWork
from application.shared.access import Actor, require_system
from application.shared.ports import Clock
from application.shared.sweeps import work_through
from domain.scheduling.appointment import Appointment
from domain.shared.ids import to_wire
from domain.shared.period import Period

LEADS = (timedelta(hours=24), timedelta(hours=1))
# A run that is late, such as after a stop, still reminds; one that is very late does not.
_LATE = timedelta(minutes=30)
_BATCH = 2_000


@frozen
class RemindOfAppointments:
    """
    Tell patients a day and an hour before that their visit comes up, by their own clock.

    Whoever booked later than that has just heard of it. A telephone that has to be left in
    peace is not rung hours later, when the visit may be moved or over.
    """

    _uow: SchedulingUnitOfWork
    _notify: Notify
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """
        Remind, each visit once at each time, and say how many are due.

        Raises:
            AccessDenied: Not the system.
        """
        require_system(actor)
        return sum(self._remind(actor, lead) for lead in LEADS)

    def _remind(self, actor: Actor, lead: timedelta) -> int:
        due_at = self._clock.now() + lead
        with self._uow as uow:
            coming = uow.appointments.booked_to_start(Period(due_at - _LATE, due_at), limit=_BATCH)
        return work_through(coming, lambda visit: self._tell(actor, visit, lead))

    def _tell(self, actor: Actor, visit: Appointment, lead: timedelta) -> None:
        start_at = visit.during.start_at.isoformat()
        hours = lead // timedelta(hours=1)
        self._notify(
            actor=actor,
            template="appointment_reminder",
            cause=f"{to_wire('appointment', visit.id)}@{start_at}-{hours}h",
            patient_id=visit.patient_id,
            data={
                "consultation": to_wire("consultation", visit.consultation_id),
                "appointment": to_wire("appointment", visit.id),
                "start_at": start_at,
            },
            only_now=True,
        )
