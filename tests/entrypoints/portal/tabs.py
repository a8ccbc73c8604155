"""
A browser tab without a browser: a State tree with a cookie and an address.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import reflex as rx
from attrs import define, field
from reflex.istate.data import RouterData

from application.identity.authentication import Authenticate
from application.identity.queries import UserView, ViewAccount
from application.shared.access import Actor, Role
from domain.identity.session import NotSignedIn
from domain.shared.ids import PatientId, PhysicianId, UserId
from entrypoints.portal.gate import recognise
from entrypoints.portal.security.cookies import FORM_SEAL, SESSION
from tests.entrypoints.portal.moments import NOON

SomeState = TypeVar("SomeState", bound=rx.State)

PATIENT = PatientId(UUID(int=0x11))
PHYSICIAN = PhysicianId(UUID(int=0x12))
A_PATIENT = Actor(user_id=UserId(UUID(int=1)), roles=frozenset({Role.PATIENT}), patient_id=PATIENT)
A_PHYSICIAN = Actor(
    user_id=UserId(UUID(int=2)), roles=frozenset({Role.PHYSICIAN}), physician_id=PHYSICIAN
)
AN_OPERATOR = Actor(user_id=UserId(UUID(int=3)), roles=frozenset({Role.OPERATIONS, Role.FINANCE}))


@define
class Clinic:
    """
    Use cases by class, as the tests want them to answer; remembers how they were called.
    """

    sessions: dict[str, Actor] = field(
        factory=lambda: {
            "patient-token": A_PATIENT,
            "physician-token": A_PHYSICIAN,
            "staff-token": AN_OPERATOR,
        }
    )
    answers: dict[type[Any], Callable[..., Any]] = field(factory=dict)
    calls: list[tuple[type[Any], dict[str, Any]]] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.answers.setdefault(Authenticate, self._authenticate)
        self.answers.setdefault(ViewAccount, account)

    def answer(self, use_case: type[Any], how: Any) -> None:
        """Let a use case answer with a value, raise an error, or call a function."""

        def reply(**arguments: Any) -> Any:
            if isinstance(how, Exception):
                raise how
            return how(**arguments) if callable(how) else how

        self.answers[use_case] = reply

    def resolve(self, use_case: type[Any], /) -> Any:
        """Make the use case."""

        def call(**arguments: Any) -> Any:
            self.calls.append((use_case, arguments))
            return self.answers[use_case](**arguments)

        return call

    def arguments_of(self, use_case: type[Any]) -> list[dict[str, Any]]:
        """How a use case was called, each time."""
        return [arguments for called, arguments in self.calls if called is use_case]

    def _authenticate(self, *, token: str) -> Actor:
        if token not in self.sessions:
            raise NotSignedIn("Sign in first.")
        return self.sessions[token]


def account(*, actor: Actor, user_id: UserId) -> UserView:
    """The reader's own account."""
    return UserView(
        id=user_id,
        email="ada@example.org",
        name="Ada Moreau",
        roles=actor.roles,
        status="active",
        patient_id=actor.patient_id,
        physician_id=actor.physician_id,
        locale="en",
        time_zone="Australia/Sydney",
        has_second_factor=False,
        registered_at=NOON,
    )


def new_tab(session: str = "", *, address: str = "/", seal: str = "a-seal") -> rx.State:
    """A tab that connected with this session cookie and shows this address."""
    root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    move(root, session, address=address, seal=seal)
    return root


def move(root: rx.State, session: str, *, address: str = "/", seal: str = "a-seal") -> None:
    """Let the tab connect anew, with another cookie or at another address."""
    cookies = f"{FORM_SEAL}={seal}" + (f"; {SESSION}={session}" if session else "")
    path, _, query = address.partition("?")
    root.router = RouterData.from_router_data(
        {
            "headers": {"cookie": cookies, "origin": "http://portal.test"},
            "pathname": path,
            "asPath": address,
            "query": dict(pair.split("=", 1) for pair in query.split("&") if pair),
        }
    )


async def open_state(
    state_class: type[SomeState], session: str, *, address: str = "/"
) -> SomeState:
    """The State of a page in a tab of this session, its reader named as the gate would."""
    root = new_tab(session, address=address)
    await recognise(root)
    return await root.get_state(state_class)
