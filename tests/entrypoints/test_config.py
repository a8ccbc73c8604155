import base64
from pathlib import Path

import pytest

from entrypoints.config import BadSetting, Settings, as_markdown

KEY = "aGVsbG9oZWxsb2hlbGxvaGVsbG9oZWxsb2hlbGxvaGU="
NEW_KEY = base64.b64encode(b"world" * 6 + b"!!").decode()
REQUIRED = {
    "DATABASE_URL": "postgresql://localhost/x",
    "SCRIPTED_MASTER_KEY": KEY,
    "SCRIPTED_BLIND_INDEX_KEY": KEY,
    "SCRIPTED_SESSION_KEY": KEY,
}


def test_every_other_setting_has_a_default() -> None:
    assert Settings.from_environment(REQUIRED).api_port == 8701


def test_names_all_that_is_wrong_at_once_without_telling_secrets() -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment(
            REQUIRED | {"SCRIPTED_API_PORT": "99999", "SCRIPTED_MASTER_KEY": "c2hvcnQ="}
        )

    assert "SCRIPTED_API_PORT" in str(refused.value)
    assert "SCRIPTED_MASTER_KEY" in str(refused.value)
    assert "c2hvcnQ" not in str(refused.value)


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("sk_from_file\n")

    settings = Settings.from_environment(REQUIRED | {"STRIPE_API_KEY_FILE": str(path)})

    assert settings.stripe_api_key == "sk_from_file"


def test_takes_several_master_keys_the_first_of_which_seals() -> None:
    settings = Settings.from_environment(
        REQUIRED | {"SCRIPTED_MASTER_KEY": f"2:{NEW_KEY}, 1:{KEY}"}
    )

    assert [version for version, _ in settings.master_keys] == [2, 1]
    assert "world" not in repr(settings)


@pytest.mark.parametrize("unfit", [f"{KEY},{NEW_KEY}", f"0:{KEY}", f"x:{KEY}", "2:", f"2:{KEY},"])
def test_refuses_master_keys_that_cannot_be_told_apart(unfit: str) -> None:
    with pytest.raises(BadSetting, match="SCRIPTED_MASTER_KEY: cannot be read"):
        Settings.from_environment(REQUIRED | {"SCRIPTED_MASTER_KEY": unfit})


def above(written: str) -> tuple[int, dict[str, int]]:
    limit = Settings.from_environment(
        REQUIRED | {"SCRIPTED_PAYOUT_APPROVAL_ABOVE": written}
    ).payout_approval_above
    return limit.default, {one.code: units for one, units in limit.by_currency.items()}


def test_the_approval_limit_is_one_for_all_or_also_one_of_a_currency() -> None:
    assert above("1000") == (1000, {})
    assert above("1000,JPY:150000, USD:700") == (1000, {"JPY": 150_000, "USD": 700})
    assert Settings.from_environment(REQUIRED).payout_approval_above.default == 5000


@pytest.mark.parametrize(
    "unfit",
    [
        *("JPY:150000", "1000,", "1000,JPY", "1000,jpy:5", "1000,JPY:0", "1000,JPY:5,JPY:6"),
        *("1000,UDS:700", "0", "1.5"),
    ],
)
def test_refuses_an_approval_limit_that_leaves_a_currency_open(unfit: str) -> None:
    with pytest.raises(BadSetting, match="SCRIPTED_PAYOUT_APPROVAL_ABOVE"):
        above(unfit)


def test_does_not_show_secrets() -> None:
    shown = repr(Settings.from_environment(REQUIRED | {"STRIPE_API_KEY": "sk_hidden"}))

    assert "sk_hidden" not in shown
    assert "hello" not in shown


def test_the_documentation_is_complete() -> None:
    documented = Path("docs/configuration.md").read_text(encoding="utf-8")

    assert as_markdown() in documented
