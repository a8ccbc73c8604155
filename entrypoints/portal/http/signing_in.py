"""
Sign-in and sign-out as plain forms, because only an HTTP answer can set an HttpOnly cookie.
"""

import asyncio
from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from application.identity.authentication import Authenticate
from application.identity.sign_in import IssuedSession, SignIn, SignOut
from domain.shared.contact import EmailAddress
from domain.shared.errors import DomainError
from entrypoints.portal.http.forms import inside, is_ours, see_other, text
from entrypoints.portal.security.cookies import SESSION, ZONE
from entrypoints.portal.security.principals import forget
from entrypoints.portal.settings import portal_settings
from entrypoints.portal.use_cases import resolve
from entrypoints.portal.words import is_zone

_YEAR_SECONDS = 31_536_000
_LONGEST_DEVICE = 200


async def sign_in(request: Request) -> Response:
    """
    Check the password and set the session cookie; back to the form with a word on a refusal.
    """
    async with request.form(max_files=0, max_fields=10) as form:
        after = inside(text(form, "next"))
        if not is_ours(request, form):
            return see_other("/sign-in?" + urlencode({"problem": "expired", "next": after}))
        try:
            issued = await asyncio.to_thread(_issue, request, form)
        except DomainError as refusal:
            return see_other("/sign-in?" + urlencode({"problem": refusal.code, "next": after}))
        response = see_other(after)
        keep(response, token=issued.token, expires_at=issued.expires_at)
        keep_zone(response, text(form, "zone"))
        return response


async def sign_out(request: Request) -> Response:
    """
    End the session here and in the database, whatever the form says about itself.
    """
    async with request.form(max_files=0, max_fields=5) as form:
        response = see_other("/sign-in?problem=signed_out")
        token = request.cookies.get(SESSION, "")
        if is_ours(request, form) and token:
            await asyncio.to_thread(_end, token)
            forget(token)
            response.delete_cookie(SESSION, httponly=True, samesite="lax", secure=_secure())
        return response


def keep(response: Response, *, token: str, expires_at: datetime) -> None:
    """Set the session cookie, for as long as the session lasts."""
    response.set_cookie(
        SESSION,
        token,
        max_age=max(0, int((expires_at - datetime.now(UTC)).total_seconds())),
        httponly=True,
        samesite="lax",
        secure=_secure(),
        path="/",
    )


def keep_zone(response: Response, zone: str) -> None:
    """Remember the browser's time zone for pages to come."""
    if is_zone(zone):
        response.set_cookie(
            ZONE, zone, max_age=_YEAR_SECONDS, httponly=True, samesite="lax", secure=_secure()
        )


def _issue(request: Request, form: FormData) -> IssuedSession:
    return resolve(SignIn)(
        email=EmailAddress(text(form, "email").strip()),
        password=text(form, "password"),
        code=text(form, "code").strip() or None,
        device=request.headers.get("user-agent", "")[:_LONGEST_DEVICE],
    )


def _end(token: str) -> None:
    try:
        actor = resolve(Authenticate)(token=token)
    except DomainError:
        return  # it has ended by itself: there is nothing left to end
    resolve(SignOut)(actor=actor)


def _secure() -> bool:
    return portal_settings().is_https
