"""
Forgotten, chosen and changed passwords, as native forms: no password ever lies in a State.
"""

import asyncio
from functools import partial
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from application.identity.accounts import ChangePassword
from application.identity.registration import ChoosePassword, RequestPasswordReset
from domain.shared.contact import EmailAddress, MalformedContact
from domain.shared.errors import DomainError
from entrypoints.portal.http.forms import is_ours, see_other, text
from entrypoints.portal.security.cookies import SESSION
from entrypoints.portal.security.principals import who_holds
from entrypoints.portal.use_cases import resolve

_FORGOT = "/forgot-password"
_CHOOSE = "/choose-password"
_ACCOUNT = "/account"


async def forgot(request: Request) -> Response:
    """
    Send a link, if there is such an account. The answer is the same if there is none.
    """
    async with request.form(max_files=0, max_fields=5) as form:
        if not is_ours(request, form):
            return see_other(f"{_FORGOT}?problem=expired")
        try:
            email = EmailAddress(text(form, "email").strip())
        except MalformedContact:
            return see_other(f"{_FORGOT}?problem=malformed_contact")
        await asyncio.to_thread(partial(resolve(RequestPasswordReset), email=email))
        return see_other(f"{_FORGOT}?sent=yes")


async def choose(request: Request) -> Response:
    """
    Set a password by the link of an e-mail. A refusal keeps the link, which lies in the fragment.
    """
    async with request.form(max_files=0, max_fields=5) as form:
        token = text(form, "token")
        if not is_ours(request, form):
            return see_other(_again("expired", token))
        try:
            await asyncio.to_thread(
                partial(resolve(ChoosePassword), token=token, password=text(form, "password"))
            )
        except DomainError as refusal:
            return see_other(_again(refusal.code, token))
        return see_other("/sign-in?problem=password_chosen")


async def change(request: Request) -> Response:
    """Replace the password of the reader, which ends their other sessions."""
    actor = await who_holds(request.cookies.get(SESSION, ""))
    if actor is None:
        return PlainTextResponse("Sign in first.", status_code=401)
    async with request.form(max_files=0, max_fields=5) as form:
        if not is_ours(request, form):
            return see_other(f"{_ACCOUNT}?problem=expired")
        try:
            await asyncio.to_thread(
                partial(
                    resolve(ChangePassword),
                    actor=actor,
                    old_password=text(form, "old_password"),
                    new_password=text(form, "new_password"),
                )
            )
        except DomainError as refusal:
            return see_other(f"{_ACCOUNT}?" + urlencode({"problem": refusal.code}))
        return see_other(f"{_ACCOUNT}?done=password")


def _again(problem: str, token: str) -> str:
    safe = token if token.replace("-", "").replace("_", "").isalnum() else ""
    return f"{_CHOOSE}?{urlencode({'problem': problem})}#{safe}"
