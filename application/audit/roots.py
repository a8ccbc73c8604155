"""
Signing what the chains end in, and handing the trail out for a check by others.
"""

import json
from collections.abc import Iterator

from attrs import frozen

from application.audit.ports import AuditUnitOfWork, RootArchive, RootSigner, SignedRoot
from application.audit.verification import AuditChains
from application.shared.access import Actor, Role, require_role, require_system
from application.shared.ports import Clock
from domain.audit import CHAINS, AuditRoot


@frozen
class SignAuditRoot:
    """
    Sign the present ends of all chains and put the root away outside of the database.

    From then on nobody can cut off or replace what the root has seen.
    """

    _uow: AuditUnitOfWork
    _clock: Clock
    _signer: RootSigner
    _archive: RootArchive

    def __call__(self, *, actor: Actor) -> None:
        """
        Sign, unless nothing was written since the last root.

        Raises:
            RootArchiveUnavailable: The root was signed but not put away; the next run does it.
        """
        require_system(actor)
        with self._uow as uow:
            heads = uow.audit_roots.heads()
            signed = uow.audit_roots.newest()
            if signed is None or signed.root.heads != heads:
                root = AuditRoot(self._clock.now(), heads)
                signed = SignedRoot(
                    root=root,
                    signature=self._signer.sign(root.statement()),
                    key_id=self._signer.key_id,
                )
                uow.audit_roots.add(signed)
                uow.commit()
        self._archive.keep(signed)


@frozen
class ExportAuditTrail:
    """
    Hand out the whole trail, one JSON object a line, as `docs/audit/verify_audit.py` reads it.
    """

    _chains: AuditChains
    _uow: AuditUnitOfWork

    def __call__(self, *, actor: Actor) -> Iterator[str]:
        """
        Export, chain by chain, in order. The export itself is noted in the trail.

        Raises:
            AccessDenied: Not an administrator or the system.
        """
        require_role(actor, Role.ADMINISTRATOR)
        with self._uow as uow:
            uow.audit.record(actor=actor, action="audit.exported", subject="audit")
            uow.commit()
        return self._lines()

    def _lines(self) -> Iterator[str]:
        with self._chains.snapshot() as snapshot:
            for chain in range(CHAINS):
                for entry in snapshot.entries(chain):
                    yield json.dumps(entry.exported(), sort_keys=True)


def root_line(signed: SignedRoot) -> str:
    """A signed root as one line of JSON."""
    return json.dumps(
        {
            "type": "root",
            "statement": signed.root.statement(),
            "signature": signed.signature.hex(),
            "key_id": signed.key_id,
        },
        sort_keys=True,
    )
