"""
A platform for real patients never meets the sandbox, nor its published secrets.
"""

import base64
import subprocess
import sys

import pytest

from entrypoints.config import BadSetting, Settings

PRODUCTION = {
    "SCRIPTED_ENV": "production",
    "DATABASE_URL": "postgresql://db.internal/scripted",
    "SCRIPTED_PUBLIC_API_URL": "https://api.clinic.example",
    "SCRIPTED_PUBLIC_PORTAL_URL": "https://clinic.example",
    "STRIPE_API_BASE": "https://api.stripe.com",
    "STRIPE_PAY_URL": "https://pay.clinic.example",
    "STRIPE_API_KEY": "sk_live_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
    "AIRWALLEX_API_BASE": "https://api.airwallex.com",
    "AIRWALLEX_CLIENT_ID": "client",
    "AIRWALLEX_API_KEY": "key",
    "AIRWALLEX_WEBHOOK_SECRET": "whsec_2",
    "PHOTON_API_BASE": "https://api.photon.health",
    "PHOTON_CLIENT_ID": "client",
    "PHOTON_CLIENT_SECRET": "secret",
    "PHOTON_WEBHOOK_SECRET": "whsec_3",
    "FHIR_PHARMACY_BASE": "https://fhir.pharmacy.example",
    "FHIR_PHARMACY_TOKEN": "token",
    "FHIR_PHARMACY_WEBHOOK_SECRET": "whsec_4",
    "NPPES_API_BASE": "https://npiregistry.cms.hhs.gov",
    "TWILIO_API_BASE": "https://api.twilio.com",
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "token",
    "SMTP_HOST": "mail.clinic.example",
    "MAIL_WEBHOOK_SECRET": "whsec_5",
} | {
    f"SCRIPTED_{name}_KEY": base64.b64encode(bytes([number]) * 32).decode()
    for number, name in enumerate(("MASTER", "BLIND_INDEX", "SESSION"))
}
HERE = {
    name: value
    for name, value in PRODUCTION.items()
    if name.startswith(("DATABASE", "SCRIPTED_")) and name != "SCRIPTED_ENV"
}


def refusal(given: dict[str, str]) -> str:
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment(given)
    return str(refused.value)


def test_production_starts_with_real_vendors() -> None:
    assert Settings.from_environment(PRODUCTION).is_production


@pytest.mark.parametrize(
    "variable",
    [name for name in PRODUCTION if not name.startswith(("DATABASE", "SCRIPTED_"))],
)
def test_production_refuses_each_default_of_the_sandbox(variable: str) -> None:
    left_out = {name: value for name, value in PRODUCTION.items() if name != variable}

    assert variable in refusal(left_out)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SCRIPTED_PUBLIC_PORTAL_URL", "http://clinic.example"),
        ("SCRIPTED_PUBLIC_API_URL", "https://localhost"),
        ("STRIPE_API_BASE", "http://sandbox:8703/stripe"),
        ("STRIPE_API_KEY", "sk_test_1"),
        ("SCRIPTED_SESSION_KEY", PRODUCTION["SCRIPTED_MASTER_KEY"]),
        (
            "SCRIPTED_MASTER_KEY",
            f"2:{PRODUCTION['SCRIPTED_SESSION_KEY']},1:{PRODUCTION['SCRIPTED_MASTER_KEY']}",
        ),
        ("SCRIPTED_ENV", "prodution"),
    ],
)
def test_production_refuses(variable: str, value: str) -> None:
    assert variable in refusal(PRODUCTION | {variable: value})


def test_a_live_key_is_never_shown_to_the_sandbox() -> None:
    told = refusal(HERE | {"STRIPE_API_KEY": "sk_live_hidden"})

    assert "STRIPE_API_BASE" in told
    assert "hidden" not in told


def test_a_real_vendor_never_goes_with_a_published_secret() -> None:
    given = HERE | {"STRIPE_API_BASE": "https://api.stripe.com", "STRIPE_API_KEY": "sk_test_own"}

    assert refusal(given) == "STRIPE_WEBHOOK_SECRET: is the published one of the sandbox"


@pytest.mark.parametrize("module", ["entrypoints.sandbox", "entrypoints.seeding"])
def test_what_is_invented_does_not_start_in_production(module: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", module],
        env=PRODUCTION,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert "production" in ended.stderr
