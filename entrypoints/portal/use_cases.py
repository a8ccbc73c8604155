"""
Where pages find their use cases.

Resolved at each call and kept off the State, which Reflex pickles. Tests swap the
resolver; the running portal builds the container in its own process at the first call.
"""

from threading import Lock
from typing import Any, Protocol, TypeVar, cast

UseCase = TypeVar("UseCase")


class Resolver(Protocol):
    """Whatever can make a use case from its class: the container, or a test's table."""

    def resolve(self, use_case: type[Any], /) -> Any:
        """Make the use case."""
        ...


class _Installed:
    def __init__(self) -> None:
        self.resolver: Resolver | None = None
        self.lock = Lock()


_installed = _Installed()


def install(resolver: Resolver | None) -> None:
    """Use this resolver from now on; None goes back to building the container."""
    _installed.resolver = resolver


def resolve(use_case: type[UseCase]) -> UseCase:
    """Make a use case, ready to be called."""
    with _installed.lock:
        if _installed.resolver is None:
            _installed.resolver = _build_container()
    return cast("UseCase", _installed.resolver.resolve(use_case))


def _build_container() -> Resolver:
    # Imported late: it connects to the database, which building the client must not need.
    from entrypoints import container  # noqa: PLC0415
    from entrypoints.config import Settings  # noqa: PLC0415

    return container.Container(Settings.from_environment())
