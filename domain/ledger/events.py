"""
What happens to an earning.
"""

from attrs import frozen

from domain.shared.events import DomainEvent
from domain.shared.ids import ConsultationId, HoldId, LotId, PhysicianId
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


@frozen(kw_only=True)
class HoldPlaced(DomainEvent):
    """Part of a wallet was set aside while somebody looks into something."""

    hold_id: HoldId
    physician_id: PhysicianId
    amount: Money


@frozen(kw_only=True)
class HoldReleased(DomainEvent):
    """What was set aside for a review may be withdrawn again."""

    hold_id: HoldId
    physician_id: PhysicianId
    amount: Money
