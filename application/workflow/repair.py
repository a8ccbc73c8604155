"""
Bringing a reaction back that the workflow has given up.
"""

from uuid import UUID

from attrs import frozen

from application.shared.access import Actor, Role, require_person, require_role
from application.shared.ports import UnitOfWork
from application.workflow.ports import ReactionLog
from domain.shared.ids import to_wire


@frozen
class RetryReaction:
    """
    Queue a reaction again, once a person has mended what stopped it.
    """

    _log: ReactionLog
    _uow: UnitOfWork

    def __call__(self, *, actor: Actor, event_id: UUID, name: str) -> bool:
        """
        Queue it; False, and nothing happens, when it was not given up.

        Raises:
            AccessDenied: Not operations or an administrator.
        """
        require_person(actor)
        require_role(actor, Role.OPERATIONS, Role.ADMINISTRATOR)
        revived = self._log.revive(event_id=event_id, name=name)
        if revived:
            with self._uow as uow:
                uow.audit.record(
                    actor=actor,
                    action="reaction.retried",
                    subject=to_wire("event", event_id),
                    details={"reaction": name},
                )
                uow.commit()
        return revived
