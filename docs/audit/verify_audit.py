# ruff: noqa: INP001, PLC0415, T201
"""
Check an exported audit trail without trusting the platform that wrote it.

    python verify_audit.py export.jsonl [--roots roots.jsonl --key PUBLIC_KEY_IN_HEX]

It shares no code with the platform and needs Python alone, and the `cryptography` package for
the signatures of roots. What it checks, entry by entry:

- the numbers of a chain run 1, 2, 3 … without a gap;
- `previous_hash` is the hash of the entry before (32 zero bytes before the first);
- `hash` is SHA-256 over the previous hash and the canonical JSON of all other fields;
- every signed root's signature holds, and every head that it names is in the chain, unchanged.

It prints what it found and ends with status 1 if anything was tampered with, else 0.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Line = dict[str, Any]
Hashes = dict[tuple[int, int], str]

ZERO = "00" * 32
NOT_HASHED = ("type", "previous_hash", "hash")
CHAINS = 16


def read_lines(path: Path) -> Iterator[Line]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError:
                    sys.exit(f"{path}, line {number}: not JSON")


def expected_hash(entry: Line) -> str:
    fields = {name: value for name, value in entry.items() if name not in NOT_HASHED}
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(bytes.fromhex(entry["previous_hash"]) + canonical.encode()).hexdigest()


def check_entries(entries: Iterable[Line]) -> tuple[Hashes, list[str]]:
    """
    Walk all chains, in whatever order they are mixed.

    Returns:
        The hash of every (chain, sequence), and what is wrong.
    """
    hashes: Hashes = {}
    ends: dict[int, tuple[int, str]] = dict.fromkeys(range(CHAINS), (0, ZERO))
    wrong = []
    for entry in entries:
        chain, sequence = entry["chain"], entry["sequence"]
        place = f"chain {chain}, entry {sequence}"
        last_sequence, last_hash = ends.get(chain, (0, ZERO))
        if sequence != last_sequence + 1:
            wrong.append(f"{place}: follows {last_sequence}, so that entries are missing or moved")
        elif entry["previous_hash"] != last_hash:
            wrong.append(f"{place}: does not follow the entry before it")
        if expected_hash(entry) != entry["hash"]:
            wrong.append(f"{place}: was edited")
        if (chain, sequence) in hashes:
            wrong.append(f"{place}: occurs twice")
        hashes[chain, sequence] = entry["hash"]
        ends[chain] = (sequence, entry["hash"])
    return hashes, wrong


def check_roots(roots: Iterable[Line], public_key: str, hashes: Hashes) -> list[str]:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    wrong = []
    latest: dict[int, int] = {}
    for number, root in enumerate(roots, 1):
        try:
            key.verify(bytes.fromhex(root["signature"]), root["statement"].encode())
        except (InvalidSignature, ValueError):
            wrong.append(f"root {number}: its signature does not hold")
            continue
        statement = json.loads(root["statement"])
        for head in statement["heads"]:
            chain, sequence = head["chain"], head["sequence"]
            place = f"chain {chain}, entry {sequence}"
            if sequence < latest.get(chain, 0):
                wrong.append(f"root {number}: {place}: an earlier root saw a longer chain")
            latest[chain] = max(sequence, latest.get(chain, 0))
            if sequence == 0:
                continue
            if (chain, sequence) not in hashes:
                wrong.append(f"{place}: cut off since {statement['at']}")
            elif hashes[chain, sequence] != head["hash"]:
                wrong.append(f"{place}: replaced since {statement['at']}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="Check an exported audit trail.")
    parser.add_argument("export", type=Path)
    parser.add_argument("--roots", type=Path, help="signed roots, kept apart from the database")
    parser.add_argument("--key", help="the Ed25519 public key of the roots, in hexadecimal")
    arguments = parser.parse_args()
    if (arguments.roots is None) != (arguments.key is None):
        parser.error("--roots and --key go together")
    hashes, wrong = check_entries(read_lines(arguments.export))
    if arguments.roots is not None:
        wrong += check_roots(read_lines(arguments.roots), arguments.key, hashes)
    for finding in wrong:
        print(finding)
    print(f"{len(hashes)} entries, {len(wrong)} findings")
    if arguments.roots is None:
        print("Without signed roots nobody can tell whether the newest entries were cut off.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
