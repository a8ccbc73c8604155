"""
Opening an account, as a patient or to apply as a physician.

The forms are native, since both end with a session cookie. What was typed, but for the
password, waits in the page's State.
"""

import asyncio
from datetime import date
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from application.identity.authentication import Authenticate
from application.identity.registration import RegisterUser
from application.identity.sign_in import IssuedSession, SignIn
from application.patients.registration import RegisterPatient
from application.physicians.application import ApplyAsPhysician
from domain.patients.patient import PersonName, Sex
from domain.shared.contact import EmailAddress, PhoneNumber
from domain.shared.errors import DomainError, InvalidInput
from domain.shared.jurisdiction import Jurisdiction
from entrypoints.portal.http.forms import is_ours, see_other, text
from entrypoints.portal.http.signing_in import keep, keep_zone
from entrypoints.portal.use_cases import resolve
from entrypoints.portal.words import is_zone


class UnreadableDate(InvalidInput):
    """Not a day of the calendar."""


class UnknownChoice(InvalidInput):
    """Not one of the answers that were offered."""


async def register(request: Request) -> Response:
    """Open a patient's account and record, sign in, and go on to the consents."""
    return await _join(request, page="/register", after="/consents", role="patient")


async def apply(request: Request) -> Response:
    """Open an account, apply with it, sign in, and go on to the checklist."""
    return await _join(request, page="/apply", after="/physician/onboarding", role="physician")


async def _join(request: Request, *, page: str, after: str, role: str) -> Response:
    joined = {"patient": _register_patient, "physician": _apply_as_physician}[role]
    async with request.form(max_files=0, max_fields=30) as form:
        if not is_ours(request, form):
            return see_other(f"{page}?problem=expired")
        try:
            issued = await asyncio.to_thread(joined, request, form)
        except DomainError as refusal:
            where = getattr(refusal, "field", None) or ""
            return see_other(
                f"{page}?" + urlencode({"problem": refusal.code, "field": where.split(".")[-1]})
            )
        response = see_other(after)
        keep(response, token=issued.token, expires_at=issued.expires_at)
        keep_zone(response, text(form, "zone"))
        return response


def _register_patient(request: Request, form: FormData) -> IssuedSession:
    phone = text(form, "phone").strip()
    resolve(RegisterPatient)(
        email=_email(form),
        password=text(form, "password"),
        name=PersonName(given=text(form, "given_name"), family=text(form, "family_name")),
        date_of_birth=read_day(text(form, "date_of_birth"), field="date_of_birth"),
        sex=_sex(text(form, "sex")),
        place=Jurisdiction(text(form, "place")),
        phone=PhoneNumber.parse(phone) if phone else None,
        time_zone=_zone(form),
    )
    return _sign_in(request, form)


def _apply_as_physician(request: Request, form: FormData) -> IssuedSession:
    name = PersonName(given=text(form, "given_name"), family=text(form, "family_name"))
    resolve(RegisterUser)(
        email=_email(form),
        password=text(form, "password"),
        name=name.full,
        time_zone=_zone(form),
    )
    issued = _sign_in(request, form)
    resolve(ApplyAsPhysician)(
        actor=resolve(Authenticate)(token=issued.token),
        given_name=name.given,
        family_name=name.family,
        specialties=_several(form, "specialty"),
        languages=_several(form, "language"),
        time_zone=_zone(form),
    )
    return issued


def read_day(written: str, *, field: str) -> date:
    """
    Read what a date field sends.

    Raises:
        UnreadableDate: It is empty or no such day.
    """
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise UnreadableDate("Give the day as day, month and year.", field=field) from None


def _sign_in(request: Request, form: FormData) -> IssuedSession:
    return resolve(SignIn)(
        email=_email(form),
        password=text(form, "password"),
        device=request.headers.get("user-agent", "")[:200],
    )


def _email(form: FormData) -> EmailAddress:
    return EmailAddress(text(form, "email").strip())


def _sex(written: str) -> Sex:
    try:
        return Sex(written)
    except ValueError:
        raise UnknownChoice("Choose one of the answers.", field="sex") from None


def _zone(form: FormData) -> str:
    zone = text(form, "zone")
    return zone if is_zone(zone) else "UTC"


def _several(form: FormData, name: str) -> list[str]:
    return [value for value in form.getlist(name) if isinstance(value, str)]
