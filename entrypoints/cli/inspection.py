"""
Looks at the platform's books, its audit trail and its keys, for the person who runs it.
"""

from contextlib import closing

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from application.audit.ports import RootSigner
from application.audit.roots import ExportAuditTrail
from application.audit.verification import AuditVerified, VerifyAuditTrail
from application.ledger.books import BooksVerified, TrialBalance, TrialBalanceView, VerifyBooks
from application.patients.keys import RewrapPatientKeys
from application.shared.access import SYSTEM
from domain.ledger.chart import Side
from domain.shared.errors import Unavailable
from domain.shared.money import Money
from entrypoints.config import Settings
from entrypoints.container import Container


def verify_audit_chain() -> int:
    """
    Recompute the audit trail and name what was changed; the exit status is 1 if anything was.
    """
    with closing(Container(Settings.from_environment())) as container:
        verified: AuditVerified = container.resolve(VerifyAuditTrail)(actor=SYSTEM)
    for finding in verified.findings:
        click.echo(f"chain {finding.chain}, entry {finding.sequence}: {finding.tampering.value}")
    state = "is NOT what was written" if verified.findings else "is what was written"
    click.echo(f"The audit trail of {verified.entries} entries {state}.")
    return 1 if verified.findings else 0


def print_audit_trail() -> int:
    """
    Print the whole trail, a JSON object a line.
    """
    with closing(Container(Settings.from_environment())) as container:
        for line in container.resolve(ExportAuditTrail)(actor=SYSTEM):
            click.echo(line)
    return 0


def print_audit_key() -> int:
    """
    Print the public key of the signed roots, in hexadecimal.
    """
    with closing(Container(Settings.from_environment())) as container:
        click.echo(container.resolve(RootSigner).public_key.hex())
    return 0


def rewrap_patient_keys() -> int:
    """
    Wrap every patient's key by the current master key, and say how many were not.
    """
    with closing(Container(Settings.from_environment())) as container:
        count = container.resolve(RewrapPatientKeys)(actor=SYSTEM)
    click.echo(f"{count} patients' keys were wrapped anew. All are under the current master key.")
    return 0


def print_trial_balance() -> int:
    """
    Print every account and every check of the books; the exit status is 1 if one fails.

    Raises:
        click.ClickException: A vendor does not show its books, with which ours are compared.
    """
    console = Console(highlight=False)
    with closing(Container(Settings.from_environment())) as container:
        for view in container.resolve(TrialBalance)(actor=SYSTEM):
            console.print(trial_balance_table(view))
        try:
            verified: BooksVerified = container.resolve(VerifyBooks)(actor=SYSTEM)
        except Unavailable as silent:
            raise click.ClickException(f"{silent} Nothing of this was checked.") from silent
    for result in verified.results:
        mark = "[green]holds[/]" if result.holds else "[red]FAILS[/]"
        console.print(f"{mark} {result.check.value.replace('_', ' ')} ({result.looked_at})")
        for found in result.breaks:
            console.print(
                escape(f"      {found.subject}: expected {found.expected}, found {found.found}")
            )
    return 0 if verified.hold else 1


def trial_balance_table(view: TrialBalanceView) -> Table:
    """
    The accounts of one currency, each with whose it is and its balance on its side.
    """
    table = Table(title=f"{view.currency} as of {view.as_of:%Y-%m-%d %H:%M} UTC", show_footer=True)
    table.add_column("account", footer="total")
    table.add_column("whose")
    table.add_column("debit", justify="right", footer=_amount(view.debits))
    table.add_column("credit", justify="right", footer=_amount(view.credits))
    for line in view.lines:
        amount = _amount(line.balance)
        by_debit = line.type.normal_side is Side.DEBIT
        sides = (amount, "") if by_debit else ("", amount)
        table.add_row(line.account, escape(line.owner_name or ""), *sides)
    return table


def _amount(money: Money) -> str:
    return str(money)
