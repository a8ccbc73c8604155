from pathlib import Path

from attrs import evolve

from entrypoints.cli.child import Child, ProcessSpec, readable
from tests.waiting import eventually


def child(tmp_path: Path, *command: str) -> Child:
    return Child(ProcessSpec(name="it", command=command), tmp_path / "it.log", {}, tmp_path)


def test_each_crash_in_a_row_doubles_the_pause_up_to_a_bound(tmp_path: Path) -> None:
    failing = child(tmp_path, "/bin/false")
    pauses = []

    for _ in range(7):
        failing.start()
        pauses.append(failing.next_pause())
        eventually(lambda: failing.crashed() is not None, "it ends")

    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_a_crash_is_reported_once(tmp_path: Path) -> None:
    failing = child(tmp_path, "/bin/false")
    failing.start()
    eventually(lambda: failing.crashed() is not None, "it ends")

    assert failing.crashed() is None


def test_only_whole_lines_that_matter_are_shown(tmp_path: Path) -> None:
    quiet = child(tmp_path, "/bin/true")
    quiet.start()
    quiet.log_file.write_text("all well\nERROR one\nwarning ha")

    assert quiet.new_warnings() == ["ERROR one"]

    with quiet.log_file.open("a") as log:
        log.write("lf\n")
    assert quiet.new_warnings() == ["warning half"]
    assert quiet.stop(lambda: True) is not None


def test_one_that_is_there_to_fail_warns_nobody(tmp_path: Path) -> None:
    failing = child(tmp_path, "/bin/true")
    failing.spec = evolve(failing.spec, warns=False)
    failing.log_file.write_text("ERROR as was asked\n")

    assert failing.new_warnings() == []


def test_what_is_said_over_and_over_is_shown_once(tmp_path: Path) -> None:
    quiet = child(tmp_path, "/bin/sh", "-c", "sleep 5")
    quiet.start()
    away = '{"event": "the database is away\\n  try later", "level": "warning"}\n'
    quiet.log_file.write_text(away + away + "ERROR another\n")

    assert quiet.new_warnings() == ["warning: the database is away", "ERROR another"]

    with quiet.log_file.open("a") as log:
        log.write(away)
    assert quiet.new_warnings() == []
    assert quiet.stop(lambda: True) is not None


def test_a_structured_line_is_shown_as_a_sentence() -> None:
    line = (
        '{"vendor": "stripe", "dead": true, "event": "webhook failed", "level": "warning",'
        ' "logger": "x", "timestamp": "now", "process": "worker"}'
    )

    assert readable(line) == "warning: webhook failed vendor=stripe dead=True"
    assert readable("[ERROR] 1") == "[ERROR] 1"
    assert readable('["error"]') == '["error"]'


def test_its_log_and_its_files_are_closed_to_others(tmp_path: Path) -> None:
    quiet = child(tmp_path, "/bin/sh", "-c", ": > made")
    quiet.start()
    eventually((tmp_path / "made").exists, "the file is made")
    quiet.stop(lambda: False)

    assert quiet.log_file.stat().st_mode & 0o077 == 0
    assert (tmp_path / "made").stat().st_mode & 0o077 == 0
