"""
Bank statements in: a file from finance, and back to the page that says what became of it.
"""

import asyncio
from collections.abc import Sequence

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from application.reconciliation.intake import (
    LARGEST_FILE,
    ImportBankStatement,
    StatementImported,
)
from application.reconciliation.ports import CsvLayout
from application.shared.access import Actor
from domain.shared.errors import DomainError
from entrypoints.portal.http.forms import (
    FORM_OVERHEAD,
    is_ours,
    is_too_large,
    refuse_large,
    see_other,
    text,
    with_query,
)
from entrypoints.portal.security.cookies import SESSION
from entrypoints.portal.security.form_tokens import mark_of
from entrypoints.portal.security.principals import who_holds
from entrypoints.portal.use_cases import resolve

_PAGE = "/operations/reconciliation"
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}


async def take_in(request: Request) -> Response:
    """Take a bank's file, and go back to where it was asked for."""
    actor = await who_holds(request.cookies.get(SESSION, ""))
    if actor is None:
        return PlainTextResponse("Sign in first.", status_code=401)
    if is_too_large(request, LARGEST_FILE):
        return refuse_large(request, "statement_too_large")
    async with request.form(
        max_files=1, max_fields=20, max_part_size=LARGEST_FILE + FORM_OVERHEAD
    ) as form:
        if not is_ours(request, form):
            return see_other(with_query(_PAGE, problem="expired"))
        try:
            imported = await _import(actor, form)
        except DomainError as refusal:
            # Which line or amount it was helps, and only our own words are shown there.
            mark = mark_of(text(form, "form_token"), str(refusal))
            return see_other(with_query(_PAGE, problem=str(refusal), mark=mark))
        return see_other(with_query(_PAGE, **_told(imported)))


async def _import(actor: Actor, form: FormData) -> Sequence[StatementImported]:
    file = form.get("file")
    content = await file.read() if isinstance(file, UploadFile) else b""
    return await asyncio.to_thread(
        resolve(ImportBankStatement), actor=actor, content=content, layout=_layout(form)
    )


def _layout(form: FormData) -> CsvLayout | None:
    def given(name: str) -> str | None:
        return text(form, name).strip() or None

    account = given("account")
    if account is None:
        return None
    references = (given("references") or "").split(",")
    return CsvLayout(
        account=account,
        currency=(given("currency") or "").upper(),
        booked_on=given("booked_on") or "Date",
        amount=given("amount"),
        credit=given("credit"),
        debit=given("debit"),
        identifier=given("identifier"),
        references=tuple(name.strip() for name in references if name.strip()),
        balance=given("balance"),
        date_format=given("date_format") or "%Y-%m-%d",
        delimiter=_DELIMITERS.get(text(form, "delimiter"), ","),
        decimal_point="," if text(form, "decimal_point") == "," else ".",
        newest_first=bool(given("newest_first")),
    )


def _told(imported: Sequence[StatementImported]) -> dict[str, str]:
    new, known = sum(each.new for each in imported), sum(each.known for each in imported)
    gaps = sum(bool(each.gap) for each in imported)
    return {"new": str(new), "known": str(known), "gaps": str(gaps)}
