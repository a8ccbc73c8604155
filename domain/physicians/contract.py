"""
The terms of pay that a physician works under: a version of a commission plan.
"""

from datetime import datetime

from attrs import frozen

from domain.shared.errors import Conflict
from domain.shared.ids import CommissionPlanId, ContractId


class NothingToSign(Conflict):
    """That contract is not on offer."""


@frozen(kw_only=True)
class Contract:
    """
    The version of the commission plan that the physician works under.

    Args:
        signed_at: None while it is only offered.
    """

    id: ContractId
    commission_plan_id: CommissionPlanId
    commission_plan_version: int
    offered_at: datetime
    signed_at: datetime | None = None
