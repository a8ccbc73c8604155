"""
Is the audit trail still what was written? Every chain is walked from its first entry.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from attrs import frozen

from application.audit.ports import RootSigner, SignedRoot
from application.shared.access import Actor, Role, require_role
from domain.audit import CHAINS, ChainedEntry, ChainHead, Finding, Tampering, check_chain


class AuditSnapshot(Protocol):
    """All chains as they were at one moment."""

    def entries(self, chain: int) -> Iterator[ChainedEntry]:
        """The entries of a chain, in order."""
        ...

    def head(self, chain: int) -> ChainHead:
        """What the chain is said to end in."""
        ...

    def roots(self) -> tuple[SignedRoot, ...]:
        """Every root that was signed, oldest first."""
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
    _signer: RootSigner

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
            roots = snapshot.roots()
            findings += self._forged(roots)
            for chain in range(CHAINS):
                ends = (snapshot.head(chain), *(signed.root.head(chain) for signed in roots))
                findings += check_chain(counted(snapshot.entries(chain)), chain=chain, ends=ends)
        return AuditVerified(entries=seen, findings=tuple(findings))

    def _forged(self, roots: tuple[SignedRoot, ...]) -> list[Finding]:
        # A root of an earlier key is checked by whoever kept that key's public half.
        return [
            Finding(Tampering.FORGED_ROOT, -1, number)
            for number, signed in enumerate(roots, 1)
            if signed.key_id == self._signer.key_id
            and not self._signer.is_signature(signed.signature, signed.root.statement())
        ]
