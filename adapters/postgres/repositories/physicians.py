"""
Physicians in PostgreSQL.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from adapters.postgres.rows import insert_row, update_row
from adapters.postgres.scope import Scope
from adapters.postgres.tables.physicians import licence, physician, physician_contract
from domain.physicians.contract import Contract
from domain.physicians.events import SuspensionReason
from domain.physicians.identity_check import IdentityCheck, IdentityCheckStatus
from domain.physicians.licence import (
    Attestation,
    Licence,
    LicenceKind,
    LicenceRefusal,
    LicenceStatus,
)
from domain.physicians.name import PhysicianName
from domain.physicians.onboarding import PayoutAccountState
from domain.physicians.physician import Physician, PhysicianNotFound, PhysicianStatus
from domain.shared.ids import CommissionPlanId, ContractId, LicenceId, PhysicianId, UserId
from domain.shared.jurisdiction import Jurisdiction

_OPEN_CHECKS = [status.value for status in IdentityCheckStatus if status.is_open]


class PostgresPhysicians:
    """Physicians with their licences and contracts."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, new: Physician) -> None:
        insert_row(self._scope, physician, new, _row(new))
        self._save_parts(new)

    def get(self, physician_id: PhysicianId) -> Physician:
        statement = select(physician).where(physician.c.id == physician_id)
        return self._one(statement.with_for_update())

    def read(self, physician_id: PhysicianId) -> Physician:
        return self._one(select(physician).where(physician.c.id == physician_id))

    def read_many(self, physician_ids: tuple[PhysicianId, ...]) -> tuple[Physician, ...]:
        found = self._load(select(physician).where(physician.c.id.in_(physician_ids)))
        by_id = {one.id: one for one in found}
        return tuple(by_id[one] for one in physician_ids if one in by_id)

    def signed_contracts(self, physician_id: PhysicianId) -> tuple[Contract, ...]:
        statement = (
            select(physician_contract)
            .where(
                physician_contract.c.physician_id == physician_id,
                physician_contract.c.signed_at.is_not(None),
            )
            .order_by(physician_contract.c.signed_at)
        )
        return tuple(_contract(row) for row in self._scope.connection.execute(statement).mappings())

    def find_by_identity_reference(self, reference: str) -> PhysicianId | None:
        found = self._scope.connection.scalar(
            select(physician.c.id).where(physician.c.identity_reference == reference)
        )
        return None if found is None else PhysicianId(found)

    def open_identity_checks(
        self, *, since: datetime, before: datetime, limit: int
    ) -> tuple[str, ...]:
        statement = (
            select(physician.c.identity_reference)
            .where(
                physician.c.identity_reference.is_not(None),
                physician.c.identity_status.in_(_OPEN_CHECKS),
                physician.c.identity_updated_at >= since,
                physician.c.identity_updated_at < before,
            )
            .order_by(physician.c.identity_updated_at, physician.c.identity_reference)
            .limit(limit)
        )
        return tuple(self._scope.connection.scalars(statement))

    def due_for_licence_check(self, *, before: datetime, limit: int) -> tuple[PhysicianId, ...]:
        statement = (
            select(licence.c.physician_id)
            .where(licence.c.status == LicenceStatus.VERIFIED.value, licence.c.checked_at < before)
            .group_by(licence.c.physician_id)
            .order_by(func.min(licence.c.checked_at), licence.c.physician_id)
            .limit(limit)
        )
        return tuple(PhysicianId(one) for one in self._scope.connection.scalars(statement))

    def save(self, changed: Physician) -> None:
        update_row(self._scope, physician, changed, changed.id, _row(changed))
        self._save_parts(changed)

    def _one(self, statement: Select[Any]) -> Physician:
        found = self._load(statement)
        if not found:
            raise PhysicianNotFound("There is no such physician.")
        return found[0]

    def _load(self, statement: Select[Any]) -> list[Physician]:
        rows = self._scope.connection.execute(statement).mappings().all()
        ids = [row["id"] for row in rows]
        if not ids:
            return []
        licences = self._parts(
            select(licence).where(licence.c.physician_id.in_(ids)).order_by(licence.c.id)
        )
        contracts = self._parts(
            select(physician_contract)
            .where(physician_contract.c.physician_id.in_(ids))
            .order_by(physician_contract.c.signed_at)
        )
        return [
            _physician(row, licences.get(row["id"], []), contracts.get(row["id"], []))
            for row in rows
        ]

    def _parts(self, statement: Select[Any]) -> dict[UUID, list[RowMapping]]:
        parts: dict[UUID, list[RowMapping]] = {}
        for row in self._scope.connection.execute(statement).mappings():
            parts.setdefault(row["physician_id"], []).append(row)
        return parts

    def _save_parts(self, stored: Physician) -> None:
        connection = self._scope.connection
        for one in stored.licences:
            row = _licence_row(stored.id, one)
            connection.execute(
                upsert(licence).values(row).on_conflict_do_update(index_elements=["id"], set_=row)
            )
        contracts = [one for one in (stored.contract, stored.offered_contract) if one is not None]
        # An offer that another one took the place of was never agreed to: nothing is lost.
        connection.execute(
            delete(physician_contract).where(
                physician_contract.c.physician_id == stored.id,
                physician_contract.c.signed_at.is_(None),
                physician_contract.c.id.not_in([one.id for one in contracts]),
            )
        )
        for contract in contracts:
            row = _contract_row(stored.id, contract)
            connection.execute(
                upsert(physician_contract)
                .values(row)
                .on_conflict_do_update(index_elements=["id"], set_=row)
            )


def _row(stored: Physician) -> dict[str, Any]:
    identity = stored.identity
    return {
        "id": stored.id,
        "user_id": stored.user_id,
        "given_name": stored.name.given,
        "family_name": stored.name.family,
        "title": stored.name.title,
        "specialties": sorted(stored.specialties),
        "languages": sorted(stored.languages),
        "time_zone": stored.time_zone,
        "status": stored.status.value,
        "suspension": stored.suspension.value if stored.suspension else None,
        "applied_at": stored.applied_at,
        "identity_attempt": identity.attempt if identity else None,
        "identity_status": identity.status.value if identity else None,
        "identity_reference": identity.reference if identity else None,
        "identity_checked_fields": sorted(identity.checked_fields) if identity else [],
        "identity_failure": identity.failure if identity else None,
        "identity_updated_at": identity.updated_at if identity else None,
        "payout_account": stored.payout_account.value,
    }


def _physician(
    row: RowMapping, licences: Sequence[RowMapping], contracts: Sequence[RowMapping]
) -> Physician:
    signed = [_contract(one) for one in contracts if one["signed_at"] is not None]
    offered = [_contract(one) for one in contracts if one["signed_at"] is None]
    return Physician(
        id=PhysicianId(row["id"]),
        version=row["version"],
        user_id=UserId(row["user_id"]),
        name=PhysicianName(given=row["given_name"], family=row["family_name"], title=row["title"]),
        specialties=frozenset(row["specialties"]),
        languages=frozenset(row["languages"]),
        time_zone=row["time_zone"],
        status=PhysicianStatus(row["status"]),
        suspension=SuspensionReason(row["suspension"]) if row["suspension"] else None,
        applied_at=row["applied_at"],
        identity=_identity(row),
        licences=tuple(_licence(one) for one in licences),
        contract=signed[-1] if signed else None,
        offered_contract=offered[0] if offered else None,
        payout_account=PayoutAccountState(row["payout_account"]),
    )


def _identity(row: RowMapping) -> IdentityCheck | None:
    if row["identity_attempt"] is None:
        return None
    return IdentityCheck(
        attempt=row["identity_attempt"],
        status=IdentityCheckStatus(row["identity_status"]),
        reference=row["identity_reference"],
        checked_fields=frozenset(row["identity_checked_fields"]),
        failure=row["identity_failure"],
        updated_at=row["identity_updated_at"],
    )


def _licence_row(physician_id: PhysicianId, stored: Licence) -> dict[str, Any]:
    return {
        "id": stored.id,
        "physician_id": physician_id,
        "jurisdiction": stored.jurisdiction.code,
        "kind": stored.kind.value,
        "number": stored.number,
        "expires_on": stored.expires_on,
        "status": stored.status.value,
        "refusal": stored.refusal.value if stored.refusal else None,
        "attestations": [
            {
                "by": str(one.by),
                "evidence": one.evidence,
                "attested_at": one.attested_at.isoformat(),
            }
            for one in stored.attestations
        ],
        "registry_reference": stored.registry_reference,
        "checked_at": stored.checked_at,
    }


def _licence(row: RowMapping) -> Licence:
    return Licence(
        id=LicenceId(row["id"]),
        jurisdiction=Jurisdiction(row["jurisdiction"]),
        kind=LicenceKind(row["kind"]),
        number=row["number"],
        expires_on=row["expires_on"],
        status=LicenceStatus(row["status"]),
        refusal=LicenceRefusal(row["refusal"]) if row["refusal"] else None,
        attestations=tuple(
            Attestation(
                by=UserId(UUID(one["by"])),
                evidence=one["evidence"],
                attested_at=datetime.fromisoformat(one["attested_at"]),
            )
            for one in row["attestations"]
        ),
        registry_reference=row["registry_reference"],
        checked_at=row["checked_at"],
    )


def _contract_row(physician_id: PhysicianId, stored: Contract) -> dict[str, Any]:
    return {
        "id": stored.id,
        "physician_id": physician_id,
        "commission_plan_id": stored.commission_plan_id,
        "commission_plan_version": stored.commission_plan_version,
        "offered_at": stored.offered_at,
        "signed_at": stored.signed_at,
    }


def _contract(row: RowMapping) -> Contract:
    return Contract(
        id=ContractId(row["id"]),
        commission_plan_id=CommissionPlanId(row["commission_plan_id"]),
        commission_plan_version=row["commission_plan_version"],
        offered_at=row["offered_at"],
        signed_at=row["signed_at"],
    )
