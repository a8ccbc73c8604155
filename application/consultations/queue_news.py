"""
Telling physicians that somebody waits for them.
"""

from datetime import datetime, timedelta

from attrs import frozen

from application.consultations.ports import ConsultationsUnitOfWork, Duty
from application.consultations.queries import ConsultationQueries, in_force
from application.notifications.ports import NotificationsUnitOfWork, RecipientUnknown
from application.notifications.telling import Notify
from application.shared.access import Actor, require_system
from application.shared.ports import Clock
from application.shared.sweeps import work_through
from domain.physicians.physician import Physician
from domain.shared.ids import PhysicianId, to_wire

TEMPLATE = "queue_waiting"
AT_MOST_EVERY = timedelta(hours=1)
# Whoever looks at the queue takes it within this; only what is left is written about.
_LEFT_ALONE = timedelta(minutes=2)
_FIRST_LOOK_BACK = timedelta(hours=24)
_MOST_COUNTED = 100


@frozen
class TellOfQueue:
    """
    Tell physicians on duty how many new consultations they may take; once an hour at most.

    A number and a link: nothing of a patient leaves the platform.
    """

    _duty: Duty
    _queries: ConsultationQueries
    _physicians: ConsultationsUnitOfWork
    _told: NotificationsUnitOfWork
    _notify: Notify
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """
        Tell them, and say how many physicians are on duty.

        Raises:
            AccessDenied: Not the system.
        """
        require_system(actor)
        now = self._clock.now()
        return work_through(
            self._duty.on_duty(now=now), lambda physician_id: self._tell(actor, physician_id, now)
        )

    def _tell(self, actor: Actor, physician_id: PhysicianId, now: datetime) -> None:
        told_at = self._told_at(physician_id)
        if told_at is not None and now - told_at < AT_MOST_EVERY:
            return
        with self._physicians as uow:
            physician = uow.physicians.read(physician_id)
        since = told_at or now - _FIRST_LOOK_BACK
        count = self._new_for(physician, since=since, now=now)
        if count:
            self._notify(
                actor=actor,
                template=TEMPLATE,
                cause=f"{to_wire('physician', physician_id)}@{now.isoformat(timespec='minutes')}",
                physician_id=physician_id,
                data={"count": str(count)},
            )

    def _told_at(self, physician_id: PhysicianId) -> datetime | None:
        with self._told as uow:
            try:
                contact = uow.address_book.of_physician(physician_id)
            except RecipientUnknown:
                return None
            return uow.notifications.last_queued_at(contact.user_id, template=TEMPLATE)

    def _new_for(self, physician: Physician, *, since: datetime, now: datetime) -> int:
        page = self._queries.queue(
            jurisdictions=in_force(physician, now),
            specialties=sorted(physician.specialties),
            now=now,
            limit=_MOST_COUNTED,
            cursor=None,
        )
        # What was left alone for too short a time then is new now.
        return sum(
            since - _LEFT_ALONE < one.waiting_since <= now - _LEFT_ALONE for one in page.items
        )
