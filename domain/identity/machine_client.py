"""
A program with credentials of its own. It can do much, but never sign.
"""

import re
from datetime import datetime
from typing import Self

from attrs import define, field

from domain.identity.locale import in_one_line
from domain.identity.role import Role
from domain.shared.errors import InvalidInput, NotFound, NotPermitted
from domain.shared.events import Aggregate
from domain.shared.ids import MachineClientId, UserId

_SCOPE = re.compile(r"[a-z_]+:(read|write)")
_LONGEST_NAME = 100
_FORBIDDEN_ROLES = frozenset({Role.PATIENT, Role.PHYSICIAN, Role.ADMINISTRATOR})


class MachineClientNotFound(NotFound):
    """No such machine client."""


class UnfitScope(InvalidInput):
    """Not a scope, or not one of those that the client was given."""


class UnfitMachineRole(NotPermitted):
    """A program is nobody's patient or physician, and appoints nobody."""


@define(eq=False, kw_only=True)
class MachineClient(Aggregate):
    """
    Scopes such as `consultations:read` narrow what its roles allow.
    """

    id: MachineClientId
    name: str
    secret_hash: bytes = field(repr=False)
    roles: frozenset[Role]
    scopes: frozenset[str]
    created_at: datetime
    created_by: UserId | None = None
    revoked_at: datetime | None = None

    @classmethod
    def issue(
        cls,
        *,
        id: MachineClientId,
        name: str,
        secret_hash: bytes,
        roles: frozenset[Role],
        scopes: frozenset[str],
        created_by: UserId | None,
        now: datetime,
    ) -> Self:
        """
        Make a client.

        Raises:
            UnfitMachineRole: A role that only a person can have.
            UnfitScope: A scope that is not written `things:read` or `things:write`.
        """
        if roles & _FORBIDDEN_ROLES:
            raise UnfitMachineRole("A machine client cannot have this role.")
        for scope in scopes:
            if not _SCOPE.fullmatch(scope):
                raise UnfitScope(f"{scope!r} is not a scope.", field="scopes")
        return cls(
            id=id,
            name=in_one_line(name)[:_LONGEST_NAME],
            secret_hash=secret_hash,
            roles=roles,
            scopes=scopes,
            created_by=created_by,
            created_at=now,
        )

    def narrowed(self, scopes: frozenset[str]) -> frozenset[str]:
        """
        The scopes of a token: those asked for, or all when none are named.

        Raises:
            UnfitScope: More was asked for than the client has.
        """
        if not scopes <= self.scopes:
            raise UnfitScope("The client does not have this scope.", field="scope")
        return scopes or self.scopes

    def revoke(self, *, now: datetime) -> None:
        """Take the credentials back; doing so twice is no mistake."""
        if self.revoked_at is None:
            self.revoked_at = now
