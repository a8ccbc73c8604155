"""
Default-deny: which handlers a browser may call, and whose tab it is.
"""

import asyncio
from typing import Any

import pytest
import reflex as rx
from reflex.event import Event
from reflex.state import StateUpdate
from reflex_base.registry import RegistrationContext

from application.shared.access import Actor, ActorKind, Role
from entrypoints.portal.app import app
from entrypoints.portal.gate import FRAMEWORK_HANDLERS, Gate, recognise
from entrypoints.portal.pages.sign_in import SignInState
from entrypoints.portal.security.access import Audience, allowed, audience_of
from entrypoints.portal.security.principals import forget
from entrypoints.portal.states.session import SessionState
from tests.entrypoints.portal.tabs import A_PATIENT, Clinic, move, new_tab


class BorrowedDiary(rx.State):
    """A page's State as a test needs it: a handler for patients, one that says nothing."""

    entries: list[str] = []  # noqa: RUF012 - Reflex copies it per tab

    @allowed(Audience.PATIENT)
    async def write(self) -> None:
        """For patients."""

    @rx.event
    async def burn(self) -> None:
        """Says for nobody."""


def knock(root: rx.State, name: str) -> StateUpdate | None:
    return asyncio.run(Gate().preprocess(app, root, Event(name=name, payload={})))


def handler(state: type[rx.State], name: str) -> str:
    return f"{state.get_full_name()}.{name}"


def all_handlers() -> dict[str, Any]:
    return {
        name: registered.handler.fn
        for name, registered in RegistrationContext.get().event_handlers.items()
        if ".entrypoints___portal" in name and not name.endswith(".setvar")
    }


class TestHandlers:
    def test_every_handler_of_every_page_says_for_whom_it_is(self) -> None:
        silent = [name for name, fn in all_handlers().items() if audience_of(fn) is None]

        assert all_handlers()
        assert silent == []

    def test_no_state_has_setters_that_a_browser_could_call(self) -> None:
        setters = [name for name in all_handlers() if ".set_" in name]

        assert setters == []

    def test_what_is_allowed_to_the_framework_exists(self) -> None:
        assert set(RegistrationContext.get().event_handlers) >= FRAMEWORK_HANDLERS


class TestGate:
    @pytest.mark.parametrize("session", ["", "patient-token"])
    def test_refuses_setvar(self, clinic: Clinic, session: str) -> None:
        update = knock(new_tab(session), handler(SessionState, "setvar"))

        assert update == StateUpdate()

    def test_refuses_a_handler_that_says_for_nobody(self, clinic: Clinic) -> None:
        assert knock(new_tab("patient-token"), handler(BorrowedDiary, "burn")) == StateUpdate()

    def test_refuses_a_handler_that_does_not_exist(self, clinic: Clinic) -> None:
        assert knock(new_tab("patient-token"), "reflex___state____state.nothing") == StateUpdate()

    def test_lets_a_reader_of_the_right_kind_through(self, clinic: Clinic) -> None:
        assert knock(new_tab("patient-token"), handler(BorrowedDiary, "write")) is None

    def test_sends_strangers_to_the_sign_in_page_and_back(self, clinic: Clinic) -> None:
        update = knock(new_tab("", address="/consultations"), handler(BorrowedDiary, "write"))

        assert update is not None
        (event,) = update.events
        assert "/sign-in?next=/consultations" in str(event.payload)

    def test_shows_readers_of_another_kind_that_it_is_not_for_them(self, clinic: Clinic) -> None:
        update = knock(new_tab("physician-token"), handler(BorrowedDiary, "write"))

        assert update is not None
        assert update.events == []
        shown = update.delta[SessionState.get_full_name()]
        assert {name: value for name, value in shown.items() if name.startswith("refused")} != {}

    def test_lets_everybody_sign_in(self, clinic: Clinic) -> None:
        assert knock(new_tab(""), handler(SignInState, "load")) is None

    def test_lets_the_framework_show_pages(self, clinic: Clinic) -> None:
        for name in FRAMEWORK_HANDLERS:
            assert knock(new_tab(""), name) is None


class TestWhoseTab:
    def test_names_the_reader_from_the_cookie(self, clinic: Clinic) -> None:
        async def play() -> SessionState:
            root = new_tab("patient-token")
            await recognise(root)
            return await root.get_state(SessionState)

        session = asyncio.run(play())

        assert (session.kind, session.name, session.zone) == (
            "patient",
            "Ada Moreau",
            "Australia/Sydney",
        )

    def test_empties_a_tab_that_another_session_takes_over(self, clinic: Clinic) -> None:
        assert asyncio.run(_entries_after("patient-token", "physician-token")) == []

    def test_empties_a_tab_when_the_session_has_ended(self, clinic: Clinic) -> None:
        assert asyncio.run(_entries_after("patient-token", "")) == []

    def test_keeps_a_tab_of_the_same_session(self, clinic: Clinic) -> None:
        assert asyncio.run(_entries_after("patient-token", "patient-token")) == ["private"]

    def test_hydrating_with_the_tab_token_alone_shows_nothing(self, clinic: Clinic) -> None:
        async def play() -> dict[str, Any]:
            root = new_tab("patient-token")
            await recognise(root)
            (await root.get_state(BorrowedDiary)).entries = ["private"]
            move(root, "")
            await Gate().preprocess(
                app, root, Event(name="reflex___state____state.hydrate_and_load", payload={})
            )
            return root.dict()

        assert "private" not in str(asyncio.run(play()))


class TestPrincipals:
    def test_a_program_is_no_reader(self, clinic: Clinic) -> None:
        """Its scopes are enforced by the API alone."""
        clinic.sessions["program-token"] = Actor(
            kind=ActorKind.MACHINE, roles={Role.OPERATIONS}, scopes=frozenset({"catalogue:read"})
        )

        assert asyncio.run(recognise(new_tab("program-token"))) is None

    def test_asks_again_after_signing_out(self, clinic: Clinic) -> None:
        async def play() -> list[object]:
            root = new_tab("patient-token")
            first = await recognise(root)
            del clinic.sessions["patient-token"]
            forget("patient-token")
            return [first, await recognise(root)]

        assert asyncio.run(play()) == [A_PATIENT, None]


async def _entries_after(first: str, second: str) -> list[str]:
    root = new_tab(first)
    await recognise(root)
    (await root.get_state(BorrowedDiary)).entries = ["private"]
    move(root, second)
    await recognise(root)
    return list((await root.get_state(BorrowedDiary)).entries)
