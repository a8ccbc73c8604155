"""
The commands as they are typed.
"""

import os
import subprocess
import sys
from pathlib import Path

import click
import psycopg
import pytest
from click.testing import CliRunner

from adapters.postgres.embedded import EmbeddedPostgres, ServerStatus
from adapters.postgres.engine import build_engine
from adapters.system.ids import RandomIds
from domain.ledger.chart import BANK, CAPITAL
from domain.ledger.journal import JournalDraft, Posting, Reason
from entrypoints.cli.doctor import Finding, report
from entrypoints.cli.free_ports import free_port
from entrypoints.cli.main import main
from entrypoints.cli.places import StateDirectory
from entrypoints.cli.running import only_one_here, running_pid
from entrypoints.config import as_markdown
from tests.adapters.postgres.transactions import unit_of_work
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.money import dollars

COMMANDS = [
    ["up"], ["demo"], ["migrate"], ["worker"], ["api"], ["portal"], ["sandbox"], ["seed"],
    ["reset"], ["doctor"], ["audit", "verify"], ["audit", "export"], ["audit", "key"],
    ["ledger", "trial-balance"], ["ledger", "balance-at"], ["ledger", "journal"],
    ["ledger", "account"], ["ledger", "statement"], ["rewrap-keys"],
]  # fmt: skip


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCRIPTED_DATA", str(tmp_path / "state"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path / "state"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: list[str]) -> None:
    answer = CliRunner().invoke(main, [*command, "--help"])

    assert answer.exit_code == 0
    explanation = answer.output.split("Options:")[0].splitlines()[1:]
    assert any(line.strip().endswith((".", ").")) for line in explanation)


def test_every_command_is_in_the_list_above() -> None:
    found = []
    for name, command in main.commands.items():
        if isinstance(command, click.Group):
            found += [[name, inner] for inner in command.commands]
        else:
            found.append([name])

    assert sorted(found) == sorted(COMMANDS)


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    script = (
        "import sys; import entrypoints.cli.main;"
        "print([m for m in ('sqlalchemy', 'psycopg', 'reflex', 'flask') if m in sys.modules])"
    )

    finished = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )

    assert finished.stdout.strip() == "[]"


class TestLedger:
    def run(self, url: str, state: Path, *words: str) -> subprocess.CompletedProcess[str]:
        given = {"DATABASE_URL": url, "SCRIPTED_DATA": str(state)}
        return subprocess.run(
            [sys.executable, "-m", "entrypoints.cli", "ledger", *words],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, **given},
        )

    @pytest.mark.parametrize(
        ("words", "heading"),
        [
            (["journal", "--reason", "payout_paid"], "entry,recorded_at,occurred_at,reason,"),
            (["account", "patient_funds", "AUD"], "entry,recorded_at,occurred_at,reason,"),
            (["balance-at", "--as-of", "2026-03-01T09:00Z"], "as_of,by,account,type,"),
        ],
        ids=lambda value: value[0] if isinstance(value, list) else "",
    )
    def test_books_come_as_csv(
        self, database_url: str, tmp_path: Path, words: list[str], heading: str
    ) -> None:
        answer = self.run(database_url, tmp_path / "state", *words)

        assert answer.returncode == 0, answer.stderr
        assert answer.stdout.startswith(heading)

    def test_balances_that_cannot_be_checked_are_shown_and_said_to_be(
        self, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        engine = build_engine(database_url)
        with unit_of_work(engine, ids=RandomIds()) as uow:
            uow.journal.post(
                JournalDraft(
                    reason=Reason.CAPITAL_PAID_IN,
                    cause="ca_1",
                    occurred_at=MONDAY_NOON,
                    postings=(Posting(debit=BANK, credit=CAPITAL, amount=dollars(1)),),
                )
            )
            uow.commit()
        engine.dispose()
        monkeypatch.setenv("SCRIPTED_SANDBOX_PORT", str(free_port()))

        answer = self.run(database_url, tmp_path / "state", "trial-balance")

        assert answer.returncode == 1
        assert "bank:operating" in answer.stdout
        assert "Traceback" not in answer.stderr
        assert "Nothing of this was checked." in answer.stderr

    @pytest.mark.parametrize(
        ("target", "complaint"),
        [("a.docx", "ends with .pdf or .csv"), ("a.pdf", "There is no such physician")],
    )
    def test_a_statement_that_cannot_be_made_is_said(
        self, database_url: str, tmp_path: Path, target: str, complaint: str
    ) -> None:
        words = ("ph_00000000000000000000000001", "2026-03", "AUD", str(tmp_path / target))

        answer = self.run(database_url, tmp_path / "state", "statement", *words)

        assert answer.returncode != 0
        assert complaint in answer.stderr
        assert not (tmp_path / target).exists()


class TestReset:
    def test_data_secrets_and_logs_go_and_the_built_portal_stays(self, state: Path) -> None:
        StateDirectory(state).create()
        (state / "logs/api.log").write_text("x")
        (state / "portal-dist").mkdir()
        (state / "secrets.env").write_text("x")
        database = EmbeddedPostgres(state / "postgres")
        database.start()

        answer = CliRunner().invoke(main, ["reset", "--yes"])

        assert answer.exit_code == 0, answer.output
        assert {entry.name for entry in state.iterdir()} == {
            "portal-dist",
            "scripted-state",
            "up.lock",
        }
        assert CliRunner().invoke(main, ["reset", "--yes"]).exit_code == 0
        assert database.status is ServerStatus.ABSENT

    def test_it_asks_first(self, state: Path) -> None:
        StateDirectory(state).create()
        (state / "secrets.env").write_text("x")

        answer = CliRunner().invoke(main, ["reset"], input="n\n")

        assert answer.exit_code != 0
        assert (state / "secrets.env").exists()

    @pytest.mark.parametrize("command", [["reset", "--yes"], ["doctor"]], ids=" ".join)
    def test_a_folder_with_other_things_in_it_is_left_alone(
        self, state: Path, command: list[str]
    ) -> None:
        state.mkdir()
        (state / "thesis.txt").write_text("years of work")

        answer = CliRunner().invoke(main, command)

        assert answer.exit_code != 0
        assert str(state) in answer.output
        assert [entry.name for entry in state.iterdir()] == ["thesis.txt"]

    def test_nothing_to_delete_is_no_mistake(self, state: Path) -> None:
        answer = CliRunner().invoke(main, ["reset", "--yes"])

        assert answer.exit_code == 0
        assert not state.exists()


class TestRunning:
    def test_the_lock_names_its_process_while_it_is_held(self, tmp_path: Path) -> None:
        lock = tmp_path / "up.lock"
        script = (
            "import sys, pathlib; from entrypoints.cli.running import only_one_here\n"
            "with only_one_here(pathlib.Path(sys.argv[1])):\n"
            "    print('held', flush=True); sys.stdin.read()"
        )
        holder = subprocess.Popen(
            [sys.executable, "-c", script, str(lock)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"

        held_by = running_pid(lock)
        with pytest.raises(click.ClickException, match=str(holder.pid)), only_one_here(lock):
            raise AssertionError
        holder.communicate("")

        assert held_by == holder.pid
        assert running_pid(lock) is None


class TestDoctor:
    def test_a_taken_port_is_named_with_its_setting(
        self, state: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SCRIPTED_API_PORT", "8701")
        monkeypatch.setattr("entrypoints.cli.doctor.is_free", lambda port: port != 8701)

        answer = CliRunner().invoke(main, ["doctor"])

        assert answer.exit_code == 1
        assert "Port 8701: taken" in answer.output
        assert "SCRIPTED_API_PORT" in answer.output

    def test_a_wrong_setting_is_named(self, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SCRIPTED_CLEARING_DAYS", "soon")

        answer = CliRunner().invoke(main, ["doctor"])

        assert answer.exit_code == 1
        assert "SCRIPTED_CLEARING_DAYS" in answer.output

    def test_only_what_is_vital_fails(self) -> None:
        assert report([Finding(subject="A", found="none", advice="get one", vital=False)]) == 0
        assert report([Finding(subject="A", found="none", advice="get one")]) == 1

    def test_settings_are_listed_with_their_meaning(self) -> None:
        answer = CliRunner().invoke(main, ["doctor", "--settings"])

        assert answer.output == as_markdown()


class TestOneShot:
    def test_migrate_leaves_the_embedded_server_as_it_found_it(self, state: Path) -> None:
        database = EmbeddedPostgres(state / "postgres")

        first = CliRunner().invoke(main, ["migrate"])
        statuses = [database.status]
        database.start()
        again = CliRunner().invoke(main, ["migrate"])
        statuses.append(database.status)

        assert (first.exit_code, again.exit_code) == (0, 0), first.output
        assert statuses == [ServerStatus.STOPPED, ServerStatus.RUNNING]
        database.destroy()

    def test_the_audit_trail_is_verified_and_a_change_named(
        self, state: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("os.environ", dict(os.environ))
        whole = CliRunner().invoke(main, ["audit", "verify"])
        database = EmbeddedPostgres(state / "postgres")
        with psycopg.connect(database.start().replace("+psycopg", "")) as connection:
            connection.execute("update audit_chain set sequence = 3 where chain = 5")

        changed = CliRunner().invoke(main, ["audit", "verify"])

        key = CliRunner().invoke(main, ["audit", "key"])
        exported = CliRunner().invoke(main, ["audit", "export"])

        assert (whole.exit_code, changed.exit_code) == (0, 1), whole.output
        assert len(bytes.fromhex(key.output.strip())) == 32
        assert '"action": "audit.exported"' in exported.output.splitlines()[-1]
        assert "chain 5, entry 3: truncated" in changed.output
        database.destroy()
