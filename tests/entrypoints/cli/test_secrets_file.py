import base64
from pathlib import Path

from dotenv import dotenv_values

from entrypoints.cli.secrets_file import MADE, ensure_secrets
from entrypoints.config import Settings


def test_keys_have_the_length_that_the_settings_ask_for(tmp_path: Path) -> None:
    made = ensure_secrets(tmp_path / "secrets.env")

    settings = Settings.from_environment(made | {"DATABASE_URL": "postgresql://here"})

    assert len(settings.master_keys[0][1]) == len(settings.session_key) == 32
    assert base64.b64encode(settings.blind_index_key).decode() == made["SCRIPTED_BLIND_INDEX_KEY"]


def test_they_are_made_once(tmp_path: Path) -> None:
    first = ensure_secrets(tmp_path / "secrets.env")

    assert ensure_secrets(tmp_path / "secrets.env") == first


def test_no_two_are_alike(tmp_path: Path) -> None:
    made = ensure_secrets(tmp_path / "one.env")

    assert len(set(made.values())) == len(MADE)
    assert not set(made.values()) & set(ensure_secrets(tmp_path / "two.env").values())


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    ensure_secrets(tmp_path / "secrets.env")

    assert (tmp_path / "secrets.env").stat().st_mode & 0o777 == 0o600


def test_a_new_kind_of_secret_is_added_and_the_old_ones_kept(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    file.write_text("SCRIPTED_MASTER_KEY='the old one'\nSOMETHING_ELSE='kept'\n")

    ensure_secrets(file)

    kept = dotenv_values(file)
    assert kept["SCRIPTED_MASTER_KEY"] == "the old one"
    assert kept["SOMETHING_ELSE"] == "kept"
    assert set(MADE) <= set(kept)
