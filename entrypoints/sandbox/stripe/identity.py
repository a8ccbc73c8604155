"""
Stripe Identity: verification sessions.

    requires_input ──> processing ──> verified ──(redacted)
         │    ^────────────┘  failed: last_error says why
         └──> canceled
"""

from __future__ import annotations

from typing import Any

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.stripe.desk import Desk, token
from entrypoints.sandbox.stripe.errors import StripeError, missing
from entrypoints.sandbox.stripe.gate import Gate
from entrypoints.sandbox.stripe.listing import PAGING, created_within, page
from entrypoints.sandbox.stripe.parameters import Params

PROCESSING_AFTER_SECONDS = 2.0
VERIFIED_AFTER_SECONDS = 4.0
KIND = "verification_session"
_PREFIX = "identity.verification_session"
_PATH = "/v1/identity/verification_sessions"


def process(desk: Desk, id: str) -> Document:
    """
    The person has handed in what was asked for.
    """
    session = _open(desk, id)
    session |= {"status": "processing", "last_error": None}
    desk.emit(f"{_PREFIX}.processing", desk.save(KIND, session))
    return session


def verify(desk: Desk, id: str, outputs: dict[str, Any] | None = None) -> Document:
    """
    Every check passed.

    Args:
        outputs: Checked facts, over those of a sample document.
    """
    session = _open(desk, id)
    checked = _SAMPLE_OUTPUTS | (outputs or {})
    report = _report(desk, session, checked, error=None)
    session |= {
        "status": "verified",
        "last_error": None,
        "last_verification_report": report["id"],
        "client_secret": None,
        "url": None,
        "_verified_outputs": checked,
    }
    desk.emit(f"{_PREFIX}.verified", desk.save(KIND, session))
    return session


def reject(desk: Desk, id: str, code: str, reason: str) -> Document:
    """
    A check failed; the person may try again.
    """
    session = _open(desk, id)
    error = {"code": code, "reason": reason}
    report = _report(desk, session, {}, error=error)
    session |= {
        "status": "requires_input",
        "last_error": error,
        "last_verification_report": report["id"],
    }
    desk.emit(f"{_PREFIX}.requires_input", desk.save(KIND, session))
    return session


def mount(gate: Gate, desk: Desk) -> None:
    @gate.post(_PATH, "type", "metadata", "options", "provided_details", "return_url",
               "client_reference_id", "related_customer", "verification_flow")  # fmt: skip
    def create(params: Params) -> Document:
        session = _new(desk, params)
        desk.emit(f"{_PREFIX}.created", desk.save(KIND, session))
        desk.by_itself(PROCESSING_AFTER_SECONDS, "process_identity", id=session["id"])
        desk.by_itself(VERIFIED_AFTER_SECONDS, "verify_identity", id=session["id"])
        return session

    @gate.get(_PATH, *PAGING, "created", "status", "client_reference_id", "related_customer")
    def list_sessions(params: Params) -> Document:
        equals = {
            name: value
            for name in ("status", "client_reference_id", "related_customer")
            if (value := params.text(name))
        }
        return page(created_within(desk.find(KIND, **equals), params), params)

    @gate.get(f"{_PATH}/<id>")
    def retrieve(params: Params, id: str) -> Document:
        del params
        return desk.load(KIND, id)

    @gate.post(f"{_PATH}/<id>", "metadata", "options", "provided_details", "type")
    def update(params: Params, id: str) -> Document:
        session = _open(desk, id)
        session["metadata"] = params.metadata(session["metadata"])
        if kind := params.one_of("type", ("document", "id_number")):
            session["type"] = kind
        return desk.save(KIND, session)

    @gate.post(f"{_PATH}/<id>/cancel")
    def cancel(params: Params, id: str) -> Document:
        del params
        session = desk.load(KIND, id)
        if session["status"] != "requires_input":
            raise StripeError(400, "Only sessions that require input can be canceled.")
        session |= {"status": "canceled", "client_secret": None, "url": None}
        desk.emit(f"{_PREFIX}.canceled", desk.save(KIND, session))
        return session

    @gate.post(f"{_PATH}/<id>/redact")
    def redact(params: Params, id: str) -> Document:
        del params
        return _redact(desk, desk.load(KIND, id))

    @gate.get("/v1/identity/verification_reports/<id>")
    def report(params: Params, id: str) -> Document:
        del params
        return desk.load("verification_report", id)

    @gate.get("/v1/identity/verification_reports", *PAGING, "verification_session")
    def list_reports(params: Params) -> Document:
        session = params.text("verification_session")
        equals = {"verification_session": session} if session else {}
        return page(desk.find("verification_report", **equals), params)


def _open(desk: Desk, id: str) -> Document:
    session = desk.load(KIND, id)
    if session["status"] not in {"requires_input", "processing"} or session["redaction"]:
        raise StripeError(400, f"This session is {session['status']} and takes no more input.")
    return session


def _redact(desk: Desk, session: Document) -> Document:
    if session["status"] == "processing":
        raise StripeError(400, "A session cannot be redacted while it is processing.")
    if session["status"] == "requires_input":
        session["status"] = "canceled"
    session |= {
        "redaction": {"status": "redacted"},
        "provided_details": None,
        "client_secret": None,
        "url": None,
        "metadata": {},
        "_verified_outputs": None,
    }
    for report in desk.find("verification_report", verification_session=session["id"]):
        report["document"] = {"status": report["document"]["status"], "error": None}
        desk.save("verification_report", report)
    desk.emit(f"{_PREFIX}.redacted", desk.save(KIND, session))
    return session


def _new(desk: Desk, params: Params) -> Document:
    flow = params.text("verification_flow")
    kind = params.one_of("type", ("document", "id_number"))
    if flow is None and kind is None:
        raise missing("type")
    id = f"vs_1{token()}"
    return {
        "id": id,
        "object": "identity.verification_session",
        "client_reference_id": params.text("client_reference_id"),
        "client_secret": f"{id}_secret_{token()}",
        "created": desk.now(),
        "last_error": None,
        "last_verification_report": None,
        "livemode": False,
        "metadata": params.metadata(),
        "options": params.mapping("options").values,
        "provided_details": params.mapping("provided_details").values or None,
        "redaction": None,
        "related_customer": params.text("related_customer"),
        "status": "requires_input",
        "type": "verification_flow" if flow else kind,
        "url": desk.url(f"/verify/{id}"),
        "verification_flow": flow,
        "_return_url": params.text("return_url"),
        "_verified_outputs": None,
    }


def _report(
    desk: Desk, session: Document, checked: dict[str, Any], error: dict[str, str] | None
) -> Document:
    document = {
        **{name: checked.get(name) for name in ("first_name", "last_name", "dob", "address")},
        "error": error,
        "status": "unverified" if error else "verified",
        "type": "driving_license",
    }
    report = {
        "id": f"vr_1{token()}",
        "object": "identity.verification_report",
        "client_reference_id": session["client_reference_id"],
        "created": desk.now(),
        "document": document,
        "livemode": False,
        "options": session["options"],
        "type": session["type"],
        "verification_flow": session["verification_flow"],
        "verification_session": session["id"],
    }
    return desk.save("verification_report", report)


_SAMPLE_OUTPUTS: dict[str, Any] = {
    "address": {
        "city": "San Francisco",
        "country": "US",
        "line1": "1234 Main St.",
        "line2": None,
        "postal_code": "94111",
        "state": "CA",
    },
    "dob": {"day": 1, "month": 1, "year": 1980},
    "email": None,
    "first_name": "Jenny",
    "id_number_type": None,
    "last_name": "Rosen",
    "phone": None,
    "sex": None,
    "unparsed_place_of_birth": None,
    "unparsed_sex": None,
}
