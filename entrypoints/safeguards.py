"""
Settings that fit each other: real money to real vendors, played money to the sandbox.

What is published here, such as a default webhook secret, is no secret: whoever reads the
source could sign a message with it.
"""

from typing import Any
from urllib.parse import urlsplit

from attrs import fields

_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})
_LIVE_KEYS = ("sk_live_", "rk_live_")
_TEST_KEYS = ("sk_test_", "rk_test_")
# Where each vendor is reached, and what we show it or it shows us.
_VENDORS = {
    "stripe_url": ("stripe_api_key", "stripe_webhook_secret"),
    "airwallex_url": ("airwallex_client_id", "airwallex_api_key", "airwallex_webhook_secret"),
    "photon_url": ("photon_client_id", "photon_client_secret", "photon_webhook_secret"),
    "fhir_pharmacy_url": ("fhir_pharmacy_token", "fhir_pharmacy_webhook_secret"),
    "twilio_url": ("twilio_account_sid", "twilio_auth_token"),
}
_ADDRESSES = (*_VENDORS, "stripe_pay_url", "nppes_url", "public_api_url", "public_portal_url")
_KEYS = ("master_keys", "blind_index_key", "session_key")


def problems_of(settings: Any) -> list[str]:
    """
    What must not be so; the settings' variables, never their values.

    Args:
        settings: The `Settings`, which ask here before they are used.
    """
    found = [
        f"{_variable(settings, secret)}: is the published one of the sandbox"
        for address, secrets in _VENDORS.items()
        if settings.is_production or not _is_played(getattr(settings, address))
        for secret in secrets
        # While a secret is replaced, two stand there with a comma between them.
        if _default(settings, secret) in getattr(settings, secret).replace(" ", "").split(",")
    ]
    if settings.stripe_api_key.startswith(_LIVE_KEYS) and _is_played(settings.stripe_url):
        found.append("STRIPE_API_BASE: a live key is for Stripe alone")
    return found + (_unfit_for_production(settings) if settings.is_production else [])


def _unfit_for_production(settings: Any) -> list[str]:
    found = [
        f"{_variable(settings, address)}: must be https, and not on this machine"
        for address in _ADDRESSES
        if _is_played(getattr(settings, address))
    ]
    if settings.stripe_api_key.startswith(_TEST_KEYS):
        found.append("STRIPE_API_KEY: a test key takes no money")
    if (settings.smtp_host, settings.smtp_port) == ("127.0.0.1", 8725):
        found.append("SMTP_HOST: is the sandbox, which delivers nothing")
    if settings.mail_webhook_secret == _default(settings, "mail_webhook_secret"):
        found.append("MAIL_WEBHOOK_SECRET: is the published one of the sandbox")
    keys = [*(key for _, key in settings.master_keys), settings.blind_index_key]
    keys.append(settings.session_key)
    if len(set(keys)) < len(keys):
        names = ", ".join(_variable(settings, key) for key in _KEYS)
        found.append(f"{names}: must differ from each other")
    return found


def _is_played(url: str) -> bool:
    """Whether the sandbox may answer there: no vendor is reached without encryption."""
    parts = urlsplit(url)
    return parts.scheme != "https" or parts.hostname in _THIS_MACHINE


def _variable(settings: Any, name: str) -> str:
    return str(getattr(fields(type(settings)), name).metadata["variable"])


def _default(settings: Any, name: str) -> object:
    return getattr(fields(type(settings)), name).metadata["default"]
