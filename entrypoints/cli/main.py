"""
`scripted`: run the platform, or one process of it, and look after its data.
"""

import os
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from entrypoints.cli.child import python
from entrypoints.cli.console import Progress
from entrypoints.cli.environment import given_environment, platform_environment
from entrypoints.cli.places import PROJECT, StateDirectory


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """
    Scripted: consultations, prescriptions, and the money behind them.

    Settings come from the environment, or from a file `.env` in the checkout. Without DATABASE_URL
    a PostgreSQL of the checkout's own is used; without vendor keys the vendor sandbox is.
    """


@main.command()
@click.option("--empty", is_flag=True, help="Do not fill a new platform with a clinic day.")
def up(*, empty: bool) -> None:
    """
    Start everything on this machine and keep it running until Ctrl-C.

    Prepares the database, the secrets and the portal, starts the vendor sandbox, the API, the
    worker and the portal, and fills a new platform with a clinic day. Logs are in .scripted/logs.
    """
    from entrypoints.cli.database import EmbeddedPostgresError
    from entrypoints.cli.platform import run
    from entrypoints.cli.real_platform import real_platform

    try:
        run(real_platform(given_environment(), with_clinic_day=not empty), Progress())
    except EmbeddedPostgresError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--month", is_flag=True, help="Play a whole month of a clinic instead.")
@click.option("--seed", default=1, show_default=True, help="Of a month: the same is alike.")
@click.option("--physicians", default=50, show_default=True, help="Of a month.")
@click.option("--consultations", default=2000, show_default=True, help="Of a month.")
def demo(*, month: bool, seed: int, physicians: int, consultations: int) -> None:
    """
    Tell the story of one consultation, from intake to the payout in the physician's bank.

    Makes a platform for it and takes it away again; a running one is not touched. With --month
    a clinic's month is played, with everything that goes wrong in one, and its books are closed.
    """
    from entrypoints.cli.database import EmbeddedPostgresError
    from entrypoints.cli.demo import run_demo, run_month

    try:
        if month:
            size = {"seed": seed, "physicians": physicians, "consultations": consultations}
            raise SystemExit(run_month(os.environ, Progress(), size))
        raise SystemExit(run_demo(os.environ, Progress()))
    except EmbeddedPostgresError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--revision", default="head", show_default=True, help="Stop at this revision.")
def migrate(revision: str) -> None:
    """
    Bring the database's tables to the newest revision.
    """
    from entrypoints.cli import database

    given = given_environment()
    state = StateDirectory.from_environment(given)
    state.create()
    with database.running(given, state) as url, Progress().step("migrate the database"):
        database.migrate_to(url, revision)


@main.command()
def worker() -> None:
    """
    Run one worker: reactions to events, schedules, vendor calls.
    """
    _become("entrypoints.worker")


@main.command()
def api() -> None:
    """
    Serve the HTTP API.
    """
    _become("entrypoints.api")


@main.command()
@click.option("--build", is_flag=True, help="Only build the client, if its sources changed.")
def portal(*, build: bool) -> None:
    """
    Serve the web portal, building its client first if its sources changed.
    """
    environment = _environment(with_database=not build)
    subprocess.run(python("entrypoints.portal.build"), check=True, cwd=PROJECT, env=environment)
    if not build:
        _become("entrypoints.portal.serve")


@main.command()
@click.option("--list", "listed", is_flag=True, help="Show the vendors and their addresses.")
def sandbox(*, listed: bool) -> None:
    """
    Serve the vendors' protocols, for a platform without vendor accounts.
    """
    _become("entrypoints.sandbox", *(["--list"] if listed else []), with_database=False)


@main.command()
def seed() -> None:
    """
    Fill an empty platform with a clinic day.
    """
    _become("entrypoints.seeding")


@main.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(*, yes: bool) -> None:
    """
    Stop the platform and delete its data, secrets and logs. The built portal is kept.
    """
    from entrypoints.cli import database
    from entrypoints.cli.running import only_one_here, stop_running

    state = StateDirectory.from_environment(given_environment())
    if not state.path.exists():
        click.echo("There is nothing to delete.")
        return
    state.require_ours()
    if not yes:
        click.confirm(f"Delete everything in {state.path}?", abort=True)
    stop_running(state.lock)
    with only_one_here(state.lock):
        database.delete(state)
        state.clear(keep=state.portal_builds)
    click.echo(f"Deleted what was in {state.path}.")


@main.command()
@click.option("--settings", is_flag=True, help="Print every setting and its meaning instead.")
def doctor(*, settings: bool) -> None:
    """
    Check what the platform needs on this machine, and say how to mend what is missing.
    """
    if settings:
        from entrypoints.config import as_markdown

        click.echo(as_markdown(), nl=False)
        return
    from entrypoints.cli.doctor import examine, report

    raise SystemExit(report(examine(given_environment())))


@main.group()
def audit() -> None:
    """
    The chain of who did and who read what.
    """


@audit.command("verify")
def verify_audit() -> None:
    """
    Recompute the audit chain and name the first row that was changed or removed.
    """
    from entrypoints.cli.inspection import verify_audit_chain

    _inspect(verify_audit_chain)


@audit.command("export")
def export_audit() -> None:
    """
    Print the whole trail, a JSON object a line, for `docs/audit/verify_audit.py`.
    """
    from entrypoints.cli.inspection import print_audit_trail

    _inspect(print_audit_trail)


@audit.command("key")
def audit_key() -> None:
    """
    Print the public key by which anybody can check the signed roots of the trail.
    """
    from entrypoints.cli.inspection import print_audit_key

    _inspect(print_audit_key)


@main.command("rewrap-keys")
def rewrap_keys() -> None:
    """
    Wrap patients' keys by the master key that stands first, after a new one was added.
    """
    from entrypoints.cli.inspection import rewrap_patient_keys

    _inspect(rewrap_patient_keys)


@main.group()
def ledger() -> None:
    """
    The journal of the platform's money.
    """


@ledger.command("trial-balance")
def trial_balance() -> None:
    """
    Print every account's balance, and prove that debits equal credits in each currency.
    """
    from entrypoints.cli.inspection import print_trial_balance

    _inspect(print_trial_balance)


_INSTANT = click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"])
"""With its zone, such as 2026-03-01T09:00+0000."""


@ledger.command("balance-at")
@click.option("--as-of", type=_INSTANT, help="With its zone; now if not given.")
@click.option(
    "--by",
    type=click.Choice(["occurred_at", "recorded_at"]),
    default="occurred_at",
    show_default=True,
)
def balance_at(as_of: datetime | None, by: str) -> None:
    """
    Print the trial balance of any past instant as CSV.
    """
    from application.ledger.books import Basis
    from entrypoints.cli.books import print_trial_balance_of

    _inspect(lambda: print_trial_balance_of(as_of, Basis(by)))


@ledger.command("journal")
@click.option("--account", help="The code of an account.")
@click.option("--owner", help="Whose accounts: words of a name, or the codes' second part.")
@click.option("--reason", help="Such as payout_paid.")
@click.option("--cause", help="Such as po_…")
@click.option("--text", help="Part of an entry's key.")
def journal(**wanted: str | None) -> None:
    """
    Print entries of the journal as CSV, a row for each posting.
    """
    from application.ledger.journal_search import JournalFilter
    from entrypoints.cli.books import print_journal

    _inspect(
        lambda: print_journal(
            JournalFilter(
                account=wanted["account"],
                owner=wanted["owner"],
                reason=wanted["reason"],
                cause=wanted["cause"],
                text=wanted["text"],
            )
        )
    )


@ledger.command("account")
@click.argument("code")
@click.argument("currency")
@click.option("--since", type=_INSTANT, help="Booked then or later.")
@click.option("--until", type=_INSTANT, help="Booked before then.")
def account(code: str, currency: str, since: datetime | None, until: datetime | None) -> None:
    """
    Print what changed an account as CSV, with the balance after each change.
    """
    from entrypoints.cli.books import print_account

    _inspect(lambda: print_account(code, currency, since, until))


@ledger.command("statement")
@click.argument("physician")
@click.argument("month")
@click.argument("currency")
@click.argument("target", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def statement(physician: str, month: str, currency: str, target: Path) -> None:
    """
    Save a physician's statement of a month, such as 2026-03, as a .pdf or .csv file.
    """
    from entrypoints.cli.books import save_statement

    _inspect(lambda: save_statement(physician, month, currency, target))


def _inspect(look: Callable[[], int]) -> NoReturn:
    """
    Look at the platform's data within this process, and end with the status of what was seen.
    """
    from entrypoints.cli import database

    given = given_environment()
    state = StateDirectory.from_environment(given)
    state.create()
    with database.running(given, state) as url:
        os.environ.update(platform_environment(given, state=state, database_url=url))
        database.migrate_to(url)
        status = look()
    raise SystemExit(status)


def _environment(*, with_database: bool) -> dict[str, str]:
    """
    Give the environment that `up` gives its children.
    """
    from entrypoints.cli import database

    given = given_environment()
    state = StateDirectory.from_environment(given)
    state.create()
    url = database.start(given, state) if with_database else given.get("DATABASE_URL", "")
    return platform_environment(given, state=state, database_url=url)


def _become(module: str, *arguments: str, with_database: bool = True) -> NoReturn:
    """
    Go on as another entry point. Entry points do not import each other.
    """
    command = python(module, *arguments)
    environment = _environment(with_database=with_database)
    os.chdir(PROJECT)
    os.execve(command[0], command, environment)  # noqa: S606 - replaces this process, by design
