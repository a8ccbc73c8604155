"""
The choice of a plan for a booking, from what is stored.
"""

from datetime import datetime

from application.commission.ports import ChoosingUnitOfWork
from domain.commission.choice import PlanChoice, choose
from domain.commission.scope import BookedPhysician, Booking
from domain.shared.ids import PhysicianId
from domain.shared.money import Currency


def choose_plan(
    uow: ChoosingUnitOfWork,
    *,
    service_code: str,
    currency: Currency,
    booked_at: datetime,
    physician_id: PhysicianId | None,
) -> PlanChoice:
    """
    Choose by what was in force at the booking, contracts included.

    Raises:
        PlanNotFound: No plan is meant for it.
    """
    booking = Booking(
        service_code=service_code,
        currency=currency,
        booked_at=booked_at,
        physician=None if physician_id is None else _terms_at(uow, physician_id, booked_at),
    )
    return choose(uow.commission_plans.in_force(booked_at), booking)


def _terms_at(uow: ChoosingUnitOfWork, physician_id: PhysicianId, at: datetime) -> BookedPhysician:
    contracts = uow.physicians.signed_contracts(physician_id)
    signed = [one for one in contracts if one.signed_at is not None and one.signed_at <= at]
    return BookedPhysician(
        joined_at=contracts[0].signed_at if contracts else None,
        plan_id=signed[-1].commission_plan_id if signed else None,
    )
