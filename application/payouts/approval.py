"""
People of finance decide: on large payouts, and on those that somebody has to look into.
"""

from attrs import frozen

from application.payouts.ports import PayoutsUnitOfWork
from application.payouts.posting import post_cancellation
from application.shared.access import (
    AccessDenied,
    Actor,
    Role,
    require_fresh_second_factor,
    require_person,
    require_role,
)
from application.shared.ports import Clock
from domain.payouts.approval import Signer
from domain.shared.ids import PayoutId, to_wire


@frozen
class ApprovePayout:
    """
    Agree to a payout above the limit; with the second person's yes it is sent.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, payout_id: PayoutId, note: str | None = None) -> int:
        """
        Returns how many people still have to agree.

        Raises:
            AccessDenied: Not finance staff in person.
            StepUpRequired: They have a second factor, and gave it too long ago.
            PayoutNotFound: No such payout.
            PayoutMoved: It does not wait for approval.
            OwnPayout: It goes to the one who asks.
            SignedBefore: They agreed before.
        """
        signer = _signer(actor, self._clock)
        with self._uow as uow:
            payout = uow.payouts.get(payout_id)
            missing = payout.approve(signer, note=note, now=self._clock.now())
            uow.payouts.save(payout)
            uow.audit.record(
                actor=actor,
                action="payout.approved",
                subject=to_wire("payout", payout_id),
                reason=note,
                details={"missing": str(missing)},
            )
            uow.commit()
        return missing


@frozen
class DeclinePayout:
    """
    Say no to a payout above the limit. The money is back in the wallet, the physician is told.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, payout_id: PayoutId, reason: str) -> None:
        """
        One person is enough to say no.

        Args:
            reason: For the physician to read.

        Raises:
            AccessDenied: Not finance staff in person.
            StepUpRequired: They have a second factor, and gave it too long ago.
            PayoutNotFound: No such payout.
            PayoutMoved: It does not wait for approval.
            OwnPayout: It goes to the one who asks.
        """
        signer = _signer(actor, self._clock)
        now = self._clock.now()
        with self._uow as uow:
            payout = uow.payouts.get(payout_id)
            payout.decline(signer, reason=reason.strip(), now=now)
            uow.payouts.save(payout)
            post_cancellation(uow, payout, now)
            uow.audit.record(
                actor=actor,
                action="payout.declined",
                subject=to_wire("payout", payout_id),
                reason=reason.strip(),
            )
            uow.commit()


@frozen
class ResumePayout:
    """
    Let a payout go on that people of ours have looked into.

    One person is enough where a mistake costs nothing: the vendor refused, so that no money has
    moved, and the amount is one that a physician is paid without anybody's approval anyway. It
    takes two where one mistaken person could lose the amount: above the limit, because that is
    what the limit is for; and whenever the outcome of an earlier attempt is uncertain, because
    to go on may then pay the same money a second time.
    """

    _uow: PayoutsUnitOfWork
    _clock: Clock

    def __call__(self, *, actor: Actor, payout_id: PayoutId, reason: str) -> int:
        """
        Returns how many people still have to agree. Then the next sweep sends it or looks it up.

        Args:
            reason: What was found, for the audit trail and the second person.

        Raises:
            AccessDenied: Not finance staff in person.
            StepUpRequired: They have a second factor, and gave it too long ago.
            PayoutNotFound: No such payout.
            PayoutMoved: There is nothing to look into.
            OwnPayout: It goes to the one who asks.
            SignedBefore: They agreed before.
        """
        signer = _signer(actor, self._clock)
        with self._uow as uow:
            payout = uow.payouts.get(payout_id)
            finding = payout.review or ""
            missing = payout.resume(signer, note=reason.strip(), now=self._clock.now())
            uow.payouts.save(payout)
            uow.audit.record(
                actor=actor,
                action="payout.resumed",
                subject=to_wire("payout", payout_id),
                reason=reason.strip(),
                details={"finding": finding, "missing": str(missing)},
            )
            uow.commit()
        return missing


def _signer(actor: Actor, clock: Clock) -> Signer:
    require_role(actor, Role.FINANCE)
    require_person(actor)
    require_fresh_second_factor(actor, now=clock.now())
    if actor.user_id is None:
        raise AccessDenied("Only a person can do this.")
    return Signer(user_id=actor.user_id, physician_id=actor.physician_id)
