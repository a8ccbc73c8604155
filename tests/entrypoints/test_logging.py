import json
import logging

import pytest
import structlog

from entrypoints.logging import configure_logging, redact


@pytest.mark.parametrize(
    ("event", "leak"),
    [
        ({"password": "hunter2"}, "hunter2"),
        ({"stripe_api_key": "sk_live_1"}, "sk_live_1"),
        ({"event": "mailed ada@example.org"}, "ada@"),
        ({"event": "called +61 412 345 678"}, "412"),
        ({"event": "sent Bearer abc.def"}, "abc.def"),
        ({"request": {"answers": {"q1": "pregnant"}}}, "pregnant"),
        ({"items": [{"note_text": "x", "notes": "depressed"}]}, "depressed"),
    ],
)
def test_withholds(event: dict[str, object], leak: str) -> None:
    assert leak not in json.dumps(redact(None, "", dict(event)))


def test_keeps_what_helps() -> None:
    kept = {"event": "payout failed", "payout_id": "po_01", "attempt": 3}

    assert redact(None, "", dict(kept)) == kept


def test_the_standard_librarys_logs_are_redacted_too(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        configure_logging("INFO", process="test")
        logging.getLogger("somewhere").error("cannot mail %s", "ada@example.org")
        structlog.get_logger("ours").info("hello", token="t0p")
        lines = capsys.readouterr().err.strip().splitlines()
    finally:
        root.handlers, root.level = handlers, level
        structlog.reset_defaults()

    assert [json.loads(line)["process"] for line in lines] == ["test", "test"]
    assert "ada@" not in "".join(lines)
    assert "t0p" not in "".join(lines)
