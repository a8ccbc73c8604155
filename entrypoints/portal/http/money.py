"""
Statements and books as files, for whoever may have them.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from application.ledger.books import Basis
from application.ledger.exports import (
    ExportAccountStatement,
    ExportJournal,
    ExportTrialBalance,
)
from application.ledger.journal_search import Span
from application.shared.access import AccessDenied, Actor
from application.shared.csv_lines import MEDIA_TYPE
from application.wallets.papers import (
    Paper,
    PaperForm,
    PrintMonthlyStatement,
    PrintPayoutStatement,
)
from domain.shared.errors import DomainError, InvalidInput, NotFound
from domain.shared.ids import PayoutId, from_wire
from domain.shared.money import Currency
from domain.wallets.month import Month
from entrypoints.portal.journal_words import read_filter
from entrypoints.portal.security.cookies import SESSION
from entrypoints.portal.security.principals import who_holds
from entrypoints.portal.use_cases import resolve


class NoSuchPaper(NotFound):
    """An address that names no file."""


async def month_statement(request: Request) -> Response:
    """A physician's own month: `/files/statements/2026-03.pdf?currency=AUD`."""
    return await _answer(request, _month_statement)


async def payout_statement(request: Request) -> Response:
    """A payout and what it paid: `/files/payouts/po_….pdf`."""
    return await _answer(request, _payout_statement)


async def journal(request: Request) -> Response:
    """The entries that a search finds."""
    return await _answer(request, _journal)


async def account(request: Request) -> Response:
    """Everything that changed an account."""
    return await _answer(request, _account)


async def trial_balance(request: Request) -> Response:
    """The trial balance of an instant."""
    return await _answer(request, _trial_balance)


async def _answer(request: Request, make: Callable[[Request, Actor], Response]) -> Response:
    actor = await who_holds(request.cookies.get(SESSION, ""))
    if actor is None:
        return PlainTextResponse("Sign in first.", status_code=401)
    try:
        return await asyncio.to_thread(make, request, actor)
    except InvalidInput as refusal:
        return PlainTextResponse(str(refusal), status_code=422)
    except DomainError as refusal:
        return PlainTextResponse(str(refusal), status_code=404)


def _month_statement(request: Request, actor: Actor) -> Response:
    if actor.physician_id is None:
        raise AccessDenied("Only physicians have statements.")
    written, form = _named(request)
    paper = resolve(PrintMonthlyStatement)(
        actor=actor,
        physician_id=actor.physician_id,
        month=Month.parse(written),
        currency=_currency(request),
        form=form,
    )
    return _paper(paper)


def _payout_statement(request: Request, actor: Actor) -> Response:
    written, form = _named(request)
    payout_id = PayoutId(from_wire("payout", written))
    return _paper(resolve(PrintPayoutStatement)(actor=actor, payout_id=payout_id, form=form))


def _journal(request: Request, actor: Actor) -> Response:
    wanted = read_filter(request.query_params)
    return _lines(resolve(ExportJournal)(actor=actor, wanted=wanted), "journal.csv")


def _account(request: Request, actor: Actor) -> Response:
    code = request.query_params.get("account", "")
    span = Span(start_at=_instant(request, "from"), end_at=_instant(request, "until"))
    lines = resolve(ExportAccountStatement)(
        actor=actor, account=code, currency=_currency(request), span=span
    )
    return _lines(lines, f"account-{code}.csv")


def _trial_balance(request: Request, actor: Actor) -> Response:
    by = Basis.RECORDED if request.query_params.get("by") == "recorded_at" else Basis.OCCURRED
    lines = resolve(ExportTrialBalance)(actor=actor, as_of=_instant(request, "as_of"), by=by)
    return _lines(lines, "trial-balance.csv")


def _named(request: Request) -> tuple[str, PaperForm]:
    written, _, ending = str(request.path_params["name"]).rpartition(".")
    if ending not in set(PaperForm):
        raise NoSuchPaper("There is no such file.")
    return written, PaperForm(ending)


def _currency(request: Request) -> Currency:
    return Currency(request.query_params.get("currency", ""))


def _instant(request: Request, name: str) -> datetime | None:
    written = request.query_params.get(name, "")
    if not written:
        return None
    try:
        at = datetime.fromisoformat(written)
    except ValueError as unreadable:
        raise InvalidInput("Write the time with its zone.", field=name) from unreadable
    if at.tzinfo is None:
        raise InvalidInput("Write the time with its zone.", field=name)
    return at


def _paper(paper: Paper) -> Response:
    return Response(paper.content, media_type=paper.media_type, headers=_kept_as(paper.filename))


def _lines(lines: Iterator[str], filename: str) -> Response:
    return StreamingResponse(lines, media_type=MEDIA_TYPE, headers=_kept_as(filename))


def _kept_as(filename: str) -> dict[str, Any]:
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
