"""
Accounts of the books: whose they are, for people, beside their codes, for auditors.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.links import link


def account(code: Any, owner: Any, address: Any = None) -> rx.Component:
    """
    The owner's name, if there is one, and the code; a link if there is somewhere to go.
    """
    written = code if address is None else link(code, address)
    return rx.el.span(
        rx.cond(owner != "", rx.el.span(owner, class_name="owner")),
        rx.el.span(written, class_name="reference"),
        class_name="account",
    )


def moved(posting: Any) -> rx.Component:
    """
    A posting in one line: how much, from where to where.
    """
    return rx.el.div(
        rx.el.span(posting.sum, class_name="number title"),
        " debit ",
        account(posting.debit, posting.debit_owner, posting.debit_address),
        ", credit ",
        account(posting.credit, posting.credit_owner, posting.credit_address),
    )
