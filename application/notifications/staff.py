"""
Reminding of what has a time limit.
"""

from datetime import datetime

from attrs import frozen

from application.notifications.ports import NotificationsUnitOfWork
from application.notifications.telling import Notify
from application.shared.access import Actor, Role, require_system
from domain.shared.ids import DisputeId, UserId, to_wire


@frozen
class RemindOfDispute:
    """
    Remind the owner of a dispute of its time limit, and others when it becomes urgent.
    """

    _notify: Notify
    _uow: NotificationsUnitOfWork

    def __call__(
        self,
        *,
        actor: Actor,
        dispute_id: DisputeId,
        owner_id: UserId | None,
        due_at: datetime,
        is_missed: bool,
        escalates: bool,
        occurred_at: datetime,
    ) -> None:
        """Queue it, once for each reminder and person."""
        require_system(actor)
        dispute = to_wire("dispute", dispute_id)
        told = [] if owner_id is None else [owner_id]
        if escalates:
            with self._uow as uow:
                for role in (Role.FINANCE, Role.ADMINISTRATOR):
                    told += uow.address_book.with_role(role)
        for user_id in dict.fromkeys(told):
            self._notify(
                actor=actor,
                template="dispute_missed" if is_missed else "dispute_due",
                cause=f"{dispute}@{occurred_at.isoformat()}",
                user_id=user_id,
                data={"dispute": dispute, "due_at": due_at.isoformat()},
            )
