"""
Is the audit trail still what was written? Every chain is walked from its first entry.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from attrs import frozen

from application.shared.access import Actor, Role, require_role
from domain.audit import CHAINS, ChainedEntry, ChainHead, Finding, check_chain


class AuditSnapshot(Protocol):
    """All chains as they were at one moment."""

    def entries(self, chain: int) -> Iterator[ChainedEntry]:
        """The entries of a chain, in order."""
        ...

    def known_ends(self, chain: int) -> tuple[ChainHead, ...]:
        """The heads that a chain is known to have had: the stored one, and those of roots."""
        ...


class AuditChains(Protocol):
    """The stored audit trail."""

    def snapshot(self) -> AbstractContextManager[AuditSnapshot]:
        """Hold one consistent view while it is walked; writers go on meanwhile."""
        ...


@frozen(kw_only=True)
class AuditVerified:
    """
    What the walk saw.

    Args:
        entries: How many entries were recomputed.
        findings: Where the trail is not what was written; empty if it is whole.
    """

    entries: int
    findings: tuple[Finding, ...]


@frozen
class VerifyAuditTrail:
    """
    Recompute every link of the audit trail.
    """

    _chains: AuditChains

    def __call__(self, *, actor: Actor) -> AuditVerified:
        """
        Walk all chains. Takes time in proportion to the number of entries.

        Raises:
            AccessDenied: Not an administrator or the system.
        """
        require_role(actor, Role.ADMINISTRATOR)
        seen = 0
        findings: list[Finding] = []

        def counted(entries: Iterator[ChainedEntry]) -> Iterator[ChainedEntry]:
            nonlocal seen
            for entry in entries:
                seen += 1
                yield entry

        with self._chains.snapshot() as snapshot:
            for chain in range(CHAINS):
                ends = snapshot.known_ends(chain)
                findings += check_chain(counted(snapshot.entries(chain)), chain=chain, ends=ends)
        return AuditVerified(entries=seen, findings=tuple(findings))
