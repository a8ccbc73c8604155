"""
Secrets of a platform that runs on one machine: made once, kept in a file only its owner reads.
"""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from dotenv import dotenv_values


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _token(prefix: str) -> Callable[[], str]:
    return lambda: prefix + secrets.token_hex(16)


MADE = {
    "SCRIPTED_MASTER_KEY": _key,
    "SCRIPTED_SESSION_KEY": _key,
    "SCRIPTED_BLIND_INDEX_KEY": _key,
    # The vendors' secrets are shared with the sandbox, which plays the vendor's part.
    "STRIPE_API_KEY": _token("sk_test_"),
    "STRIPE_WEBHOOK_SECRET": _token("whsec_"),
    "AIRWALLEX_CLIENT_ID": _token("scripted_"),
    "AIRWALLEX_API_KEY": _token("airwallex_"),
    "AIRWALLEX_WEBHOOK_SECRET": _token("airwallex_whsec_"),
    "PHOTON_CLIENT_ID": _token("scripted_"),
    "PHOTON_CLIENT_SECRET": _token("photon_"),
    "PHOTON_WEBHOOK_SECRET": _token("photon_whsec_"),
    "FHIR_PHARMACY_TOKEN": _token("fhir_"),
    "FHIR_PHARMACY_WEBHOOK_SECRET": _token("fhir_whsec_"),
    "TWILIO_AUTH_TOKEN": _token("twilio_"),
    "MAIL_WEBHOOK_SECRET": _token("mail_whsec_"),
}


def ensure_secrets(file: Path) -> dict[str, str]:
    """
    Read the secrets, making those that the file does not have yet.

    What it has is never changed: without the old master key no patient's data can be read.
    """
    kept = {name: value for name, value in dotenv_values(file).items() if value}
    missing = {name: make() for name, make in MADE.items() if name not in kept}
    if missing:
        _write(file, kept | missing)
    return kept | missing


def _write(file: Path, values: dict[str, str]) -> None:
    unfinished = file.with_name(f"{file.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.writelines(f"{name}='{value}'\n" for name, value in values.items())
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(file)
