"""
Physicians, their identity checks and a licence registry, in memory.
"""

from datetime import datetime
from typing import Any

from attrs import define, evolve, field

from application.physicians.ports import (
    IdentityChecksUnavailable,
    LicenceRegistryUnavailable,
    StartedIdentityCheck,
)
from application.physicians.search import FoundPhysician
from application.shared.pages import Page
from domain.physicians.contract import Contract
from domain.physicians.identity_check import (
    IdentityCheckStatus,
    IdentityCheckUnknown,
    IdentityFinding,
)
from domain.physicians.licence import LicenceKind, LicenceStatus, RegistryRecord
from domain.physicians.physician import Physician, PhysicianNotFound, PhysicianStatus
from domain.shared.ids import ContractId, PhysicianId
from tests.fakes.aggregates import Aggregates, Collector


@define(eq=False)
class InMemoryPhysicians:
    _uow: Collector
    _store: Aggregates = field(init=False)
    _signed: dict[ContractId, tuple[PhysicianId, Contract]] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, physician: Physician) -> None:
        self.save(physician)

    def get(self, physician_id: PhysicianId) -> Physician:
        found: Physician | None = self._store.find(physician_id)
        if found is None:
            raise PhysicianNotFound("There is no such physician.")
        return found

    def read(self, physician_id: PhysicianId) -> Physician:
        return self.get(physician_id)

    def read_many(self, physician_ids: tuple[PhysicianId, ...]) -> tuple[Physician, ...]:
        found = (self._store.find(physician_id) for physician_id in physician_ids)
        return tuple(physician for physician in found if physician is not None)

    def find_by_identity_reference(self, reference: str) -> PhysicianId | None:
        for physician in self.all():
            if physician.identity is not None and physician.identity.reference == reference:
                return physician.id
        return None

    def open_identity_checks(
        self, *, since: datetime, before: datetime, limit: int
    ) -> tuple[str, ...]:
        found = sorted(
            (check.updated_at, check.reference)
            for physician in self.all()
            if (check := physician.identity) is not None
            and check.reference is not None
            and check.status.is_open
            and since <= check.updated_at < before
        )
        return tuple(reference for _, reference in found)[:limit]

    def due_for_licence_check(self, *, before: datetime, limit: int) -> tuple[PhysicianId, ...]:
        due = sorted(
            (licence.checked_at, physician.id)
            for physician in self.all()
            for licence in physician.licences
            if licence.status is LicenceStatus.VERIFIED
            and licence.checked_at is not None
            and licence.checked_at < before
        )
        return tuple(dict.fromkeys(physician_id for _, physician_id in due))[:limit]

    def save(self, physician: Physician) -> None:
        self._store.put(physician.id, physician)
        if physician.contract is not None:
            self._signed[physician.contract.id] = (physician.id, physician.contract)

    def signed_contracts(self, physician_id: PhysicianId) -> tuple[Contract, ...]:
        return tuple(
            sorted(
                (contract for owner, contract in self._signed.values() if owner == physician_id),
                key=lambda contract: contract.signed_at or contract.offered_at,
            )
        )

    def all(self) -> list[Physician]:
        return self._store.all()

    def snapshot(self) -> Any:
        return self._store.snapshot(), dict(self._signed)

    def restore(self, snapshot: Any) -> None:
        rows, self._signed = snapshot
        self._store.restore(rows)


@define(eq=False)
class InMemoryPhysicianQueries:
    physicians: InMemoryPhysicians

    def in_status(
        self, statuses: tuple[PhysicianStatus, ...], *, limit: int, cursor: str | None
    ) -> Page[PhysicianId]:
        start = int(cursor or 0)
        found = sorted(
            (physician.applied_at, physician.id)
            for physician in self.physicians.all()
            if physician.status in statuses
        )
        end = start + limit
        return Page(
            tuple(physician_id for _, physician_id in found[start:end]),
            str(end) if len(found) > end else None,
        )

    def called(self, words: str, *, limit: int) -> tuple[FoundPhysician, ...]:
        fitting = [
            physician
            for physician in self.physicians.all()
            if all(word.lower() in physician.name.full.lower() for word in words.split())
        ]
        fitting.sort(key=lambda one: (one.name.family, one.name.given, one.id))
        return tuple(map(_found, fitting[:limit]))

    def one(self, physician_id: PhysicianId) -> FoundPhysician | None:
        return next((_found(one) for one in self.physicians.all() if one.id == physician_id), None)


def _found(physician: Physician) -> FoundPhysician:
    return FoundPhysician(
        physician_id=physician.id, name=physician.name.full, status=physician.status
    )


@define(eq=False)
class InMemoryIdentityChecks:
    """
    A vendor whose findings a test writes down. `silent` keeps it from answering.
    """

    findings: dict[str, IdentityFinding] = field(factory=dict)
    silent: bool = False

    def start(
        self, *, physician_id: PhysicianId, attempt: int, return_url: str
    ) -> StartedIdentityCheck:
        self._answer()
        reference = f"vs_{physician_id.hex}_{attempt}"
        self.findings.setdefault(
            reference, IdentityFinding(reference=reference, status=IdentityCheckStatus.STARTED)
        )
        return StartedIdentityCheck(reference=reference, url=f"https://id.test/{reference}")

    def resume(self, reference: str) -> StartedIdentityCheck:
        finding = self.fetch(reference)
        open_to_them = finding.status is IdentityCheckStatus.STARTED
        url = f"https://id.test/{reference}" if open_to_them else None
        return StartedIdentityCheck(reference=reference, url=url)

    def fetch(self, reference: str) -> IdentityFinding:
        self._answer()
        if reference not in self.findings:
            raise IdentityCheckUnknown("There is no such identity check.")
        return self.findings[reference]

    def conclude(self, reference: str, status: IdentityCheckStatus, **details: Any) -> None:
        self.findings[reference] = evolve(self.findings[reference], status=status, **details)

    def _answer(self) -> None:
        if self.silent:
            raise IdentityChecksUnavailable("The identity checks do not answer.")


@define(eq=False)
class InMemoryLicenceRegistry:
    records: dict[str, RegistryRecord] = field(factory=dict)
    silent: bool = False

    def find(self, *, kind: LicenceKind, number: str) -> RegistryRecord | None:
        if self.silent:
            raise LicenceRegistryUnavailable("The licence registry does not answer.")
        return self.records.get(number)
