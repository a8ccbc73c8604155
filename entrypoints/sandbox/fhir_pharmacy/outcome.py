"""
Refusals as FHIR spells them: an HTTP status and an OperationOutcome.
"""

from __future__ import annotations

import json

from flask import Response

from entrypoints.sandbox.core.store import Document

FHIR_JSON = "application/fhir+json"
CANCEL_OUTCOME = "https://pharmacy.sandbox.test/CodeSystem/cancel-outcome"
# Wording after the outcomes of the NHS Electronic Prescription Service.
CANCEL_OUTCOMES = {
    "cancelled": "Cancelled",
    "cancelled-with-dispenser": "Cancelled: marked for cancellation, with dispenser",
    "not-cancelled-dispensed": "Not cancelled: already dispensed",
    "not-cancelled-in-preparation": "Not cancelled: being prepared",
    "not-found": "Not found",
    "not-permitted": "Not permitted",
}


class FhirError(Exception):
    """
    A refusal.

    Args:
        code: From the IssueType value set.
        cancel_outcome: From `CANCEL_OUTCOMES`, when a cancellation is refused.
    """

    def __init__(
        self, status: int, code: str, diagnostics: str, cancel_outcome: str | None = None
    ) -> None:
        super().__init__(diagnostics)
        self.status = status
        self.code = code
        self.diagnostics = diagnostics
        self.cancel_outcome = cancel_outcome

    def outcome(self) -> Document:
        issue: Document = {
            "severity": "error",
            "code": self.code,
            "diagnostics": self.diagnostics,
        }
        if self.cancel_outcome:
            issue["details"] = concept(self.cancel_outcome)
        return {"resourceType": "OperationOutcome", "issue": [issue]}


def concept(outcome: str) -> Document:
    """
    A CodeableConcept that says how a cancellation ended.
    """
    text = CANCEL_OUTCOMES[outcome]
    return {"coding": [{"system": CANCEL_OUTCOME, "code": outcome, "display": text}], "text": text}


def respond(body: Document, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status=status, content_type=FHIR_JSON, headers=headers)
