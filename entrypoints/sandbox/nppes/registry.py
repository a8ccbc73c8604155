"""
The registry's one question: ``GET /api/?version=2.1&number=…``, or by name and state.

It answers 200 to everything; what is wrong with a question is said in ``Errors``.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.core.vendor import Action, ActionRefused, Sandbox
from entrypoints.sandbox.nppes.practitioners import (
    ACTIVE,
    DEACTIVATED,
    FAMILY_MEDICINE,
    SEED,
    Practitioner,
    check_digit,
    is_valid_npi,
)

VENDOR_NAME = "nppes"
_LARGEST_PAGE = 200
_FIRST_INVENTED = 140_000_000


class BadQuestion(Exception):
    def __init__(self, description: str, field: str, number: str) -> None:
        super().__init__(description)
        self.body = {"Errors": [{"description": description, "field": field, "number": number}]}


def enter_seed(ctx: Sandbox) -> None:
    for practitioner in SEED:
        if ctx.store.get(VENDOR_NAME, "practitioner", practitioner.npi) is None:
            ctx.store.put(VENDOR_NAME, "practitioner", practitioner.npi, practitioner.document())


def blueprint(ctx: Sandbox) -> Blueprint:
    routes = Blueprint("nppes", __name__)

    @routes.errorhandler(BadQuestion)
    def refused(error: BadQuestion) -> Response:
        return jsonify(error.body)

    @routes.get("/api/")
    def find() -> Response:
        if request.args.get("version") not in {"2.0", "2.1"}:
            raise BadQuestion("Unsupported Version", "version", "19")
        found = _matching(ctx)
        skip, limit = _whole("skip", 0), min(_whole("limit", 10), _LARGEST_PAGE)
        page = found[skip : skip + limit]
        return jsonify({"result_count": len(page), "results": [_shown(each) for each in page]})

    return routes


def _matching(ctx: Sandbox) -> list[Document]:
    number = request.args.get("number", "").strip()
    if number:
        return _numbered(ctx, number)
    wanted = {
        name: request.args.get(name, "").strip().upper()
        for name in ("first_name", "last_name", "state")
    }
    if not (wanted["first_name"] or wanted["last_name"]):
        raise BadQuestion("No valid search criteria provided", "search", "04")
    return [
        each
        for each in ctx.store.all(VENDOR_NAME, "practitioner")
        if not each["withheld"]
        and all(
            _name_matches(each["basic"][name], wanted[name]) for name in ("first_name", "last_name")
        )
        and (not wanted["state"] or wanted["state"] in _states(each))
    ]


def _numbered(ctx: Sandbox, number: str) -> list[Document]:
    if len(number) != 10 or not number.isdigit():
        raise BadQuestion("NPI must be 10 digits", "number", "06")
    found = ctx.store.get(VENDOR_NAME, "practitioner", number)
    if found and found["withheld"]:
        raise BadQuestion(
            f"CMS deactivated NPI {number}. The provider can no longer use this NPI.",
            "number",
            "14",
        )
    return [found] if found else []


def _name_matches(name: str, wanted: str) -> bool:
    if wanted.endswith("*"):
        return name.startswith(wanted[:-1])
    return not wanted or name == wanted


def _states(practitioner: Document) -> set[str]:
    return {address["state"] for address in practitioner["addresses"]}


def _shown(practitioner: Document) -> Document:
    return {key: value for key, value in practitioner.items() if key != "withheld"}


def _whole(name: str, default: int) -> int:
    raw = request.args.get(name, "")
    return int(raw) if raw.isdigit() else default


def add_practitioner(ctx: Sandbox, body: dict[str, Any]) -> Document:
    """
    ``{first, last, licences: {state: number}, npi?, credential?, sex?, taxonomy?, desc?, status?}``.

    Without an ``npi`` the next free valid one is given.
    """
    licences = body.get("licences")
    if not body.get("first") or not body.get("last") or not isinstance(licences, dict):
        raise ActionRefused("first, last and licences are needed")
    if not licences:
        raise ActionRefused("licences must name a state")
    npi = str(body.get("npi") or _next_npi(ctx))
    if not is_valid_npi(npi):
        raise ActionRefused(f"{npi} is not a valid NPI")
    practitioner = Practitioner(
        npi=npi,
        first=str(body["first"]),
        last=str(body["last"]),
        credential=str(body.get("credential", "MD")),
        sex=str(body.get("sex", "F")),
        taxonomy=(
            str(body.get("taxonomy", FAMILY_MEDICINE[0])),
            str(body.get("desc", FAMILY_MEDICINE[1])),
        ),
        licences={str(state): str(number) for state, number in licences.items()},
        city=str(body.get("city", "Springfield")),
        postal_code=str(body.get("postal_code", "000000000")),
        status=str(body.get("status", ACTIVE)),
        withheld=bool(body.get("withheld", False)),
    )
    ctx.store.put(VENDOR_NAME, "practitioner", npi, practitioner.document())
    return practitioner.document()


def set_status(ctx: Sandbox, body: dict[str, Any]) -> Document:
    """
    ``{npi, status: A | D, withheld?}``.
    """
    with ctx.store.transaction():
        found = ctx.store.get(VENDOR_NAME, "practitioner", str(body.get("npi")))
        if found is None or body.get("status") not in {ACTIVE, DEACTIVATED}:
            raise ActionRefused("npi must be known, status must be A or D")
        found["basic"]["status"] = body["status"]
        found["withheld"] = bool(body.get("withheld", False))
        ctx.store.put(VENDOR_NAME, "practitioner", found["number"], found)
    return found


def _next_npi(ctx: Sandbox) -> str:
    first_nine = str(_FIRST_INVENTED + ctx.store.next_number(VENDOR_NAME, "npi"))
    return f"{first_nine}{check_digit(first_nine)}"


ACTIONS: dict[str, Action] = {
    "add_practitioner": add_practitioner,
    "set_status": set_status,
}
