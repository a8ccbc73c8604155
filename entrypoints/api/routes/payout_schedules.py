"""
When a physician's money goes to their bank by itself.
"""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from application.payouts.schedule_queries import PayoutScheduleView, ViewPayoutSchedules
from application.payouts.schedules import ChoosePayoutSchedule
from domain.payouts.schedule import Cadence, Rhythm
from domain.shared.ids import PhysicianId
from domain.shared.money import Currency
from entrypoints.api.operations import Body, Call, Resource, operation
from entrypoints.api.wire import AmountIn, AmountOut, Code, ToWire


class ScheduleBody(Body):
    cadence: Cadence
    weekday: int | None = Field(
        default=None, ge=0, le=6, description="Of a weekly one; 0 is Monday."
    )
    day_of_month: int | None = Field(
        default=None, ge=1, le=31, description="Of a monthly one; in a shorter month the last day."
    )
    minimum: AmountIn | None = Field(
        default=None, description="Of one that pays as soon as there is so much."
    )

    def rhythm(self) -> Rhythm:
        """Read it."""
        return Rhythm(
            cadence=self.cadence,
            weekday=self.weekday,
            day_of_month=self.day_of_month,
            minimum=None if self.minimum is None else self.minimum.money(),
        )


class ScheduleRunResource(Resource):
    period: str = Field(description="The first day of a period, or the number of a minimum.")
    at: datetime
    payout_id: Annotated[str, ToWire("payout")] | None
    amount: AmountOut | None
    reason: Code | None = Field(description="Why there was no payout.")


class PayoutScheduleResource(Resource):
    physician_id: Annotated[str, ToWire("physician")]
    currency: str
    cadence: Code
    weekday: int | None
    day_of_month: int | None
    minimum: AmountOut | None
    time_zone: str = Field(description="In which its days begin.")
    next_on: date | None
    next_at: datetime | None
    expected: AmountOut | None = Field(
        description="What is there now, with what clears until the next payout."
    )
    runs: list[ScheduleRunResource] = Field(
        description="What became of the latest periods, the newest first."
    )

    @classmethod
    def of(cls, view: PayoutScheduleView) -> Self:
        """Write it."""
        rhythm = view.rhythm
        return cls.model_validate(
            {
                "physician_id": view.physician_id,
                "currency": view.currency,
                "cadence": rhythm.cadence,
                "weekday": rhythm.weekday,
                "day_of_month": rhythm.day_of_month,
                "minimum": rhythm.minimum,
                "time_zone": view.time_zone,
                "next_on": view.next_on,
                "next_at": view.next_at,
                "expected": view.expected,
                "runs": [ScheduleRunResource.model_validate(run) for run in view.runs],
            }
        )


class PayoutScheduleListing(Resource):
    items: list[PayoutScheduleResource] = Field(
        description="One for each currency in which one was chosen; elsewhere it is by hand."
    )


@operation(
    "GET",
    "/physicians/{physician_id}/payout-schedules",
    tag="Payouts",
    returns=PayoutScheduleListing,
)
def view_payout_schedules(call: Call[None], physician_id: UUID) -> PayoutScheduleListing:
    """Show when a physician's money goes to their bank by itself."""
    views = call.use(ViewPayoutSchedules)(actor=call.actor, physician_id=PhysicianId(physician_id))
    return PayoutScheduleListing(items=[PayoutScheduleResource.of(view) for view in views])


@operation(
    "PUT",
    "/physicians/{physician_id}/payout-schedules/{currency}",
    tag="Payouts",
    body=ScheduleBody,
)
def choose_payout_schedule(call: Call[ScheduleBody], physician_id: UUID, currency: str) -> None:
    """
    Say when one's money goes to the bank by itself: manual, weekly, monthly, minimum.

    Days begin in the physician's own time zone. It holds from tomorrow on; a minimum at once.
    """
    call.use(ChoosePayoutSchedule)(
        actor=call.actor,
        physician_id=PhysicianId(physician_id),
        currency=Currency(currency),
        rhythm=call.body.rhythm(),
    )
