"""
Who holds a session: asked of the use case, remembered for a few seconds.

The gate asks at every event of every browser; the short memory keeps that from becoming
a database query each, and is forgotten at once on signing out here.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable

from attrs import frozen

from application.identity.authentication import Authenticate
from application.identity.queries import UserView, ViewAccount
from application.shared.access import Actor, ActorKind
from domain.shared.errors import DomainError
from entrypoints.portal.use_cases import resolve

_MEMORY_SECONDS = 5.0
_MEMORY_SIZE = 5_000


@frozen
class _Remembered:
    actor: Actor
    until: float


_remembered: OrderedDict[str, _Remembered] = OrderedDict()


def fingerprint(token: str) -> str:
    """A digest that stands for the session where the token itself must not be kept."""
    return hashlib.sha256(token.encode()).hexdigest() if token else ""


async def who_holds(token: str, *, clock: Callable[[], float] = time.monotonic) -> Actor | None:
    """The actor who holds the session, or None for no session, an ended or a forged one."""
    if not token:
        return None
    key = fingerprint(token)
    known = _remembered.get(key)
    if known is not None and known.until > clock():
        return known.actor
    actor = await asyncio.to_thread(_authenticate, token)
    if actor is None:
        _remembered.pop(key, None)
        return None
    _remembered[key] = _Remembered(actor, clock() + _MEMORY_SECONDS)
    while len(_remembered) > _MEMORY_SIZE:
        _remembered.popitem(last=False)
    return actor


def forget(token: str) -> None:
    """Ask anew at the next event of this session."""
    _remembered.pop(fingerprint(token), None)


def forget_all() -> None:
    """Ask anew for every session."""
    _remembered.clear()


async def account_of(actor: Actor) -> UserView | None:
    """The reader's own account, for their name and time zone."""
    if actor.user_id is None:
        return None
    view = resolve(ViewAccount)
    return await asyncio.to_thread(view, actor=actor, user_id=actor.user_id)


def _authenticate(token: str) -> Actor | None:
    try:
        actor = resolve(Authenticate)(token=token)
    except DomainError:
        return None
    # A program's token works with the API alone, which keeps it within its scopes.
    return actor if actor.kind is ActorKind.PERSON else None
