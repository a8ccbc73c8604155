"""
Following the money of one consultation, for finance staff.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.wallets.money_trail import FollowTheMoney
from domain.shared.ids import ConsultationId
from entrypoints.api.operations import Call, Resource, operation
from entrypoints.api.routes.journal import OWNER_NAME, EntryResource, read_entry
from entrypoints.api.wire import AmountOut, Code, ToWire


class PaidInResource(Resource):
    payment_id: Annotated[str, ToWire("payment")]
    amount: AmountOut
    status: Code
    captured_at: datetime | None


class EarningResource(Resource):
    lot_id: Annotated[str, ToWire("lot")]
    physician_id: Annotated[str, ToWire("physician")]
    physician_name: str
    amount: AmountOut
    remaining: AmountOut = Field(description="What nobody has taken yet.")
    status: Code
    earned_at: datetime
    matures_at: datetime


class UseResource(Resource):
    taken_by: str = Field(description="A payout, hold, refund, dispute or recovery.")
    amount: AmountOut
    taken_at: datetime
    returned_at: datetime | None


class PaidOutResource(Resource):
    payout_id: Annotated[str, ToWire("payout")]
    amount: AmountOut = Field(description="Of the whole payout.")
    status: Code
    requested_at: datetime
    ended_at: datetime | None


class GivenBackResource(Resource):
    refund_id: Annotated[str, ToWire("refund")]
    amount: AmountOut
    status: Code
    requested_at: datetime


class DisputedResource(Resource):
    dispute_id: Annotated[str, ToWire("dispute")]
    amount: AmountOut
    status: Code
    opened_at: datetime


class StandingResource(Resource):
    account: str
    owner_name: str | None = Field(description=OWNER_NAME)
    change: AmountOut


class MoneyTrailResource(Resource):
    consultation_id: Annotated[str, ToWire("consultation")]
    payments: list[PaidInResource]
    earning: EarningResource | None
    uses: list[UseResource]
    payouts: list[PaidOutResource]
    refunds: list[GivenBackResource]
    disputes: list[DisputedResource]
    entries: list[EntryResource] = Field(description="In the order of booking.")
    standing: list[StandingResource] = Field(
        description="By how much each account stands changed by these entries."
    )


@operation(
    "GET",
    "/consultations/{consultation_id}/money",
    tag="Ledger",
    returns=MoneyTrailResource,
)
def follow_the_money(call: Call[None], consultation_id: UUID) -> MoneyTrailResource:
    """Show where every cent of a consultation went, from the payment to the bank."""
    trail = call.use(FollowTheMoney)(
        actor=call.actor, consultation_id=ConsultationId(consultation_id)
    )
    told = ("payments", "uses", "payouts", "refunds", "disputes", "earning", "consultation_id")
    return MoneyTrailResource.model_validate(
        {
            **{name: getattr(trail, name) for name in (*told, "standing")},
            "entries": [read_entry(entry) for entry in trail.entries],
        }
    )
