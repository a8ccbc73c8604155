"""
One's own account, for everybody who has one: second factor, password, devices.
"""

from dataclasses import dataclass
from typing import Any

import reflex as rx
import segno

from application.identity.queries import ListSessions, SessionView, ViewAccount
from application.identity.second_factors import (
    ConfirmSecondFactor,
    DropSecondFactor,
    EnrolSecondFactor,
)
from application.identity.sign_in import SignOut, SignOutElsewhere
from domain.shared.ids import SessionId, from_wire, to_wire
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, actor_of, ask, opening, zone_here
from entrypoints.portal.words import moment

ROUTE = "/account"

_DONE = {"password": "Your password is changed. You are signed out on your other devices."}
_PROBLEMS = {
    "expired": "The page had been open for too long. Please send it again.",
    "wrong_credentials": "The old password is wrong.",
    "weak_password": "Choose a longer password that is hard to guess: at least 12 characters.",
    "sign_in_locked": "Too many attempts. Please wait a few minutes before you try again.",
}
_OTHERWISE = "This did not work. Please try again."
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class Device:
    """Where somebody is signed in."""

    key: str
    name: str
    since: str
    seen: str
    here: bool


class AccountState(PageState, rx.State):
    """The account. A secret is shown only while it is being set up."""

    name: str = ""
    email: str = ""
    mail_comes_back: bool = False
    has_factor: bool = False
    qr: str = ""
    secret: str = ""
    devices: list[Device] = []
    others: bool = False
    deeds: int = 0

    @allowed(Audience.SIGNED_IN)
    async def load(self) -> None:
        """Show it, and what became of a form that was just sent."""
        async with opening(self):
            await self._fill()
            query = self.router.url.query_parameters
            problem = query.get("problem", "")
            self.trouble = _PROBLEMS.get(problem, _OTHERWISE) if problem else ""
            self.notice = _DONE.get(query.get("done", ""), "")

    @allowed(Audience.SIGNED_IN)
    async def enrol(self, form: dict[str, Any]) -> None:
        """Prepare an authenticator app."""
        async with acting(self):
            password = str(form.get("enrol_password", ""))
            enrolment = await ask(self, EnrolSecondFactor, password=password)
            self.qr = segno.make(enrolment.uri, error="m").svg_data_uri(scale=5, border=3)
            self.secret = " ".join(
                enrolment.secret[start : start + 4] for start in range(0, len(enrolment.secret), 4)
            )

    @allowed(Audience.SIGNED_IN)
    async def confirm(self, form: dict[str, Any]) -> None:
        """Turn the second factor on with a first code."""
        async with acting(self):
            await ask(self, ConfirmSecondFactor, code=_code(form))
            self.qr = self.secret = ""
            await self._fill()
            self.notice = (
                "Your second factor is on. You are asked for a code when you sign in, and are "
                "signed out on your other devices."
            )

    @allowed(Audience.SIGNED_IN)
    async def drop(self, form: dict[str, Any]) -> None:
        """Turn the second factor off."""
        async with acting(self):
            await ask(self, DropSecondFactor, code=_code(form))
            await self._fill()
            self.deeds += 1
            self.notice = "Your second factor is off."

    @allowed(Audience.SIGNED_IN)
    async def not_now(self) -> None:
        """Leave it as it is."""
        self.qr = self.secret = ""

    @allowed(Audience.SIGNED_IN)
    async def sign_out_device(self, key: str) -> None:
        """End the session of one device."""
        async with acting(self):
            await ask(self, SignOut, session_id=SessionId(from_wire("session", str(key))))
            await self._fill()
            self.notice = "That device is signed out."

    @allowed(Audience.SIGNED_IN)
    async def sign_out_elsewhere(self) -> None:
        """End every session but this one."""
        async with acting(self):
            count = await ask(self, SignOutElsewhere)
            await self._fill()
            self.notice = f"Signed out on {count} other device{'' if count == 1 else 's'}."

    async def _fill(self) -> None:
        actor = await actor_of(self)
        zone = await zone_here(self)
        account = await ask(self, ViewAccount, user_id=actor.user_id)
        self.name, self.email = account.name, account.email
        self.mail_comes_back = account.email_bounced_at is not None
        self.has_factor = account.has_second_factor
        sessions = await ask(self, ListSessions)
        self.devices = [_device(one, zone) for one in sessions]
        self.others = any(not one.here for one in self.devices)


def device_words(device: str) -> str:
    """`Chrome on Linux`, from what the browser says of itself."""
    browser = next((words for mark, words in _BROWSERS if mark in device), "")
    system = next((words for mark, words in _SYSTEMS if mark in device), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "A device that we do not know"


def _code(form: dict[str, Any]) -> str:
    return str(form.get("code", "")).replace(" ", "")


def _device(one: SessionView, zone: str) -> Device:
    return Device(
        key=to_wire("session", one.id),
        name=device_words(one.device),
        since=moment(one.started_at, zone),
        seen=moment(one.last_seen_at, zone),
        here=one.is_current,
    )
