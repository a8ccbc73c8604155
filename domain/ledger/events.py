"""
What happens to an earning.
"""

from attrs import frozen

from domain.shared.events import DomainEvent
from domain.shared.ids import ConsultationId, LotId, PhysicianId
from domain.shared.money import Money


@frozen(kw_only=True)
class EarningRecorded(DomainEvent):
    """A physician earned their part of a consultation."""

    lot_id: LotId
    physician_id: PhysicianId
    consultation_id: ConsultationId
    amount: Money


@frozen(kw_only=True)
class EarningMatured(DomainEvent):
    """An earning left its clearing period and may be withdrawn."""

    lot_id: LotId
    physician_id: PhysicianId
    amount: Money
