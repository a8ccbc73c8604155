"""
Every page of the portal, in one table.
"""

from collections.abc import Callable
from typing import Any

import reflex as rx
from attrs import frozen

from entrypoints.portal.pages import sign_in, start


@frozen(kw_only=True)
class PortalPage:
    """An address, its title, its content, and the handler that fills it."""

    route: str
    title: str
    content: Callable[[], rx.Component]
    load: Any


PAGES = (
    PortalPage(route=start.ROUTE, title="Welcome", content=start.page, load=start.StartState.load),
    PortalPage(
        route=sign_in.ROUTE, title="Sign in", content=sign_in.page, load=sign_in.SignInState.load
    ),
)
