"""
What was promised to the patient when they submitted, kept for good.
"""

from attrs import frozen

from domain.catalogue.service import CaptureOn, Mode, ServiceTerms
from domain.commission.choice import FrozenPlan
from domain.shared.money import Money


@frozen(kw_only=True)
class CarePolicy:
    """
    The terms of the service and the commission plan, as they were at submission.

    Args:
        commission_plan: What decides what the physician earns, and why that plan.
        specialties: A physician needs one of them; empty when any physician will do.
    """

    terms: ServiceTerms
    commission_plan: FrozenPlan
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
