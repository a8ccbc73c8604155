"""
The visits of a physician who may not see patients any more.
"""

from attrs import frozen

from application.scheduling.hours import MARGIN
from application.scheduling.ports import SchedulingUnitOfWork
from application.shared.access import Actor, require_system
from application.shared.ports import Clock
from domain.physicians.physician import PhysicianStatus
from domain.scheduling.availability import HORIZON
from domain.shared.ids import PhysicianId, to_wire
from domain.shared.period import Period


@frozen
class FreeAppointmentsOf:
    """
    Give back the coming visits of a suspended physician, so that their patients choose others.

    Each patient hears that the time is gone. Who has paid has another one booked at once, with
    any physician, or has the money back.
    """

    _uow: SchedulingUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, physician_id: PhysicianId) -> int:
        """
        Free them, and say how many; a visit that has begun stays.

        Raises:
            AccessDenied: Not the system.
        """
        require_system(actor)
        now = self._clock.now()
        with self._uow as uow:
            if uow.physicians.read(physician_id).status is PhysicianStatus.ACTIVE:
                return 0
            # Whoever books with this physician right now waits, and then is refused.
            uow.availability.find(physician_id)
            coming = [
                visit
                for visit in uow.appointments.of_physician(
                    physician_id, within=Period(now, now + HORIZON + MARGIN)
                )
                if visit.during.start_at > now
            ]
            for visit in coming:
                visit.lose(now=now)
                uow.appointments.save(visit)
                uow.audit.record(
                    actor=actor,
                    action="appointment.lost",
                    subject=to_wire("appointment", visit.id),
                    patient_id=visit.patient_id,
                    details={"physician": to_wire("physician", physician_id)},
                )
            uow.commit()
        return len(coming)
