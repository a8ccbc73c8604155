"""
What happens to our balance at the payout vendor.
"""

from datetime import date

from attrs import frozen

from domain.shared.events import DomainEvent
from domain.shared.ids import FloatFundingId, FundingRequestId
from domain.shared.money import Money


@frozen(kw_only=True)
class FundingRequested(DomainEvent):
    """The balance does not cover what is due soon; somebody has to send money."""

    funding_request_id: FundingRequestId
    amount: Money
    due_on: date


@frozen(kw_only=True)
class FundingReopened(DomainEvent):
    """Money that had answered a request was taken back; the request is open again."""

    funding_request_id: FundingRequestId
    amount: Money


@frozen(kw_only=True)
class FloatFunded(DomainEvent):
    """Money was sent from our bank to the payout vendor."""

    float_funding_id: FloatFundingId
    amount: Money


@frozen(kw_only=True)
class FloatFundingReversed(DomainEvent):
    """A bank took back money that had been sent to the payout vendor."""

    float_funding_id: FloatFundingId
    amount: Money
