"""
The pharmacy's own work: a Task goes from request to a MedicationDispense, or is cancelled.

    requested ──> received ──> accepted ──> in-progress ──> completed
        │             │            │             │
        └─> cancelled └─> cancelled, with the dispenser  └─> a cancellation is refused
        └─> rejected
"""

from __future__ import annotations

from typing import Any

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Sandbox
from entrypoints.sandbox.fhir_pharmacy.notices import Notices
from entrypoints.sandbox.fhir_pharmacy.outcome import FhirError, concept
from entrypoints.sandbox.fhir_pharmacy.repository import VENDOR_NAME, Repository, instant

STEP_SECONDS = 1.5
_NEXT = {
    "requested": "received",
    "received": "accepted",
    "accepted": "in-progress",
    "in-progress": "completed",
}
_WITH_DISPENSER = frozenset({"received", "accepted"})
_OPEN = frozenset({"draft", "requested", *_WITH_DISPENSER, "on-hold", "ready"})
_ENDED = frozenset({"cancelled", "rejected", "failed", "entered-in-error"})
_DISPENSE_IDENTIFIER = "https://pharmacy.sandbox.test/dispense"


class Dispensary:
    def __init__(self, ctx: Sandbox, repository: Repository, notices: Notices) -> None:
        self._ctx = ctx
        self._repository = repository
        self._notices = notices

    def refuse_if_scripted(self, body: Any) -> None:
        """
        Let a scripted refusal strike a cancellation, alone or in a Bundle.

        Outside any transaction: the refusal would roll back that the strike is used up.
        """
        resources = (
            [entry.get("resource") for entry in body.get("entry") or [] if isinstance(entry, dict)]
            if isinstance(body, dict) and body.get("resourceType") == "Bundle"
            else [body]
        )
        for resource in resources:
            if not isinstance(resource, dict) or resource.get("status") != "cancelled":
                continue
            if self._ctx.faults.take(VENDOR_NAME, "cancel_not_permitted", id=resource.get("id")):
                raise FhirError(403, "forbidden", "Not permitted to cancel.", "not-permitted")

    def admit(self, resource: Document) -> None:
        """
        Whether something new may be kept at all.

        Raises:
            FhirError: 403 for what only the pharmacy writes, 422 for a Task without a purpose.
        """
        kind = resource["resourceType"]
        if kind == "MedicationDispense":
            raise FhirError(403, "forbidden", "Only the pharmacy writes a MedicationDispense.")
        if kind == "Task" and resource.get("status") not in {"draft", "requested"}:
            raise FhirError(422, "business-rule", "A new Task must be draft or requested.")

    def took(self, task: Document) -> None:
        """
        A Task has been kept: look at what it asks for, and begin when it may be begun.
        """
        if task["resourceType"] != "Task" or task["status"] != "requested":
            return
        prescription = self._prescription(task)
        if prescription is None or task.get("intent") != "order":
            raise FhirError(
                422, "business-rule", "A Task must order what a MedicationRequest in focus says."
            )
        if prescription["status"] != "active":
            raise FhirError(
                422,
                "business-rule",
                f"The prescription is {prescription['status']} and cannot be dispensed.",
            )
        self._continue_later(task)

    def allow_change(self, before: Document, after: Document) -> Document:
        """
        What a caller's update becomes: mostly what it says, for a cancellation its outcome too.

        Raises:
            FhirError: 409 when it comes too late, 403 when it is not the caller's to decide.
        """
        kind = after["resourceType"]
        if kind == "MedicationDispense":
            raise FhirError(403, "forbidden", "Only the pharmacy writes a MedicationDispense.")
        if before.get("status") == after.get("status") or kind not in {"Task", "MedicationRequest"}:
            ended = (
                {"businessStatus": before["businessStatus"]} if "businessStatus" in before else {}
            )
            return {**after, **ended}
        if after["status"] == "cancelled":
            return self._cancelled(before, after)
        if kind == "Task" and (before["status"], after["status"]) != ("draft", "requested"):
            raise FhirError(
                403, "forbidden", f"A Task is not made {after['status']} by who requested it."
            )
        if before["status"] == "cancelled":
            raise FhirError(409, "conflict", f"{kind}/{before['id']} is cancelled.")
        return after

    def report(self, resource: Document) -> None:
        if resource["resourceType"] in {"Task", "MedicationRequest", "MedicationDispense"}:
            self._notices.changed(resource)

    def advance(self, task_id: str, *, going_on: bool = True) -> Document:
        """
        The pharmacy takes one step, within the caller's transaction.
        """
        task = self._repository.read("Task", task_id)
        if task["status"] not in _NEXT:
            return task
        prescription = self._prescription(task)
        if prescription is not None and prescription["status"] == "cancelled":
            return self.cancel_by_pharmacy(task_id, "The prescription was cancelled.")
        if task["status"] == "requested":
            fault = self._ctx.faults.take(VENDOR_NAME, "order_rejected", task_id=task_id)
            if fault:
                return self.reject(task_id, str(fault.params.get("reason", "Out of stock")))
        task = self._repository.put({**task, "status": _NEXT[task["status"]]})
        self.report(task)
        if task["status"] == "in-progress":
            self._dispense(task, "in-progress")
        elif task["status"] == "completed":
            self._complete(task)
        if going_on:
            self._continue_later(task)
        return task

    def go_on(self, task_id: str, version: str) -> None:
        """
        The autopilot's turn; it keeps out when somebody else changed the Task meanwhile.
        """
        if self._repository.read("Task", task_id)["meta"]["versionId"] == version:
            self.advance(task_id)

    def reject(self, task_id: str, reason: str) -> Document:
        task = self._repository.read("Task", task_id)
        task = self._repository.put(
            {**task, "status": "rejected", "statusReason": {"text": reason}}
        )
        self.report(task)
        return task

    def cancel_by_pharmacy(self, task_id: str, reason: str) -> Document:
        """
        The pharmacy cancels, even after it dispensed.
        """
        task = self._repository.read("Task", task_id)
        task = self._repository.put(
            {
                **task,
                "status": "cancelled",
                "statusReason": {"text": reason},
                "businessStatus": concept("cancelled-with-dispenser"),
            }
        )
        self.report(task)
        return task

    def reroute(self, task_id: str, pharmacy: str) -> Document:
        """
        Another pharmacy takes it over, and begins anew.
        """
        task = self._repository.read("Task", task_id)
        if task["status"] not in _OPEN:
            raise FhirError(409, "conflict", "The order can no longer change pharmacy.")
        owner = {"reference": f"Organization/{pharmacy}"}
        task = self._repository.put({**task, "status": "requested", "owner": owner})
        self.report(task)
        self._continue_later(task)
        return task

    def dispense_again(self, task_id: str) -> Document:
        """
        The mistake of handing the same prescription out twice.
        """
        return self._dispense(self._repository.read("Task", task_id), "completed")

    def _cancelled(self, before: Document, after: Document) -> Document:
        if after["resourceType"] == "Task":
            return {**after, "businessStatus": concept(_outcome_of(before))}
        for task in self._tasks(before["id"]):
            _outcome_of(task)
        if before["status"] == "completed":
            raise _too_late("not-cancelled-dispensed")
        return after

    def _complete(self, task: Document) -> None:
        prescription = self._prescription(task)
        started = self._dispenses(task)
        if started:
            dispense = self._repository.put(
                {
                    **started[-1],
                    "status": "completed",
                    "whenHandedOver": instant(self._ctx.clock.now()),
                }
            )
            self.report(dispense)
        else:
            self._dispense(task, "completed")
        if prescription is None:
            return
        allowed = (prescription.get("dispenseRequest") or {}).get("numberOfRepeatsAllowed", 0) + 1
        done = [
            each
            for each in self._repository.search(
                "MedicationDispense", [("prescription", f"MedicationRequest/{prescription['id']}")]
            )
            if each["status"] == "completed"
        ]
        if len(done) >= allowed and prescription["status"] == "active":
            self.report(self._repository.put({**prescription, "status": "completed"}))

    def _dispense(self, task: Document, status: str) -> Document:
        prescription = self._prescription(task) or {}
        number = self._ctx.store.next_number(VENDOR_NAME, "dispense")
        now = instant(self._ctx.clock.now())
        dispense: Document = {
            "resourceType": "MedicationDispense",
            "identifier": [{"system": _DISPENSE_IDENTIFIER, "value": f"D{number:08}"}],
            "status": status,
            "medicationCodeableConcept": prescription.get("medicationCodeableConcept")
            or {"text": "As prescribed"},
            "subject": prescription.get("subject"),
            "authorizingPrescription": [task["focus"]],
            "quantity": (prescription.get("dispenseRequest") or {}).get("quantity"),
            "daysSupply": (prescription.get("dispenseRequest") or {}).get("expectedSupplyDuration"),
            "whenPrepared": now,
            "whenHandedOver": now if status == "completed" else None,
            "performer": [{"actor": task["owner"]}] if task.get("owner") else None,
            "dosageInstruction": prescription.get("dosageInstruction"),
        }
        kept = self._repository.create(
            {key: value for key, value in dispense.items() if value is not None}
        )
        self.report(kept)
        return kept

    def _dispenses(self, task: Document) -> list[Document]:
        found = self._repository.search(
            "MedicationDispense", [("prescription", task["focus"]["reference"])]
        )
        return [each for each in found if each["status"] == "in-progress"]

    def _prescription(self, task: Document) -> Document | None:
        reference = (task.get("focus") or {}).get("reference", "")
        kind, _, id = reference.partition("/")
        return self._repository.read(kind, id) if kind == "MedicationRequest" else None

    def _tasks(self, prescription_id: str) -> list[Document]:
        return self._repository.search("Task", [("focus", f"MedicationRequest/{prescription_id}")])

    def _continue_later(self, task: Document) -> None:
        if self._ctx.settings.autopilot and task["status"] in _NEXT:
            payload: dict[str, Any] = {
                "task_id": task["id"],
                "version": task["meta"]["versionId"],
            }
            self._ctx.scheduler.by_itself(STEP_SECONDS, VENDOR_NAME, "advance_task", payload)


def _outcome_of(task: Document) -> str:
    """
    How cancelling a Task in this state ends; raises when it cannot be.
    """
    if task["status"] == "completed":
        raise _too_late("not-cancelled-dispensed")
    if task["status"] == "in-progress":
        raise _too_late("not-cancelled-in-preparation")
    if task["status"] in _WITH_DISPENSER:
        return "cancelled-with-dispenser"
    if task["status"] in _OPEN | _ENDED:
        return "cancelled"
    raise _too_late("not-cancelled-in-preparation")


def _too_late(outcome: str) -> FhirError:
    return FhirError(409, "conflict", "The cancellation comes too late.", outcome)
