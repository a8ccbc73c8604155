"""
What a test or a person makes the pharmacy do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Action, ActionRefused, Sandbox
from entrypoints.sandbox.fhir_pharmacy.outcome import FhirError
from entrypoints.sandbox.fhir_pharmacy.server import Pharmacy, open_pharmacy


def advance_task(pharmacy: Pharmacy, body: Document) -> Document:
    """
    ``{task_id | identifier}``: one step (received, accepted, in-progress, completed).
    """
    return pharmacy.dispensary.advance(_task_id(pharmacy, body), going_on=False)


def reject_task(pharmacy: Pharmacy, body: Document) -> Document:
    """
    ``{task_id | identifier, reason?}``: the pharmacy will not fill it.
    """
    return pharmacy.dispensary.reject(
        _task_id(pharmacy, body), str(body.get("reason", "Out of stock"))
    )


def cancel_task(pharmacy: Pharmacy, body: Document) -> Document:
    """
    ``{task_id | identifier, reason?}``: the pharmacy cancels, even after it dispensed.
    """
    return pharmacy.dispensary.cancel_by_pharmacy(
        _task_id(pharmacy, body), str(body.get("reason", "Cancelled by the pharmacy"))
    )


def reroute_task(pharmacy: Pharmacy, body: Document) -> Document:
    """
    ``{task_id | identifier, pharmacy}``: another pharmacy takes the order over.
    """
    if not body.get("pharmacy"):
        raise ActionRefused("pharmacy is needed")
    return pharmacy.dispensary.reroute(_task_id(pharmacy, body), str(body["pharmacy"]))


def dispense_again(pharmacy: Pharmacy, body: Document) -> Document:
    """
    ``{task_id | identifier}``: the same prescription is handed out once more.
    """
    return pharmacy.dispensary.dispense_again(_task_id(pharmacy, body))


def _action(act: Callable[[Pharmacy, Document], Document]) -> Action:
    def run(ctx: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
        try:
            with ctx.store.transaction():
                return act(open_pharmacy(ctx), body)
        except FhirError as error:
            raise ActionRefused(error.diagnostics) from error

    return run


def _task_id(pharmacy: Pharmacy, body: Document) -> str:
    if body.get("task_id"):
        return str(body["task_id"])
    if not body.get("identifier"):
        raise ActionRefused("task_id or identifier is needed")
    found = pharmacy.repository.search("Task", [("identifier", str(body["identifier"]))])
    if not found:
        raise ActionRefused(f"no Task has the identifier {body['identifier']}")
    return str(found[-1]["id"])


ACTIONS: dict[str, Action] = {
    act.__name__: _action(act)
    for act in (advance_task, reject_task, cancel_task, reroute_task, dispense_again)
}
