"""
The proof that a physician is who they say they are.

The vendor looks at the document and the face. Of its findings only the outcome, its
reference and the names of the checked fields are kept: no image, no date of birth.
"""

from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from domain.shared.errors import Conflict, NotFound


class IdentityCheckUnknown(NotFound):
    """No identity check of ours has this reference."""


class IdentityAlreadyVerified(Conflict):
    """There is nothing left to prove."""


class IdentityCheckStatus(StrEnum):
    """How far a check has come."""

    STARTED = "started"  # the physician has not finished at the vendor
    PROCESSING = "processing"
    VERIFIED = "verified"
    FAILED = "failed"  # another attempt may be made
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether it may still come to an end by itself."""
        return self in {IdentityCheckStatus.STARTED, IdentityCheckStatus.PROCESSING}


NAME_DIFFERS = "name_differs"


@frozen(kw_only=True)
class IdentityFinding:
    """
    What the vendor says now.

    Args:
        failure: The vendor's code of what went wrong.
        given: The name on the document, to compare and forget.
    """

    reference: str
    status: IdentityCheckStatus
    checked_fields: frozenset[str] = frozenset()
    failure: str | None = None
    given: str | None = field(default=None, repr=False)
    family: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class IdentityCheck:
    """
    One attempt.

    Args:
        attempt: 1 for the first; with the physician's id it names the attempt to the vendor.
        reference: The vendor's identifier; None until the vendor has answered.
    """

    attempt: int
    status: IdentityCheckStatus = IdentityCheckStatus.STARTED
    reference: str | None = None
    checked_fields: frozenset[str] = frozenset()
    failure: str | None = None
    updated_at: datetime
