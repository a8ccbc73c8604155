from pathlib import Path

import click
import pytest

from entrypoints.cli.environment import all_vendors_are_played, platform_environment, ports
from entrypoints.cli.places import PROJECT, StateDirectory
from entrypoints.config import Settings
from entrypoints.sandbox.settings import settings_from_environment


def environment(tmp_path: Path, **given: str) -> dict[str, str]:
    return platform_environment(
        given, state=StateDirectory(tmp_path), database_url="postgresql://here"
    )


def test_the_settings_are_complete(tmp_path: Path) -> None:
    settings = Settings.from_environment(environment(tmp_path))

    assert settings.database_url == "postgresql://here"
    assert settings.data_dir == tmp_path
    assert settings.stripe_url == "http://127.0.0.1:8703/stripe"


def test_everybody_follows_a_port_that_moves(tmp_path: Path) -> None:
    moved = environment(
        tmp_path,
        SCRIPTED_API_PORT="9001",
        SCRIPTED_PORTAL_PORT="9000",
        SCRIPTED_SANDBOX_PORT="9003",
        SCRIPTED_SMTP_PORT="9025",
    )

    settings = Settings.from_environment(moved)
    sandbox = settings_from_environment(moved)

    assert settings.stripe_url == "http://127.0.0.1:9003/stripe"
    assert settings.public_api_url == "http://127.0.0.1:9001"
    assert settings.public_portal_url == "http://127.0.0.1:9000"
    assert settings.smtp_port == sandbox.smtp_port == 9025
    assert sandbox.port == 9003
    assert sandbox.webhook_base == "http://127.0.0.1:9001/webhooks"
    assert not [value for name, value in moved.items() if ":8700" in value or ":8703" in value]


def test_the_sandbox_shares_the_vendors_secrets(tmp_path: Path) -> None:
    made = environment(tmp_path)

    sandbox = settings_from_environment(made)

    assert sandbox.secret("STRIPE_SECRET_KEY") == made["STRIPE_API_KEY"] != ""
    assert sandbox.secret("AIRWALLEX_API_KEY") == made["AIRWALLEX_API_KEY"] != ""


def test_what_the_person_says_counts_more_than_what_was_made(tmp_path: Path) -> None:
    given = environment(
        tmp_path, STRIPE_API_KEY="sk_live_mine", STRIPE_API_BASE="https://api.stripe.com"
    )

    assert given["STRIPE_API_KEY"] == "sk_live_mine"
    assert given["STRIPE_API_BASE"] == "https://api.stripe.com"


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1", "80.5"])
def test_a_port_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(click.UsageError, match="SCRIPTED_API_PORT"):
        ports({"SCRIPTED_API_PORT": text})


def test_modules_are_compiled_apart_where_nothing_may_lie_beside_the_sources(
    tmp_path: Path,
) -> None:
    told = environment(tmp_path, PYTHONDONTWRITEBYTECODE="1")

    assert "PYTHONDONTWRITEBYTECODE" not in told
    assert told["PYTHONPYCACHEPREFIX"] == str(PROJECT / ".tools/pycache")
    assert "PYTHONPYCACHEPREFIX" not in environment(tmp_path)


@pytest.mark.parametrize(
    ("given", "played"),
    [({}, True), ({"STRIPE_API_BASE": "https://api.stripe.com"}, False), ({"SMTP_HOST": ""}, True)],
)
def test_nothing_is_invented_once_a_real_vendor_is_named(
    given: dict[str, str], *, played: bool
) -> None:
    assert all_vendors_are_played(given) is played


def test_the_state_lies_in_the_checkout_unless_told_otherwise(tmp_path: Path) -> None:
    assert StateDirectory.from_environment({}).path == PROJECT / ".scripted"
    assert StateDirectory.from_environment({"SCRIPTED_DATA": str(tmp_path)}).path == tmp_path
