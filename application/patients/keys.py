"""
Bringing patients' keys along when the master key is replaced.
"""

from typing import Protocol

from attrs import frozen

from application.shared.access import SYSTEM, Actor, require_system
from application.shared.ports import UnitOfWork

_BATCH = 500


class PatientKeys(Protocol):
    """The wrapped data key of every patient."""

    def rewrap(self, *, limit: int) -> int:
        """Wrap up to `limit` keys by the current master key that an older one wraps; how many."""
        ...


@frozen
class RewrapPatientKeys:
    """
    Wrap every patient's key by the current master key. The sealed values stay as they are.
    """

    _keys: PatientKeys
    _uow: UnitOfWork

    def __call__(self, *, actor: Actor) -> int:
        """
        Returns how many were wrapped by an older master key: 0 when none is needed any more.

        Raises:
            AccessDenied: Not the system.
        """
        require_system(actor)
        count = 0
        while wrapped := self._keys.rewrap(limit=_BATCH):
            count += wrapped
        if count:
            with self._uow as uow:
                uow.audit.record(
                    actor=SYSTEM,
                    action="patient_keys.rewrapped",
                    subject="patient_keys",
                    details={"keys": str(count)},
                )
                uow.commit()
        return count
