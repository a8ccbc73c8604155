"""
Every event of every browser passes here before its handler: refused unless allowed.

Reflex lets a browser call any public method of any State, its own `setvar` included. The
gate names the reader from the session cookie, empties the tab's State when it belonged to
somebody else, and lets through only handlers that say they are for this reader.
"""

import logging
from urllib.parse import quote

import reflex as rx
from reflex.app import App
from reflex.event import Event, EventSpec
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, State, StateUpdate
from reflex_base.registry import RegistrationContext

from application.shared.access import Actor
from entrypoints.portal.security.access import audience_of
from entrypoints.portal.security.cookies import SESSION, read_cookie
from entrypoints.portal.security.principals import account_of, fingerprint, who_holds
from entrypoints.portal.states.page import leave_page
from entrypoints.portal.states.session import UNBOUND, SessionState

_log = logging.getLogger(__name__)

_ON_LOAD = "reflex___state____on_load_internal_state"
_ROOT = "reflex___state____state"
_PAGE_LOADS = f"{_ROOT}.{_ON_LOAD}.on_load_internal"

FRAMEWORK_HANDLERS = frozenset(
    {
        f"{_ROOT}.hydrate",
        f"{_ROOT}.hydrate_and_load",
        f"{_ROOT}.set_is_hydrated",
        _PAGE_LOADS,
        f"{_ROOT}.{_ON_LOAD}.set_is_hydrated",
    }
)
"""What Reflex itself calls to show a page. All else that it offers, `setvar` first, is refused."""


class Gate(Middleware):
    """Default-deny, by the audience that each handler declares."""

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """
        Let the event pass, or answer in its handler's place.
        """
        del app
        actor = await recognise(state)
        if event.name == _PAGE_LOADS:
            await leave_page(state)
        if event.name in FRAMEWORK_HANDLERS:
            return None
        registered = RegistrationContext.get().event_handlers.get(event.name)
        audience = audience_of(registered.handler.fn) if registered is not None else None
        if audience is None:
            _log.warning("refused an event whose handler declares no audience")
            return StateUpdate()
        if audience.admits(actor):
            return None
        if actor is None:
            return StateUpdate(events=Event.from_event_type(_to_sign_in(state)))
        return await _no_permission(state)


async def recognise(state: BaseState) -> Actor | None:
    """
    Name the reader by the cookie that the tab connected with, and make the tab theirs.

    Work that starts outside an event (a background loop, a pushed change) passes no gate
    and must call this itself.
    """
    session = await state.get_state(SessionState)
    token = read_cookie(session.router.headers.cookie, SESSION)
    actor = await who_holds(token)
    owner = fingerprint(token) if actor is not None else ""
    if session._owner not in (UNBOUND, owner):
        await _empty(state)
    if session._owner != owner or session._actor != actor:
        session._owner = owner
        session._recognise(actor, await account_of(actor) if actor is not None else None)
    return actor


async def _empty(state: BaseState) -> None:
    """Forget everything that the tab's former reader was shown."""
    for state_class in tuple(RegistrationContext.get().base_states.values()):
        if issubclass(state_class, State) and state_class is not State:
            await state.get_state(state_class)
    state._get_root_state().reset()


def _to_sign_in(state: BaseState) -> EventSpec:
    path = state._get_root_state().router.url.path
    return rx.redirect(f"/sign-in?next={quote(path)}" if path not in ("", "/") else "/sign-in")


async def _no_permission(state: BaseState) -> StateUpdate:
    session = await state.get_state(SessionState)
    session.refused = True
    root = state._get_root_state()
    delta = await root._get_resolved_delta()
    root._clean()
    return StateUpdate(delta=delta)
