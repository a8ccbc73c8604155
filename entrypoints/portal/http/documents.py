"""
Files in and out: never through Reflex, whose own upload route checks nothing.

Asked of the use cases with the reader of the session; handed out as attachments only, so
that nothing a stranger uploaded is ever shown within our own origin.
"""

import asyncio
from urllib.parse import quote

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from application.documents.queries import DownloadDocument
from application.documents.upload import UploadDocument
from application.shared.access import AccessDenied, Actor
from domain.documents import LARGEST, DocumentKind, DocumentStatus
from domain.shared.errors import DomainError, NotPermitted
from domain.shared.ids import ConsultationId, DocumentId, from_wire, to_wire
from entrypoints.portal.http.forms import (
    FORM_OVERHEAD,
    inside,
    is_ours,
    is_too_large,
    refuse_large,
    see_other,
    text,
    with_query,
)
from entrypoints.portal.security.cookies import SESSION
from entrypoints.portal.security.principals import who_holds
from entrypoints.portal.use_cases import resolve


class DocumentUnsafe(NotPermitted):
    """What was sent holds something harmful, and was not kept."""


async def upload(request: Request) -> Response:
    """Take a patient's file for a consultation, and go back to where it was asked for."""
    actor = await who_holds(request.cookies.get(SESSION, ""))
    if actor is None:
        return PlainTextResponse("Sign in first.", status_code=401)
    if is_too_large(request, LARGEST):
        return refuse_large(request, "document_too_large")
    async with request.form(
        max_files=1, max_fields=10, max_part_size=LARGEST + FORM_OVERHEAD
    ) as form:
        back = inside(text(form, "back"), otherwise="/consultations")
        if not is_ours(request, form):
            return see_other(with_query(back, problem="expired"))
        try:
            stored = await _store(actor, form)
        except DomainError as refusal:
            return see_other(with_query(back, problem=refusal.code))
        return see_other(with_query(back, document=stored))


async def download(request: Request) -> Response:
    """Hand a clean document to somebody who may open it."""
    actor = await who_holds(request.cookies.get(SESSION, ""))
    if actor is None:
        return PlainTextResponse("Sign in first.", status_code=401)
    try:
        document_id = DocumentId(from_wire("document", request.path_params["document_id"]))
        found = await asyncio.to_thread(
            resolve(DownloadDocument), actor=actor, document_id=document_id
        )
    except DomainError as refusal:
        return PlainTextResponse(str(refusal), status_code=404)
    return Response(
        found.content,
        media_type=found.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.filename)}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


async def _store(actor: Actor, form: FormData) -> str:
    if actor.patient_id is None:
        raise AccessDenied("Only patients attach files here.")
    file = form.get("file")
    content = await file.read() if isinstance(file, UploadFile) else b""
    name = (file.filename if isinstance(file, UploadFile) else None) or "file"
    consultation = text(form, "consultation").rpartition("/")[2]
    stored = await asyncio.to_thread(
        resolve(UploadDocument),
        actor=actor,
        patient_id=actor.patient_id,
        kind=_kind(text(form, "kind")),
        filename=name,
        content=content,
        consultation_id=ConsultationId(from_wire("consultation", consultation)),
    )
    if stored.status is DocumentStatus.REFUSED:
        raise DocumentUnsafe("The file did not pass our check for harmful content.")
    return to_wire("document", stored.document_id)


def _kind(written: str) -> DocumentKind:
    known = {kind.value for kind in DocumentKind}
    return DocumentKind(written) if written in known else DocumentKind.PHOTO
