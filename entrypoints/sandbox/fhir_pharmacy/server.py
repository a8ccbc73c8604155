"""
The played pharmacy put together: its FHIR API over HTTP, and its scheduled work.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from attrs import frozen
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from entrypoints.sandbox.core.vendor import Sandbox
from entrypoints.sandbox.fhir_pharmacy.capability import statement
from entrypoints.sandbox.fhir_pharmacy.dispensary import Dispensary
from entrypoints.sandbox.fhir_pharmacy.interactions import Interactions, Result
from entrypoints.sandbox.fhir_pharmacy.notices import Notices
from entrypoints.sandbox.fhir_pharmacy.outcome import FhirError, respond
from entrypoints.sandbox.fhir_pharmacy.pharmacies import PHARMACIES
from entrypoints.sandbox.fhir_pharmacy.repository import (
    VENDOR_NAME,
    Repository,
    etag,
    instant,
)

DEFAULT_TOKEN = "scripted_fhir_token"  # noqa: S105 - every sandbox has this one


@frozen(kw_only=True)
class Pharmacy:
    ctx: Sandbox
    repository: Repository
    dispensary: Dispensary
    interactions: Interactions


def open_pharmacy(ctx: Sandbox) -> Pharmacy:
    repository = Repository(ctx)
    dispensary = Dispensary(ctx, repository, Notices(ctx))
    return Pharmacy(
        ctx=ctx,
        repository=repository,
        dispensary=dispensary,
        interactions=Interactions(ctx.store, repository, dispensary),
    )


def stock(pharmacy: Pharmacy) -> None:
    """
    Enter the pharmacies, once, and take up scheduled work.
    """
    ctx = pharmacy.ctx
    for entry in PHARMACIES:
        if not pharmacy.repository.exists(f"Organization/{entry['id']}"):
            pharmacy.repository.create(entry, entry["id"])

    @ctx.scheduler.handler(VENDOR_NAME, "advance_task")
    def advance_task(payload: dict[str, Any]) -> None:
        pharmacy.dispensary.go_on(payload["task_id"], payload["version"])


def blueprint(ctx: Sandbox) -> Blueprint:
    routes = Blueprint("fhir", __name__, url_prefix="/fhir")
    pharmacy = open_pharmacy(ctx)
    _add_errors(routes)
    _add_reads(routes, pharmacy)
    _add_writes(routes, pharmacy)
    # Mounting replaces a blueprint's own prefix, so the prefix is that of an inner one.
    vendor = Blueprint(VENDOR_NAME, __name__)
    vendor.register_blueprint(routes)
    return vendor


def _add_errors(routes: Blueprint) -> None:
    @routes.errorhandler(FhirError)
    def refused(error: FhirError) -> Response:
        return respond(error.outcome(), error.status)

    @routes.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Response:
        status = error.code or 500
        return respond(FhirError(status, "processing", error.name).outcome(), status)


def _add_reads(routes: Blueprint, pharmacy: Pharmacy) -> None:
    ctx, interactions = pharmacy.ctx, pharmacy.interactions

    @routes.get("/metadata")
    def metadata() -> Response:
        return respond(statement(_base(ctx), instant(ctx.clock.now())))

    @routes.get("/<kind>/<id>")
    @_signed_in(ctx)
    def read(kind: str, id: str) -> Response:
        return _found(pharmacy.repository.read(kind, id))

    @routes.get("/<kind>")
    @_signed_in(ctx)
    def search(kind: str) -> Response:
        query = request.query_string.decode()
        return respond(interactions.search(kind, query, _base(ctx)))

    @routes.post("/<kind>/_search")
    @_signed_in(ctx)
    def search_by_form(kind: str) -> Response:
        return respond(interactions.search(kind, request.get_data(as_text=True), _base(ctx)))


def _add_writes(routes: Blueprint, pharmacy: Pharmacy) -> None:
    ctx, interactions = pharmacy.ctx, pharmacy.interactions

    @routes.post("", strict_slashes=False)
    @_signed_in(ctx)
    def bundle() -> Response:
        body = _body()
        pharmacy.dispensary.refuse_if_scripted(body)
        return respond(interactions.bundle(body))

    @routes.post("/<kind>")
    @_signed_in(ctx)
    def create(kind: str) -> Response:
        return _kept(ctx, interactions.create(kind, _body(), request.headers.get("If-None-Exist")))

    @routes.put("/<kind>/<id>")
    @_signed_in(ctx)
    def update(kind: str, id: str) -> Response:
        body = _body()
        pharmacy.dispensary.refuse_if_scripted(body)
        return _kept(ctx, interactions.update(kind, id, body, request.headers.get("If-Match")))

    @routes.put("/<kind>")
    @_signed_in(ctx)
    def update_matching(kind: str) -> Response:
        body = _body()
        pharmacy.dispensary.refuse_if_scripted(body)
        query = request.query_string.decode()
        if_match = request.headers.get("If-Match")
        return _kept(ctx, interactions.update_matching(kind, query, body, if_match))


def _signed_in(ctx: Sandbox) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """
    Let a request through that carries the bearer token.
    """

    def wrap(view: Callable[..., Response]) -> Callable[..., Response]:
        def checked(**arguments: str) -> Response:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            expected = ctx.settings.secret("FHIR_PHARMACY_TOKEN", DEFAULT_TOKEN)
            if scheme != "Bearer" or not hmac.compare_digest(token.encode(), expected.encode()):
                raise FhirError(401, "login", "A valid bearer token is needed.")
            path = "/" + request.path.split("/", 2)[-1]
            if ctx.faults.take(VENDOR_NAME, "token_expired", path=path, method=request.method):
                raise FhirError(401, "expired", "The token has expired.")
            return view(**arguments)

        checked.__name__ = view.__name__
        return checked

    return wrap


def _base(ctx: Sandbox) -> str:
    return f"{ctx.vendor_url(VENDOR_NAME)}/fhir"


def _body() -> Any:
    body = request.get_json(force=True, silent=True)
    if body is None:
        raise FhirError(400, "structure", "The body is not JSON.")
    return body


def _found(resource: dict[str, Any]) -> Response:
    return respond(resource, headers={"ETag": etag(resource)})


def _kept(ctx: Sandbox, result: Result) -> Response:
    headers = {"ETag": etag(result.resource), "Location": f"{_base(ctx)}/{result.location}"}
    return respond(result.resource, result.status, headers)
