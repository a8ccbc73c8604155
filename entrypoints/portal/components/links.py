"""
Links within the portal, which change the page without loading the client anew.
"""

from typing import Any

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink


def link(*content: Any, **properties: Any) -> rx.Component:
    """
    A link to a page of ours: words (or parts), then the address as the last argument.
    """
    *parts, address = content
    return ReactRouterLink.create(*parts, to=address, **properties)
