"""
What one person of finance may not decide alone.
"""

from datetime import datetime

from attrs import frozen

from domain.shared.errors import NotPermitted
from domain.shared.ids import PhysicianId, UserId

TWO_PEOPLE = 2


class OwnPayout(NotPermitted):
    """Nobody of finance decides on money that goes to themselves."""


class SignedBefore(NotPermitted):
    """The same person signed already; a second one has to."""


@frozen(kw_only=True)
class Signature:
    """
    One person's yes.

    Args:
        question: The number of the question that it answers; a later one has to be answered anew.
        note: What they checked.
    """

    question: int
    by: UserId
    at: datetime
    note: str | None = None


@frozen(kw_only=True)
class Signer:
    """
    A person of finance.

    Args:
        physician_id: The physician that this person is too, if so.
    """

    user_id: UserId
    physician_id: PhysicianId | None = None

    def check_not_own(self, physician_id: PhysicianId) -> None:
        """
        Keep people from deciding on their own money.

        Raises:
            OwnPayout: It is theirs.
        """
        if self.physician_id == physician_id:
            raise OwnPayout("Somebody else of finance has to decide on your own payout.")


TOO_OLD_TO_RESEND = "too_old_to_resend"
AMOUNT_DIFFERS = "amount_differs"
TRANSFER_NOT_EXPECTED = "transfer_not_expected"
PAID_AFTER_FAILURE = "paid_after_failure"
_UNCERTAIN = frozenset(
    {TOO_OLD_TO_RESEND, AMOUNT_DIFFERS, TRANSFER_NOT_EXPECTED, PAID_AFTER_FAILURE}
)
"""Findings after which money may have moved, or may move twice."""


def people_wanted(*, review: str | None, awaits_approval: bool, above_limit: bool) -> int:
    """How many have to agree before it goes on; none if nothing is asked."""
    if review is not None:
        return TWO_PEOPLE if above_limit or review in _UNCERTAIN else 1
    return TWO_PEOPLE if awaits_approval else 0
