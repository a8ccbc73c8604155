"""
How the journal, its entries and its accounts look.
"""

from typing import Any

import reflex as rx

from entrypoints.portal.components.accounts import account, moved
from entrypoints.portal.components.forms import submit
from entrypoints.portal.components.frames import operations_frame
from entrypoints.portal.components.links import file_link, link
from entrypoints.portal.components.parts import (
    actions,
    button,
    card,
    empty,
    facts,
    has,
    link_button,
    page_head,
    stack,
    table,
)
from entrypoints.portal.components.phases import notices, phased
from entrypoints.portal.journal_words import known_reasons
from entrypoints.portal.pages.operations.journal import AccountState, EntryState, JournalState

_BOOKS = "/operations/books"


def journal_page() -> rx.Component:
    """The search, then what it found."""
    return operations_frame(
        phased(
            JournalState,
            stack(
                page_head(
                    "Journal", "Every entry, the latest booked first.", back=("Books", _BOOKS)
                ),
                notices(JournalState),
                _search(),
                rx.cond(
                    has(JournalState.entries),
                    rx.fragment(
                        rx.el.div(
                            file_link("CSV", address=JournalState.export, class_name="button")
                        ),
                        _entries(JournalState.entries, "What the search found."),
                    ),
                    empty(
                        "Nothing fits", "No entry is like this. Leave a field empty to widen it."
                    ),
                ),
                rx.cond(
                    JournalState.has_more, rx.el.div(button("Show earlier", JournalState.more))
                ),
                class_name="wide",
            ),
        ),
        here=_BOOKS,
    )


def entry_page() -> rx.Component:
    """What it moved, why, and what it undoes."""
    return operations_frame(
        phased(
            EntryState,
            stack(
                page_head(EntryState.what, EntryState.key, back=("Journal", "/operations/journal")),
                notices(EntryState),
                _entry(),
                class_name="wide",
            ),
        ),
        here=_BOOKS,
    )


def account_page() -> rx.Component:
    """What changed an account, with the balance after each change."""
    return operations_frame(
        phased(
            AccountState,
            stack(
                page_head(
                    "Account",
                    account(AccountState.account, AccountState.owner),
                    back=("Books", _BOOKS),
                ),
                notices(AccountState),
                card(
                    facts(
                        ("Type", AccountState.kind),
                        ("Currency", AccountState.currency),
                        ("Before the first line", AccountState.before),
                        ("After the last line", AccountState.after),
                    ),
                    _days(),
                ),
                rx.cond(
                    has(AccountState.rows),
                    rx.fragment(
                        rx.el.div(
                            file_link("CSV", address=AccountState.export, class_name="button")
                        ),
                        _account_rows(),
                    ),
                    rx.el.p("Nothing was booked here in these days.", class_name="soft"),
                ),
                rx.cond(
                    AccountState.has_more, rx.el.div(button("Show earlier", AccountState.more))
                ),
                class_name="wide",
            ),
        ),
        here=_BOOKS,
    )


def _search() -> rx.Component:
    reasons = [rx.el.option("Any", value="")]
    reasons += [rx.el.option(words, value=value) for value, words in known_reasons()]
    return card(
        rx.el.form(
            rx.el.div(
                _typed("Account", "account"),
                _typed("Owner", "owner", placeholder="A name, or ph_…"),
                rx.el.div(
                    rx.el.label("Reason", html_for="reason"),
                    rx.el.select(
                        *reasons,
                        id="reason",
                        name="reason",
                        default_value=JournalState.typed["reason"],
                    ),
                    class_name="field",
                ),
                _typed("Cause", "cause"),
                _typed("Part of the key", "text"),
                _typed("Currency", "currency", max_length=3),
                _typed("Amount", "amount", input_mode="decimal"),
                _typed("Booked from", "recorded_from", type="date"),
                _typed("Booked until", "recorded_until", type="date"),
                class_name="fields",
            ),
            rx.el.div(submit("Search", disabled=JournalState.busy)),
            on_submit=JournalState.search,
            class_name="stack",
        )
    )


def _typed(label: str, name: str, **properties: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=name),
        rx.el.input(id=name, name=name, default_value=JournalState.typed[name], **properties),
        class_name="field",
    )


def _entries(entries: Any, caption: str) -> rx.Component:
    return table(
        caption,
        ("Booked", "What", "Cause", "Postings"),
        rx.foreach(
            entries,
            lambda entry: rx.el.tr(
                rx.el.td(link(entry.booked, entry.address), class_name="number"),
                rx.el.td(
                    entry.what,
                    rx.el.div(f"Happened {entry.happened}", class_name="small-text"),
                ),
                rx.el.td(link(entry.cause, entry.cause_address), class_name="reference"),
                rx.el.td(rx.foreach(entry.postings, moved)),
            ),
        ),
    )


def _entry() -> rx.Component:
    entry = EntryState.entry
    return rx.fragment(
        card(
            facts(
                ("Booked", entry.booked),
                ("Happened", entry.happened),
                ("Cause", link(entry.cause, entry.cause_address)),
            ),
            actions(
                rx.cond(
                    EntryState.trail != "",
                    link_button("Follow the money", EntryState.trail, look="primary"),
                ),
                rx.cond(
                    EntryState.resolves != "",
                    link_button("What it completes or undoes", EntryState.resolves),
                ),
                rx.cond(
                    EntryState.resolved_by != "",
                    link_button("What completed or undid it", EntryState.resolved_by),
                ),
            ),
        ),
        table(
            "Each posting debits one account and credits another by the same amount.",
            ("Debit", "Credit", "Amount"),
            rx.foreach(
                entry.postings,
                lambda posting: rx.el.tr(
                    rx.el.td(account(posting.debit, posting.debit_owner, posting.debit_address)),
                    rx.el.td(account(posting.credit, posting.credit_owner, posting.credit_address)),
                    rx.el.td(posting.sum, class_name="amount"),
                ),
            ),
            amounts=1,
        ),
    )


def _days() -> rx.Component:
    def day(label: str, name: str, value: Any) -> rx.Component:
        return rx.el.div(
            rx.el.label(label, html_for=name),
            rx.el.input(id=name, name=name, type="date", default_value=value),
            class_name="field",
        )

    return rx.el.form(
        rx.el.div(
            day("Booked from", "since", AccountState.since),
            day("Booked until", "until", AccountState.until),
            class_name="fields",
        ),
        rx.el.div(submit("Show these days", disabled=AccountState.busy)),
        on_submit=AccountState.bound,
        class_name="stack",
    )


def _account_rows() -> rx.Component:
    return table(
        "The latest booked first.",
        ("Booked", "What", "Cause", "Change", "Balance"),
        rx.foreach(
            AccountState.rows,
            lambda row: rx.el.tr(
                rx.el.td(link(row.booked, row.address), class_name="number"),
                rx.el.td(row.what),
                rx.el.td(row.cause, class_name="reference"),
                rx.el.td(row.change, class_name="amount"),
                rx.el.td(row.balance, class_name="amount"),
            ),
        ),
        amounts=2,
    )
