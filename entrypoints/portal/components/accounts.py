"""
An account of the books: whose it is, for people, over its code, for auditors.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.links import link


def account(code: Any, owner: Any, address: Any = None) -> rx.Component:
    """
    The owner's name, if there is one, and the code; a link if there is somewhere to go.
    """
    written = rx.el.span(code) if address is None else link(code, address)
    return rx.el.span(
        rx.cond(owner != "", rx.el.span(owner, class_name="owner")),
        rx.el.span(written, class_name="reference"),
        class_name="account",
    )
