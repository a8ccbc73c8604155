"""
By which plan a consultation is shared, settled with what was in force when it was booked.
"""

from datetime import datetime

from application.commission.booking import choose_plan
from application.consultations.ports import ConsultationsUnitOfWork
from domain.consultations.consultation import Consultation
from domain.shared.errors import InvariantError
from domain.shared.ids import PhysicianId


def settle_pay(
    uow: ConsultationsUnitOfWork, consultation: Consultation, physician_id: PhysicianId
) -> None:
    """
    Choose again, now that it is known who takes it.

    Plans and contracts count as they were at the booking: what was published or signed since
    changes nothing.
    """
    terms = consultation.frozen_policy.terms
    choice = choose_plan(
        uow,
        service_code=uow.services.read(consultation.service_id).code,
        currency=terms.price.currency,
        booked_at=_booked_at(consultation),
        physician_id=physician_id,
    )
    consultation.settle_pay(choice.plan)


def _booked_at(consultation: Consultation) -> datetime:
    booked_at = consultation.intake.submitted_at
    if booked_at is None:
        raise InvariantError("a consultation that a physician takes was submitted")
    return booked_at
