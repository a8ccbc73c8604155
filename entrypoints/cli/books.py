"""
Takes the books and statements along as files, for the person who runs the platform.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import click

from application.ledger.books import Basis
from application.ledger.exports import (
    ExportAccountStatement,
    ExportJournal,
    ExportTrialBalance,
)
from application.ledger.journal_search import JournalFilter, Span
from application.shared.access import SYSTEM
from application.wallets.papers import PaperForm, PrintMonthlyStatement
from domain.shared.errors import DomainError
from domain.shared.ids import PhysicianId, from_wire
from domain.shared.money import Currency
from domain.wallets.month import Month
from entrypoints.config import Settings
from entrypoints.container import Container


def print_journal(wanted: JournalFilter) -> int:
    """
    Print the entries that a search finds as CSV, a row for each posting.
    """
    return _print(lambda container: container.resolve(ExportJournal)(actor=SYSTEM, wanted=wanted))


def print_account(
    account: str, currency: str, since: datetime | None, until: datetime | None
) -> int:
    """
    Print what changed an account as CSV, with the balance after each change.
    """
    return _print(
        lambda container: container.resolve(ExportAccountStatement)(
            actor=SYSTEM,
            account=account,
            currency=Currency(currency),
            span=Span(start_at=since, end_at=until),
        )
    )


def print_trial_balance_of(as_of: datetime | None, by: Basis) -> int:
    """
    Print the trial balance of any instant as CSV.
    """
    return _print(
        lambda container: container.resolve(ExportTrialBalance)(actor=SYSTEM, as_of=as_of, by=by)
    )


def save_statement(physician: str, month: str, currency: str, target: Path) -> int:
    """
    Save a physician's statement; the file's ending says whether as PDF or as CSV.
    """
    ending = target.suffix.removeprefix(".")
    if ending not in set(PaperForm):
        raise click.BadParameter("The file's name ends with .pdf or .csv.")
    with closing(Container(Settings.from_environment())) as container:
        try:
            paper = container.resolve(PrintMonthlyStatement)(
                actor=SYSTEM,
                physician_id=PhysicianId(from_wire("physician", physician)),
                month=Month.parse(month),
                currency=Currency(currency),
                form=PaperForm(ending),
            )
        except DomainError as refusal:
            raise click.ClickException(str(refusal)) from refusal
    target.write_bytes(paper.content)
    click.echo(f"{target} holds {paper.filename}.")
    return 0


def _print(export: Callable[[Container], Iterator[str]]) -> int:
    with closing(Container(Settings.from_environment())) as container:
        try:
            for line in export(container):
                click.echo(line.removesuffix("\r\n"))
        except DomainError as refusal:
            raise click.ClickException(str(refusal)) from refusal
    return 0
