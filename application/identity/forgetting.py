"""
Removing what signing in leaves behind, once nothing can come of it any more.
"""

from datetime import timedelta

from attrs import frozen

from application.identity.ports import IdentityUnitOfWork
from application.shared.access import Actor, require_system
from application.shared.ports import Clock

# Long enough to look into what a session or a link was used for.
_KEPT = timedelta(days=30)
# A guard forgets its failures after a day; a few more let a person look at an attack.
_GUARDS_KEPT = timedelta(days=7)


@frozen
class ForgetSignIns:
    """
    Remove old sessions, one-time tokens, and attempts with addresses that nobody has.
    """

    _uow: IdentityUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor) -> int:
        """Remove them, and say how many there were."""
        require_system(actor)
        now = self._clock.now()
        with self._uow as uow:
            gone = uow.sessions.forget(ended_before=now - _KEPT)
            gone += uow.one_time_tokens.forget(expired_before=now - _KEPT)
            gone += uow.sign_in_guards.forget(quiet_since=now - _GUARDS_KEPT)
            uow.commit()
        return gone
