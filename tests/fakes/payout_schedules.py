"""
Payout schedules in memory.
"""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from attrs import define, field

from domain.ledger.chart import wallet_available
from domain.payouts.schedule import PayoutSchedule, PayoutScheduleNotFound
from domain.shared.ids import PayoutScheduleId, PhysicianId
from domain.shared.money import Currency
from tests.fakes.aggregates import Aggregates, Collector
from tests.fakes.ledger import InMemoryJournal


@define(eq=False)
class InMemoryPayoutSchedules:
    """Physicians live in Sydney unless a test says otherwise."""

    _uow: Collector
    _journal: InMemoryJournal
    zones: dict[UUID, str] = field(factory=dict)
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, schedule: PayoutSchedule) -> None:
        assert self.of(schedule.physician_id, schedule.currency) is None, "one for each currency"
        self._store.put(schedule.id, schedule)

    def get(self, schedule_id: PayoutScheduleId) -> PayoutSchedule:
        found: PayoutSchedule | None = self._store.find(schedule_id)
        if found is None:
            raise PayoutScheduleNotFound("There is no such schedule.")
        return found

    def of(self, physician_id: PhysicianId, currency: Currency) -> PayoutSchedule | None:
        return next(
            (
                each
                for each in self.all()
                if (each.physician_id, each.currency) == (physician_id, currency)
            ),
            None,
        )

    def save(self, schedule: PayoutSchedule) -> None:
        self._store.put(schedule.id, schedule)

    def due(self, *, now: datetime, limit: int) -> tuple[PayoutScheduleId, ...]:
        return tuple(
            each.id
            for each in self.all()
            if each.next_at is not None and each.next_at <= now and self._has_its_minimum(each)
        )[:limit]

    def zone_of(self, physician_id: PhysicianId) -> ZoneInfo:
        return ZoneInfo(self.zones.get(physician_id, "Australia/Sydney"))

    def _has_its_minimum(self, schedule: PayoutSchedule) -> bool:
        minimum = schedule.rhythm.minimum
        wallet = wallet_available(schedule.physician_id)
        return minimum is None or self._journal.balance(wallet, schedule.currency) >= minimum

    def all(self) -> list[PayoutSchedule]:
        return self._store.all()

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)
