"""
Patients, medicines and prescriptions as the network keeps them.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from graphql import GraphQLError

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox
from entrypoints.sandbox.photon.events import Events

VENDOR_NAME = "photon"
PRESCRIPTION_LIFETIME = timedelta(days=365)
DISPENSE_UNITS = ("Each", "Tablet", "Capsule", "Milliliter", "Gram", "Bottle", "Inhaler", "Tube")
PRESCRIBER: Document = {
    "id": "usr_sandboxPrescriber",
    "name": {"first": "Amelia", "last": "Moreau", "middle": None, "title": "MD"},
    "email": "amelia.moreau@example.test",
    "phone": "+15550100100",
    "NPI": "1003004169",
}
_NOT_IN_THE_CATALOGUE = "unobtainium"


class Refused(GraphQLError):
    """
    A refusal with the code that a client decides by, in ``extensions.code``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, extensions={"code": code})


def new_id(prefix: str) -> str:
    return f"{prefix}_{uuid4().hex[:26].upper()}"


def moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def page(documents: list[Document], after: str | None, first: int | None) -> list[Document]:
    """
    At most `first` (25) documents behind the one with the id `after`.
    """
    ids = [doc["id"] for doc in documents]
    start = ids.index(after) + 1 if after in ids else 0
    return documents[start : start + (25 if first is None else max(0, min(first, 100)))]


class Records:
    def __init__(self, ctx: Sandbox, events: Events) -> None:
        self._ctx = ctx
        self._events = events

    def create_patient(self, given: Document) -> Document:
        patient = {"id": new_id("pat"), **_without_nothing(given)}
        self._ctx.store.put(VENDOR_NAME, "patient", patient["id"], patient)
        return patient

    def update_patient(self, id: str, given: Document) -> Document:
        with self._ctx.store.transaction():
            patient = {**self.need("patient", id), **_without_nothing(given)}
            self._ctx.store.put(VENDOR_NAME, "patient", id, patient)
        return patient

    def create_prescription(self, given: Document) -> Document:
        """
        Write a prescription; signed with it, unless a person has to sign.

        Raises:
            Refused: `FORBIDDEN` when these credentials may not sign at all.
        """
        self.need("patient", given["patientId"])
        self.medicine(given["treatmentId"])
        _check_prescription(given)
        facts = {"external_id": given.get("externalId")}
        if self._ctx.faults.take(VENDOR_NAME, "signing_forbidden", **facts):
            raise Refused("FORBIDDEN", "Not authorized: write:prescription needs a prescriber.")
        now = self._ctx.clock.now()
        starts_on = date.fromisoformat(given.get("effectiveDate") or f"{now:%Y-%m-%d}")
        draft = self._ctx.faults.take(VENDOR_NAME, "prescriber_must_sign", **facts)
        prescription = {
            "id": new_id("rx"),
            **_without_nothing(given),
            "dispenseAsWritten": bool(given.get("dispenseAsWritten")),
            "effectiveDate": starts_on.isoformat(),
            "expirationDate": (starts_on + PRESCRIPTION_LIFETIME).isoformat(),
            "fillsRemaining": given["fillsAllowed"],
            "state": "DRAFT" if draft else "ACTIVE",
            "writtenAt": moment(now),
        }
        with self._ctx.store.transaction():
            self._save_prescription(prescription)
            if not draft:
                self._events.prescription("created", prescription)
        return prescription

    def sign(self, id: str) -> Document:
        with self._ctx.store.transaction():
            prescription = self.need("prescription", id)
            if prescription["state"] == "DRAFT":
                prescription["state"] = "ACTIVE"
                self._save_prescription(prescription)
                self._events.prescription("created", prescription)
        return prescription

    def expire(self, id: str) -> Document:
        with self._ctx.store.transaction():
            prescription = self.need("prescription", id)
            prescription["state"] = "EXPIRED"
            self._save_prescription(prescription)
            self._events.prescription("expired", prescription)
        return prescription

    def cancel_prescription(self, id: str) -> Document:
        with self._ctx.store.transaction():
            prescription = self.need("prescription", id)
            if prescription["state"] in {"DEPLETED", "EXPIRED"}:
                raise Refused(
                    "PRESCRIPTION_NOT_CANCELABLE", f"The prescription is {prescription['state']}."
                )
            prescription["state"] = "CANCELED"
            self._save_prescription(prescription)
        return prescription

    def use_fill(self, prescription_id: str) -> None:
        """
        A pharmacy dispensed once; the last time depletes the prescription.
        """
        prescription = self.need("prescription", prescription_id)
        prescription["fillsRemaining"] = max(0, prescription["fillsRemaining"] - 1)
        if prescription["fillsRemaining"] == 0 and prescription["state"] == "ACTIVE":
            prescription["state"] = "DEPLETED"
            self._events.prescription("depleted", prescription)
        self._save_prescription(prescription)

    def find(self, kind: str, **equals: Any) -> list[Document]:
        """
        Newest first; what is not given does not matter.
        """
        wanted = {key: value for key, value in equals.items() if value is not None}
        return self._ctx.store.find(VENDOR_NAME, kind, **wanted)[::-1]

    def get(self, kind: str, id: str) -> Document | None:
        return self._ctx.store.get(VENDOR_NAME, kind, id)

    def need(self, kind: str, id: str) -> Document:
        found = self.get(kind, id)
        if found is None:
            raise Refused("NOT_FOUND", f"No {kind} has the id {id}.")
        return found

    def medicine(self, id: str) -> Document:
        return self.need("medication", id)

    def medicines(self, name: str | None, code: str | None) -> list[Document]:
        """
        Medicines by a part of their name, or by RxNorm code.

        The true catalogue holds every medicine of the market; here one is entered as soon as
        somebody asks for it. Only `unobtainium` stays unknown.
        """
        known = self._ctx.store.all(VENDOR_NAME, "medication")
        if code:
            return [each for each in known if each["codes"]["rxcui"] == code]
        if not name:
            return known
        words = name.strip().casefold()
        found = [each for each in known if words in each["name"].casefold()]
        if found or len(words) < 3 or _NOT_IN_THE_CATALOGUE in words:
            return found
        entry = medicine(name.strip())
        self._ctx.store.put(VENDOR_NAME, "medication", entry["id"], entry)
        return [entry]

    def _save_prescription(self, prescription: Document) -> None:
        self._ctx.store.put(VENDOR_NAME, "prescription", prescription["id"], prescription)


def medicine(name: str, rxcui: str | None = None) -> Document:
    digest = hashlib.sha256(name.casefold().encode()).hexdigest()
    strength = re.search(r"\d+(\.\d+)? ?(mg|mcg|g|mL|%|units)(/\w+)?", name, re.IGNORECASE)
    return {
        "__typename": "Medication",
        "id": f"med_{digest[:16]}",
        "name": name,
        "description": None,
        "codes": {"rxcui": rxcui or str(100000 + int(digest[:8], 16) % 1_900_000)},
        "type": "RX",
        "form": None,
        "strength": strength.group(0) if strength else None,
        "genericName": name.split(maxsplit=1)[0].lower(),
        "controlled": False,
    }


SEED_MEDICINES = (
    medicine("Amoxicillin 500 MG Oral Capsule", "308191"),
    medicine("Atorvastatin 20 MG Oral Tablet", "617310"),
    medicine("Metformin 500 MG Oral Tablet", "861007"),
    medicine("Lisinopril 10 MG Oral Tablet", "314076"),
    medicine("Sertraline 50 MG Oral Tablet", "312941"),
    medicine("Albuterol 0.09 MG/ACTUAT Inhaler", "745679"),
    medicine("Nitrofurantoin 100 MG Oral Capsule", "311989"),
    medicine("Tretinoin 0.025 % Topical Cream", "198300"),
)


def _without_nothing(given: Document) -> Document:
    return {key: value for key, value in given.items() if value is not None}


def _check_prescription(given: Document) -> None:
    if given["fillsAllowed"] < 1 or given["dispenseQuantity"] <= 0:
        raise Refused("BAD_USER_INPUT", "fillsAllowed and dispenseQuantity must be positive.")
    if not given["instructions"].strip():
        raise Refused("BAD_USER_INPUT", "instructions must not be empty.")
    if given["dispenseUnit"] not in DISPENSE_UNITS:
        raise Refused("BAD_USER_INPUT", f"dispenseUnit must be one of {', '.join(DISPENSE_UNITS)}.")
