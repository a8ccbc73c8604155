"""
One's own account over the real use cases: second factor, password, devices.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
from sqlalchemy import text
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from application.identity.authentication import Authenticate
from application.identity.registration import RegisterUser
from application.identity.sign_in import IssuedSession, SignIn
from domain.shared.contact import EmailAddress
from domain.shared.errors import DomainError
from entrypoints.container import Container
from entrypoints.portal import use_cases
from entrypoints.portal.http.site import one_port
from entrypoints.portal.pages.account import AccountState, device_words
from entrypoints.portal.pages.passwords import PasswordState
from entrypoints.portal.security import principals
from entrypoints.portal.security.cookies import FORM_SEAL, SESSION
from entrypoints.portal.security.form_tokens import token_for
from entrypoints.portal.settings import PortalSettings
from tests.entrypoints.api.world import build_container
from tests.entrypoints.portal.http_browser import ADDRESS, HttpBrowser
from tests.entrypoints.portal.tabs import open_state
from tests.fakes.clock import FixedClock

SEAL = "a-seal"
EMAIL = EmailAddress("ines@example.org")
OLD, NEW = "three calm blue boats", "four quiet green hills"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def container(database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[Container]:
    built = build_container(database_url, tmp_path, clock)
    use_cases.install(built)
    principals.forget_all()
    built.resolve(RegisterUser)(
        email=EMAIL, password=OLD, name="Ines Costa", time_zone="Australia/Sydney"
    )
    yield built
    use_cases.install(None)
    principals.forget_all()
    built.close()


@pytest.fixture
def browser(container: Container) -> HttpBrowser:
    async def reflex(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("reflex")(scope, receive, send)

    visitor = HttpBrowser(one_port(PortalSettings(public_url=ADDRESS), lambda _: True)(reflex))
    visitor.cookies.set(FORM_SEAL, SEAL)
    return visitor


def signed_in(container: Container, password: str = OLD, **more: Any) -> IssuedSession:
    return container.resolve(SignIn)(email=EMAIL, password=password, device=CHROME, **more)


def send(browser: HttpBrowser, path: str, **fields: str) -> httpx.Response:
    return browser.post(path, data={"form_token": token_for(SEAL), **fields})


Deed = tuple[Any, ...] | Callable[[Any], tuple[Any, ...]]
"""A handler with its arguments, or what makes them of the page so far."""


def page(token: str, *deeds: Deed, address: str = "/account") -> Any:
    async def scene() -> Any:
        state = await open_state(AccountState, token, address=address)
        await state.load()
        for deed in deeds:
            name, *arguments = deed(state) if callable(deed) else deed
            await getattr(state, name)(*arguments)
        return state

    return asyncio.run(scene())


class TestSecondFactor:
    def test_is_set_up_with_a_picture_and_a_first_code(
        self, container: Container, clock: FixedClock
    ) -> None:
        token = signed_in(container).token
        shown: dict[str, str] = {}

        def code_of(state: Any) -> tuple[Any, ...]:
            shown.update(qr=state.qr, secret=state.secret)
            return ("confirm", {"code": _code(state.secret, clock)})

        state = page(token, ("enrol", {"enrol_password": OLD}), code_of)

        assert shown["qr"].startswith("data:image/svg+xml")
        assert state.has_factor
        assert (state.qr, state.secret) == ("", "")
        with pytest.raises(DomainError):
            signed_in(container)

    def test_a_wrong_code_leaves_it_off(self, container: Container) -> None:
        state = page(
            signed_in(container).token,
            ("enrol", {"enrol_password": OLD}),
            ("confirm", {"code": "000000"}),
        )

        assert not state.has_factor
        assert state.trouble != ""
        assert state.qr != ""

    def test_is_turned_off_with_a_code(self, container: Container, clock: FixedClock) -> None:
        token = signed_in(container).token
        secrets: list[str] = []

        def confirm(state: Any) -> tuple[Any, ...]:
            secrets.append(state.secret)
            return ("confirm", {"code": _code(state.secret, clock)})

        page(token, ("enrol", {"enrol_password": OLD}), confirm)
        clock.pass_by(timedelta(seconds=60))
        state = page(token, ("drop", {"code": _code(secrets[0], clock)}))

        assert not state.has_factor
        assert signed_in(container).token


class TestMail:
    def test_that_comes_back_is_said_here(self, container: Container) -> None:
        token = signed_in(container).token
        assert not page(token).mail_comes_back
        with container.engine.begin() as connection:
            connection.execute(text("update app_user set email_bounced_at = now()"))

        assert page(token).mail_comes_back


class TestDevices:
    def test_are_listed_in_words_with_this_one_marked(self, container: Container) -> None:
        signed_in(container)
        state = page(signed_in(container).token)

        assert sorted((one.name, one.here) for one in state.devices) == [
            ("Chrome on Linux", False),
            ("Chrome on Linux", True),
        ]

    def test_one_is_signed_out(self, container: Container) -> None:
        other = signed_in(container).token

        def the_other(state: Any) -> tuple[Any, ...]:
            (key,) = [one.key for one in state.devices if not one.here]
            return ("sign_out_device", key)

        state = page(signed_in(container).token, the_other)

        assert len(state.devices) == 1
        assert not lasts(container, other)

    def test_all_but_this_one_are_signed_out(self, container: Container) -> None:
        others = [signed_in(container).token for _ in range(2)]
        here = signed_in(container).token

        state = page(here, ("sign_out_elsewhere",))

        assert state.notice == "Signed out on 2 other devices."
        assert [lasts(container, token) for token in (*others, here)] == [False, False, True]

    def test_an_unknown_one_is_named_so(self) -> None:
        assert device_words("curl/8") == "A device that we do not know"
        assert device_words("Mozilla (iPhone; CPU iPhone OS 18) Safari/604") == "Safari on iPhone"


class TestPassword:
    def test_is_changed_and_ends_other_sessions(
        self, container: Container, browser: HttpBrowser
    ) -> None:
        other, here = signed_in(container).token, signed_in(container).token
        browser.cookies.set(SESSION, here)

        answer = send(browser, "/auth/change-password", old_password=OLD, new_password=NEW)

        assert answer.headers["location"] == "/account?done=password"
        assert [lasts(container, token) for token in (other, here)] == [False, True]
        assert signed_in(container, NEW).token
        assert "password is changed" in page(here, address="/account?done=password").notice

    def test_stays_when_the_old_one_is_wrong(
        self, container: Container, browser: HttpBrowser
    ) -> None:
        here = signed_in(container).token
        browser.cookies.set(SESSION, here)

        answer = send(browser, "/auth/change-password", old_password="no", new_password=NEW)

        assert answer.headers["location"] == "/account?problem=wrong_credentials"
        told = page(here, address="/account?problem=wrong_credentials").trouble
        assert told == "The old password is wrong."

    def test_cannot_be_changed_without_a_session(self, browser: HttpBrowser) -> None:
        answer = send(browser, "/auth/change-password", old_password=OLD, new_password=NEW)

        assert answer.status_code == 401


class TestForgottenPassword:
    def test_the_answer_is_the_same_for_an_address_that_nobody_has(
        self, container: Container, browser: HttpBrowser
    ) -> None:
        answer = send(browser, "/auth/forgot-password", email="nobody@example.org")

        assert answer.headers["location"] == "/forgot-password?sent=yes"

    def test_what_is_no_address_is_said(self, browser: HttpBrowser) -> None:
        answer = send(browser, "/auth/forgot-password", email="nobody")

        assert answer.headers["location"] == "/forgot-password?problem=malformed_contact"

    def test_a_link_that_never_was_is_refused_and_keeps_no_token_but_its_own(
        self, container: Container, browser: HttpBrowser
    ) -> None:
        answer = send(browser, "/auth/choose-password", token="abc-DEF_1", password=NEW)
        strange = send(browser, "/auth/choose-password", token="a\r\nx: y", password=NEW)

        assert answer.headers["location"] == "/choose-password?problem=token_spent#abc-DEF_1"
        assert strange.headers["location"] == "/choose-password?problem=token_spent#"

    def test_a_form_of_another_site_is_refused(self, browser: HttpBrowser) -> None:
        for path in ("forgot-password", "choose-password"):
            answer = browser.post(f"/auth/{path}", data={"email": EMAIL.value, "token": "x"})

            assert "problem=expired" in answer.headers["location"]

    def test_the_page_offers_a_new_link_when_this_one_is_spent(self, container: Container) -> None:
        async def scene() -> PasswordState:
            state = await open_state(
                PasswordState, "", address="/choose-password?problem=token_spent"
            )
            await state.load()
            return state

        state = asyncio.run(scene())

        assert state.spent
        assert "Ask for a new one" in state.told


def lasts(container: Container, token: str) -> bool:
    try:
        container.resolve(Authenticate)(token=token)
    except DomainError:
        return False
    return True


def _code(secret: str, clock: FixedClock) -> str:
    return pyotp.TOTP(secret.replace(" ", "")).at(clock.now())
