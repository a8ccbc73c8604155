"""
What was promised to the patient when they submitted, kept for good.
"""

from attrs import frozen

from domain.catalogue.service import CaptureOn, Mode, ServiceTerms
from domain.shared.ids import CommissionPlanId
from domain.shared.money import Money


@frozen(kw_only=True)
class CommissionPlanRef:
    """Which version of which plan decides what the physician earns."""

    plan_id: CommissionPlanId
    version: int


@frozen(kw_only=True)
class CarePolicy:
    """
    The terms of the service and the commission plan, as they were at submission.

    Args:
        specialties: A physician needs one of them; empty when any physician will do.
    """

    terms: ServiceTerms
    commission_plan: CommissionPlanRef
    specialties: frozenset[str]

    @property
    def price(self) -> Money:
        """All that the patient pays."""
        return self.terms.price

    @property
    def capture_on(self) -> CaptureOn:
        """When the authorised payment is taken."""
        return self.terms.capture_on

    @property
    def mode(self) -> Mode:
        """How patient and physician meet."""
        return self.terms.mode
