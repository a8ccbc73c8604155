"""
What every page's State has: its phase, its notice, and a safe way to ask a use case.

A page holds only what it shows, and forgets it when the reader opens another one:
Reflex sends every State's public vars to the browser whenever a tab connects.
"""

import logging
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast
from uuid import UUID

import reflex as rx
from reflex.state import BaseState

from application.identity.second_factors import StepUp
from application.shared.access import AccessDenied, Actor
from domain.identity.session import StepUpRequired
from domain.physicians.physician import PhysicianNotFound
from domain.shared.errors import DomainError, NotFound
from domain.shared.ids import MalformedIdentifier, PhysicianId, from_wire
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.security.cookies import SESSION, read_cookie
from entrypoints.portal.security.principals import forget, who_holds
from entrypoints.portal.states import live
from entrypoints.portal.states.session import SessionState
from entrypoints.portal.use_cases import resolve

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

LOADING, READY, MISSING, FORBIDDEN, FAILED = "loading", "ready", "missing", "forbidden", "failed"
OUR_FAULT = "Something went wrong on our side. What you entered is kept; please try again."


class PageState(rx.State, mixin=True):
    """
    One page at hand. `phase` picks the skeleton, the page, or why it cannot be shown.

    `notice` and `trouble` are read out by screen readers when they change. A notice stays until
    the reader does, enters or opens something else, or presses it away: never for a set time,
    which would be too short for somebody. `deed` counts what was done here, so that the same
    notice of the next deed is read out again.
    `wants_code` asks for the second factor after a deed that needs it anew.
    """

    phase: str = LOADING
    notice: str = ""
    trouble: str = ""
    busy: bool = False
    wants_code: bool = False
    deed: int = 0

    @allowed(Audience.SIGNED_IN)
    async def dismiss(self, deed: int) -> None:
        """Take away the notice of this deed, not one that came since. A refusal stays."""
        if deed == self.deed:
            self.notice = ""

    @allowed(Audience.SIGNED_IN)
    async def give_code(self, form: dict[str, Any]) -> None:
        """Take the code that a grave deed asks for, and go on with it."""
        async with acting(self):
            await step_up(self, str(form.get("code", "")))
            self.wants_code = False
            await self._go_on()

    async def _fill(self) -> None:
        """Read what the page shows. Called when it opens, and again when something changed."""

    async def _go_on(self) -> None:
        """Do what the code was given for, where the page remembers it; else say how to."""
        self.notice = "Thank you. What you entered is still here: now send it again."


async def leave_page(state: BaseState) -> None:
    """
    Make the page that the tab leaves forget what it showed, and stop following its changes.

    A tab that connects anew at the same address has not left, nor has one that a refused form
    leads back to with a word in the query: what is typed there stays.
    """
    session = await state.get_state(SessionState)
    here = str(session.router.url.path)
    if session._open_address == here:
        return
    if session._open_page:
        left = await state.get_state(_state_class(session._open_page))
        left.reset()
    session._open_page, session._open_address = "", here
    session.refused = False
    live.stop_following(session.router.session.client_token)


async def begin(state: rx.State) -> None:
    """Start a page afresh, as the one that this tab shows."""
    session = await state.get_state(SessionState)
    session._open_page = type(state).get_full_name()
    session._open_address = str(session.router.url.path)
    session.refused = False
    state.reset()


def follow(state: rx.State, *subjects: UUID) -> None:
    """Let the page be refreshed when something happens to one of these; to anything if none."""
    live.follow(state.router.session.client_token, type(state), frozenset(subjects))


def id_in_address(state: rx.State, kind: str) -> Any:
    """
    The identifier in the page's address, by its kind: `/consultations/[consultation_id]`.

    Raises:
        NotFound: It is not one.
    """
    try:
        return from_wire(kind, str(state.rx_router_page.params.get(f"{kind}_id", "")))
    except MalformedIdentifier as malformed:
        raise NotFound("There is nothing at this address.") from malformed


async def actor_of(state: rx.State) -> Actor:
    """
    The reader, as the gate found them for this event.

    Raises:
        AccessDenied: Nobody is signed in.
    """
    session = await state.get_state(SessionState)
    if session._actor is None:
        raise AccessDenied("Please sign in again.")
    return session._actor


async def own_physician(state: rx.State) -> PhysicianId:
    """
    The physician, or applicant, that the reader is.

    Raises:
        PhysicianNotFound: They never applied.
    """
    actor = await actor_of(state)
    if actor.physician_id is None:
        raise PhysicianNotFound("There is no application of yours.")
    return actor.physician_id


async def zone_here(state: rx.State) -> str:
    """The reader's time zone."""
    session = await state.get_state(SessionState)
    return session.zone or "UTC"


async def ask(
    state: rx.State, use_case: Callable[..., Callable[..., Answer]], **arguments: Any
) -> Answer:
    """
    Call a use case as this reader, in a thread: one slow query must not hold up everybody.
    """
    actor = await actor_of(state)
    made = resolve(cast("type[Callable[..., Answer]]", use_case))
    answer: Answer = await rx.run_in_thread(partial(made, actor=actor, **arguments))
    return answer


class opening:  # noqa: N801 - used like a function: `async with opening(self):`
    """
    While a page loads: turn a refusal into the page's phase, and a bug into an apology.
    """

    def __init__(self, state: Any) -> None:
        self._state = state

    async def __aenter__(self) -> None:
        await begin(self._state)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> bool:
        state = self._state
        if error is None:
            state.phase = READY
        elif isinstance(error, NotFound):
            state.phase, state.trouble = MISSING, str(error)
        elif isinstance(error, AccessDenied):
            state.phase, state.trouble = FORBIDDEN, str(error)
        elif isinstance(error, Exception):
            state.phase, state.trouble = FAILED, in_words(error)
        return error is None or isinstance(error, Exception)


async def step_up(state: rx.State, code: str) -> None:
    """
    Give the reader's session a fresh second factor.

    Raises:
        WrongCredentials: The code is wrong, or there is no authenticator.
        CodeAlreadyUsed: The code is right, but was used before.
        SignInLocked: Too many wrong codes.
    """
    await ask(state, StepUp, code=code.replace(" ", ""))
    # The actor carries when it was stepped up: it has to be read anew.
    token = read_cookie(state.router.headers.cookie, SESSION)
    forget(token)
    session = await state.get_state(SessionState)
    session._actor = await who_holds(token)


class acting:  # noqa: N801 - used like a function: `async with acting(self):`
    """
    While a page does something: show a refusal beside the form, and keep what was entered.
    """

    def __init__(self, state: Any) -> None:
        self._state = state

    async def __aenter__(self) -> None:
        self._state.trouble = self._state.notice = ""
        self._state.deed += 1
        self._state.busy = True

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> bool:
        self._state.busy = False
        if isinstance(error, StepUpRequired):
            self._state.wants_code = True
        elif isinstance(error, Exception):
            self._state.trouble = in_words(error)
        return error is None or isinstance(error, Exception)


def in_words(error: Exception) -> str:
    """A refusal in its own words; for a bug an apology, and its trace in the log."""
    if isinstance(error, DomainError):
        return str(error)
    log_without_values(error)
    return OUR_FAULT


async def refill(state: Any) -> None:
    """Read the page again after a change elsewhere; one that cannot be read stays as it was."""
    try:
        await state._fill()
    except DomainError:
        return
    state.phase = READY


def _state_class(name: str) -> type[rx.State]:
    return cast("type[rx.State]", rx.State.get_class_substate(name))


def log_without_values(error: BaseException) -> None:
    """Record where it went wrong without its message, which may quote what a patient wrote."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    _log.error("%s while serving a page\n%s", type(error).__name__, frames)
