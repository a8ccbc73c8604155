"""
Links within the portal, which change the page without loading the client anew.
"""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML
from reflex_components_core.react_router.dom import ReactRouterLink


def link(*content: Any, **properties: Any) -> rx.Component:
    """
    A link to a page of ours: words (or parts), then the address as the last argument.
    """
    *parts, address = content
    return ReactRouterLink.create(*parts, to=address, **properties)


class PlainLink(BaseHTML):
    """A link that the browser itself follows. Reflex's own stays within the client."""

    tag = "a"

    href: rx.Var[str]
    download: rx.Var[bool]


def file_link(*words: Any, address: Any, **properties: Any) -> rx.Component:
    """A link to something to be kept as a file."""
    return PlainLink.create(*words, href=address, download=True, **properties)
