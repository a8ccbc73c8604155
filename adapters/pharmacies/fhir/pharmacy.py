"""
Orders at a pharmacy that speaks FHIR R4: MedicationRequest, Task and MedicationDispense.

Our order is the group of its tasks: `groupIdentifier` is our identifier, and the reference.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.pharmacies.fhir.client import FhirClient, FhirRefused
from adapters.pharmacies.fhir.resources import (
    ORDER_SYSTEM,
    REQUEST_STATUSES,
    TASK_STATUSES,
    order_bundle,
    update_bundle,
)
from application.orders.ports import (
    PharmacyOrder,
    PharmacyRefused,
    PharmacyUnreachable,
    RemoteOrder,
)
from domain.orders.fulfilment import CancelOutcome, OrderStatus
from domain.prescriptions.events import PrescriptionCancelReason
from domain.shared.ids import OrderId

Resource = Mapping[str, Any]

_STATUSES = {
    "draft": OrderStatus.SENT,
    "requested": OrderStatus.SENT,
    "received": OrderStatus.RECEIVED,
    "accepted": OrderStatus.RECEIVED,
    "on-hold": OrderStatus.RECEIVED,
    "in-progress": OrderStatus.PREPARING,
    "ready": OrderStatus.READY,
    "completed": OrderStatus.COLLECTED,
    "cancelled": OrderStatus.CANCELLED,
    "rejected": OrderStatus.FAILED,
    "failed": OrderStatus.FAILED,
}
_SLOWEST_FIRST = tuple(_STATUSES)
_OUTCOMES = {
    "cancelled": CancelOutcome.CANCELLED,
    "cancelled-with-dispenser": CancelOutcome.MARKED_WITH_DISPENSER,
    "not-cancelled-dispensed": CancelOutcome.ALREADY_DISPENSED,
    "not-cancelled-in-preparation": CancelOutcome.BEING_PREPARED,
    "not-found": CancelOutcome.NOT_FOUND,
    "not-permitted": CancelOutcome.NOT_PERMITTED,
}
_CHANGED_MEANWHILE = 412
_REFERENCE = re.compile(r"[A-Za-z]+/[A-Za-z0-9.-]{1,64}")


class FhirPharmacies:
    """The gateway to a FHIR server."""

    def __init__(self, client: FhirClient) -> None:
        self._client = client

    def send(self, order: PharmacyOrder) -> RemoteOrder:
        try:
            self._client.transaction(order_bundle(order))
        except FhirRefused as refusal:
            raise PharmacyRefused("The pharmacy does not take this order.") from refusal
        return RemoteOrder(
            reference=str(order.order_id), status=OrderStatus.SENT, vendor_status="requested"
        )

    def find(self, order_id: OrderId) -> RemoteOrder | None:
        return self.status(str(order_id))

    def status(self, reference: str) -> RemoteOrder | None:
        tasks = self._tasks(reference)
        if not tasks:
            return None
        word = _slowest([task["status"] for task in tasks])
        return RemoteOrder(
            reference=reference,
            status=_STATUSES.get(word),
            vendor_status=word,
            fills=self._fills(tasks),
            pharmacy=_pharmacy(tasks[0]),
        )

    def resolve(self, subject: str) -> str | None:
        if not _REFERENCE.fullmatch(subject):
            return None
        resource = self._client.read(subject)
        if resource is not None and resource["resourceType"] == "MedicationDispense":
            prescribed = resource.get("authorizingPrescription") or []
            resource = self._client.read(prescribed[0]["reference"]) if prescribed else None
        group = (resource or {}).get("groupIdentifier") or {}
        return str(group["value"]) if group.get("system") == ORDER_SYSTEM else None

    def cancel(self, reference: str, *, reason: PrescriptionCancelReason) -> CancelOutcome:
        tasks = self._tasks(reference)
        if not tasks:
            return CancelOutcome.NOT_FOUND
        waiting = [task for task in tasks if task["status"] != "cancelled"]
        if waiting:
            refused = self._call_back(waiting, reason)
            if refused is not None:
                return refused
            tasks = self._tasks(reference)
        words = {_outcome(task) for task in tasks}
        if CancelOutcome.MARKED_WITH_DISPENSER in words:
            return CancelOutcome.MARKED_WITH_DISPENSER
        return CancelOutcome.CANCELLED

    def _call_back(
        self, tasks: Sequence[Resource], reason: PrescriptionCancelReason
    ) -> CancelOutcome | None:
        prescriptions = [self._client.read(task["focus"]["reference"]) for task in tasks]
        why = {"text": reason.value.replace("_", " ")}
        bundle = update_bundle(
            [
                *({**task, "status": "cancelled", "statusReason": why} for task in tasks),
                *(
                    {**one, "status": "cancelled", "statusReason": why}
                    for one in prescriptions
                    if one is not None and one["status"] in REQUEST_STATUSES - {"cancelled"}
                ),
            ]
        )
        try:
            # A repeat finds the tasks cancelled: asking again makes nothing twice.
            self._client.transaction(bundle, changes=False)
        except FhirRefused as refusal:
            known = [_OUTCOMES[code] for code in refusal.details if code in _OUTCOMES]
            if known:
                return known[0]
            if refusal.status == 403:
                return CancelOutcome.NOT_PERMITTED
            if refusal.status in {409, _CHANGED_MEANWHILE}:
                raise PharmacyUnreachable("The order changed meanwhile; ask again.") from refusal
            raise PharmacyUnreachable("The pharmacy gave no proper answer.") from refusal
        return None

    def _tasks(self, reference: str) -> list[dict[str, Any]]:
        return self._client.search("Task", **{"group-identifier": f"{ORDER_SYSTEM}|{reference}"})

    def _fills(self, tasks: Sequence[Resource]) -> int:
        prescriptions = [task["focus"]["reference"] for task in tasks]
        dispenses = self._client.search("MedicationDispense", prescription=",".join(prescriptions))
        done = Counter(
            prescribed["reference"]
            for dispense in dispenses
            if dispense["status"] == "completed"
            for prescribed in dispense.get("authorizingPrescription", [])
        )
        return max(done.values(), default=0)


def _slowest(words: Sequence[str]) -> str:
    """What the order as a whole is: as far as its last item, or the first trouble."""
    for word in words:
        if word not in TASK_STATUSES or word in {"rejected", "failed"} or word not in _STATUSES:
            return word
    left = [word for word in words if word != "cancelled"]
    return min(left or words, key=_SLOWEST_FIRST.index)


def _outcome(task: Resource) -> CancelOutcome:
    for coding in (task.get("businessStatus") or {}).get("coding", []):
        if coding.get("code") in _OUTCOMES:
            return _OUTCOMES[coding["code"]]
    return CancelOutcome.CANCELLED


def _pharmacy(task: Resource) -> str | None:
    owner = str((task.get("owner") or {}).get("reference", ""))
    kind, _, name = owner.rpartition("/")
    return name if kind == "Organization" else None
