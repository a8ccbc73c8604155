"""
The audit trail: who did and who saw what, in chains of hashes that betray every change.

Each entry's hash covers the one before it in its chain (SHA-256, FIPS 180-4), so that an
entry that is edited, taken out or moved breaks its chain. Entries are spread over several
chains, because one would make every transaction wait for every other. What no chain can
show by itself, that its newest entries were cut off, a signed root kept elsewhere shows.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from attrs import field, frozen

from domain.shared.errors import InvariantError
from domain.shared.ids import AuditEntryId

CHAINS = 16
GENESIS = bytes(32)
_LONGEST_REASON = 500


class UnfitForAudit(InvariantError):
    """An entry was recorded that the trail cannot hold."""


@frozen(kw_only=True)
class AuditEntry:
    """
    One deed. Holds codes and identifiers, never what was read or written.

    Args:
        actor_id: The user or machine client; None for the platform itself.
        actor_roles: What the actor was here as, in order of the alphabet.
        subject: A wire identifier.
        patient_id: Whose record was touched, if anybody's.
        reason: The purpose of use that the actor gave.
    """

    id: AuditEntryId
    recorded_at: datetime
    actor_kind: str
    actor_id: UUID | None
    actor_label: str
    actor_roles: tuple[str, ...]
    action: str
    subject: str
    patient_id: UUID | None = None
    reason: str | None = None
    details: Mapping[str, str] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if self.recorded_at.tzinfo is None:
            raise UnfitForAudit("an audit entry needs an aware time")
        if not self.action or not self.subject:
            raise UnfitForAudit("an audit entry needs an action and a subject")
        if self.reason is not None and len(self.reason) > _LONGEST_REASON:
            raise UnfitForAudit("an audit entry's reason is too long")

    def hashed_text(self) -> tuple[str, str]:
        """The text that is hashed, before and after the place of its sequence in the chain."""
        # A value's quotes are escaped, so that no value can look like this field.
        fields = _canonical(_hashed_fields(self.chain, 0, self))
        before, _, after = fields.partition('"sequence":0')
        return before + '"sequence":', after

    @property
    def chain(self) -> int:
        """The chain it belongs to: a patient's entries all stand in one, in order."""
        shard = self.patient_id or self.actor_id
        key = shard.bytes if shard else self.actor_label.encode()
        return hashlib.sha256(key).digest()[0] % CHAINS


@frozen
class ChainHead:
    """The newest entry of a chain; sequence 0 before the first."""

    chain: int
    sequence: int = 0
    hash: bytes = GENESIS


@frozen(kw_only=True)
class ChainedEntry:
    """An entry in its place."""

    chain: int
    sequence: int
    previous_hash: bytes
    hash: bytes
    entry: AuditEntry

    @classmethod
    def after(cls, head: ChainHead, entry: AuditEntry) -> "ChainedEntry":
        """Append an entry to the chain that ends in `head`."""
        sequence = head.sequence + 1
        return cls(
            chain=head.chain,
            sequence=sequence,
            previous_hash=head.hash,
            hash=_link(head.hash, head.chain, sequence, entry),
            entry=entry,
        )

    @property
    def head(self) -> ChainHead:
        """The chain's head, once this is its newest entry."""
        return ChainHead(self.chain, self.sequence, self.hash)

    @property
    def holds(self) -> bool:
        """Whether the hash is that of what the entry says."""
        return self.hash == _link(self.previous_hash, self.chain, self.sequence, self.entry)

    def exported(self) -> dict[str, Any]:
        """The entry as one line of an export; `hash` covers the other fields."""
        return {
            "type": "entry",
            **_hashed_fields(self.chain, self.sequence, self.entry),
            "previous_hash": self.previous_hash.hex(),
            "hash": self.hash.hex(),
        }


class Tampering(StrEnum):
    """How a chain is broken."""

    EDITED = "edited"  # the entry does not say what was hashed
    MISSING = "missing"  # a number is left out
    UNLINKED = "unlinked"  # it does not follow the entry that stands before it
    TRUNCATED = "truncated"  # it ends before an entry that a head or signed root names
    REWRITTEN = "rewritten"  # another entry stands where a signed root saw one
    FORGED_ROOT = "forged_root"  # the root's signature does not hold


@frozen
class Finding:
    """Where a chain is broken, and how; chain -1 for the row of signed roots."""

    tampering: Tampering
    chain: int
    sequence: int


@frozen
class AuditRoot:
    """What all the chains end in at one moment; signed and kept outside the database."""

    at: datetime
    heads: tuple[ChainHead, ...]

    def statement(self) -> str:
        """The text that is signed."""
        return _canonical(
            {
                "at": _instant(self.at),
                "heads": [
                    {"chain": head.chain, "sequence": head.sequence, "hash": head.hash.hex()}
                    for head in sorted(self.heads, key=lambda head: head.chain)
                ],
            }
        )

    @classmethod
    def parse(cls, statement: str) -> "AuditRoot":
        """Read a statement."""
        fields = json.loads(statement)
        return cls(
            datetime.fromisoformat(fields["at"]),
            tuple(
                ChainHead(head["chain"], head["sequence"], bytes.fromhex(head["hash"]))
                for head in fields["heads"]
            ),
        )

    def head(self, chain: int) -> ChainHead:
        """What it says of one chain."""
        return next((head for head in self.heads if head.chain == chain), ChainHead(chain))


def check_chain(
    entries: Iterable[ChainedEntry], *, chain: int, ends: Iterable[ChainHead]
) -> Iterator[Finding]:
    """
    Walk a chain from its first entry.

    Args:
        entries: All of the chain, in order of sequence.
        chain: Its number.
        ends: Heads that the chain is known to have had: the stored one, and every signed one.
    """
    expected = {end.sequence: end.hash for end in ends if end.sequence > 0}
    head = ChainHead(chain)
    for each in entries:
        if each.sequence != head.sequence + 1:
            yield Finding(Tampering.MISSING, chain, head.sequence + 1)
        elif each.previous_hash != head.hash:
            yield Finding(Tampering.UNLINKED, chain, each.sequence)
        if not each.holds:
            yield Finding(Tampering.EDITED, chain, each.sequence)
        if expected.pop(each.sequence, each.hash) != each.hash:
            yield Finding(Tampering.REWRITTEN, chain, each.sequence)
        head = each.head
    yield from (Finding(Tampering.TRUNCATED, chain, sequence) for sequence in sorted(expected))


def _link(previous_hash: bytes, chain: int, sequence: int, entry: AuditEntry) -> bytes:
    fields = _canonical(_hashed_fields(chain, sequence, entry))
    return hashlib.sha256(previous_hash + fields.encode()).digest()


def _hashed_fields(chain: int, sequence: int, entry: AuditEntry) -> dict[str, Any]:
    return {
        "chain": chain,
        "sequence": sequence,
        "id": str(entry.id),
        "recorded_at": _instant(entry.recorded_at),
        "actor_kind": entry.actor_kind,
        "actor_id": str(entry.actor_id) if entry.actor_id else None,
        "actor_label": entry.actor_label,
        "actor_roles": list(entry.actor_roles),
        "action": entry.action,
        "subject": entry.subject,
        "patient_id": str(entry.patient_id) if entry.patient_id else None,
        "reason": entry.reason,
        "details": dict(entry.details),
    }


def _canonical(fields: dict[str, Any]) -> str:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
