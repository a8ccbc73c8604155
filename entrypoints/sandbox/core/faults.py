"""
Faults that a test or a person scripts by name, each used up as it strikes.
"""

from __future__ import annotations

import builtins
import json
from fnmatch import fnmatchcase
from typing import Any

from attrs import frozen

from entrypoints.sandbox.core.store import Store

TRANSPORT_FAULTS: dict[str, str] = {
    "respond_429": "Answer 429 without Retry-After; nothing is done.",
    "respond_500_before": "Answer 500; nothing is done.",
    "respond_500_after_commit": "Do the work, then answer 500.",
    "timeout_after_commit": "Do the work, hang for `seconds` (30), then break the connection off.",
    "slow": "Answer rightly, but only after `seconds` (5).",
    "truncated_body": "Do the work, then send half of the answer.",
    "token_expired": "Refuse the credentials of the next call as expired.",
}
WEBHOOK_FAULTS: dict[str, str] = {
    "webhook_before_response": "Deliver before the API call that causes the event is answered.",
    "webhook_duplicate": "Deliver the same event twice.",
    "webhook_new_id_same_fact": "Deliver a second event, with its own id, for the same fact.",
    "webhook_delay": "Deliver only after `seconds` (60).",
    "webhook_drop": "Never deliver; it can still be resent by hand.",
    "webhook_shuffle": "Hold `times` events back and release them last first, `seconds` (1) apart.",
    "webhook_bad_signature": "Sign with something other than the secret.",
    "webhook_old_timestamp": "Sign with a timestamp `seconds` (3600) in the past.",
    "webhook_reserialised_body": "Sign the body, then send it written with other white space.",
    "webhook_unknown_event": "Deliver an event of a type nobody knows before the true one.",
    "webhook_camel_case": "Spell the payload's fields in camelCase.",
    "webhook_missing_amount": "Leave the amount out of the payload.",
    "webhook_wrong_account": "Name an account, or an environment, that is not ours.",
}
FAULTS: dict[str, str] = {**TRANSPORT_FAULTS, **WEBHOOK_FAULTS}


class UnknownFault(Exception):
    """
    No fault of this name is known for this vendor.
    """


@frozen
class Fault:
    """
    One strike of a scripted fault.
    """

    id: int
    vendor: str
    name: str
    params: dict[str, Any]
    remaining: int

    def seconds(self, default: float) -> float:
        return float(self.params.get("seconds", default))


class Faults:
    """
    The scripted faults, kept in the store.

    Args:
        known: Fault name to one line of documentation, for each vendor.
    """

    def __init__(self, store: Store, known: dict[str, dict[str, str]]) -> None:
        self._store = store
        self._known = known

    def known(self, vendor: str) -> dict[str, str]:
        return {**FAULTS, **self._known.get(vendor, {})}

    def script(
        self,
        vendor: str,
        name: str,
        times: int = 1,
        match: dict[str, Any] | None = None,
        **params: Any,
    ) -> int:
        """
        Let a fault strike the next `times` occasions whose facts match.

        Args:
            match: Facts to equal; texts are shell patterns (``{"path": "/v1/refunds*"}``).

        Raises:
            UnknownFault: The vendor has no fault of this name.
        """
        if vendor not in self._known or name not in self.known(vendor):
            raise UnknownFault(f"{vendor} has no fault named {name}")
        return self._store.insert(
            "INSERT INTO fault (vendor, name, times, match, params) VALUES (?, ?, ?, ?, ?)",
            (vendor, name, times, json.dumps(match or {}), json.dumps(params)),
        )

    def take(self, vendor: str, name: str, **facts: Any) -> Fault | None:
        """
        Use one strike of the first scripted fault that matches, if there is one.
        """
        with self._store.transaction():
            rows = self._store.execute(
                "SELECT * FROM fault WHERE vendor = ? AND name = ? ORDER BY id", (vendor, name)
            )
            for row in rows:
                if not _matches(json.loads(row["match"]), facts):
                    continue
                remaining = row["times"] - 1
                if remaining > 0:
                    self._store.execute(
                        "UPDATE fault SET times = ? WHERE id = ?", (remaining, row["id"])
                    )
                else:
                    self._store.execute("DELETE FROM fault WHERE id = ?", (row["id"],))
                return Fault(row["id"], vendor, name, json.loads(row["params"]), remaining)
        return None

    def list(self) -> builtins.list[dict[str, Any]]:
        rows = self._store.execute("SELECT * FROM fault ORDER BY id")
        return [
            {**dict(row), "match": json.loads(row["match"]), "params": json.loads(row["params"])}
            for row in rows
        ]

    def clear(self) -> None:
        self._store.execute("DELETE FROM fault")


def _matches(wanted: dict[str, Any], facts: dict[str, Any]) -> bool:
    for key, value in wanted.items():
        fact = facts.get(key)
        if isinstance(value, str) and isinstance(fact, str):
            if not fnmatchcase(fact, value):
                return False
        elif fact != value:
            return False
    return True
