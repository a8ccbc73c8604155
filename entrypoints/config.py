"""
Every setting: its variable, default, check and meaning. Read and validated once.

`docs/configuration.md` is written from this table (`scripted doctor --settings`), and a
test holds the two together.
"""

import base64
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from attrs import Attribute, field, fields, frozen
from babel.numbers import is_currency

from domain.shared.money import Currency, MalformedAmount
from entrypoints.safeguards import problems_of


class BadSetting(Exception):
    """A setting is missing or cannot be right. Names the variable, never a secret's value."""


def _integer(text: str) -> int:
    return int(text)


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 65536:
        raise ValueError("a port lies between 0 and 65535")
    return number


def _positive(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise ValueError("must be above 0")
    return number


def _not_negative(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError("must be 0 or more")
    return number


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return text.rstrip("/")


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != 32:
        raise ValueError("must be 32 bytes in base 64")
    return key


def _keys(text: str) -> tuple[tuple[int, bytes], ...]:
    keys = []
    for written in text.split(","):
        version, separator, key = written.strip().partition(":")
        keys.append((int(version), _key(key)) if separator else (1, _key(version)))
    versions = [version for version, _ in keys]
    if len(set(versions)) < len(versions) or not all(0 < one < 65536 for one in versions):
        raise ValueError("each key has a version of its own, from 1 to 65535")
    return tuple(keys)


def several(text: str) -> tuple[str, ...]:
    """Values with commas between them, such as a secret and the one that it replaces."""
    return tuple(part for one in text.split(",") if (part := one.strip()))


@frozen(kw_only=True)
class UnitsByCurrency:
    """
    Whole units of money, such as `1000,JPY:150000`.

    Args:
        default: For every currency that `by_currency` does not name.
    """

    default: int
    by_currency: Mapping[Currency, int]


def _units_by_currency(text: str) -> UnitsByCurrency:
    default, *others = text.split(",")
    by_currency: dict[Currency, int] = {}
    for written in others:
        code, _, units = written.strip().partition(":")
        try:
            currency = Currency(code)
        except MalformedAmount as malformed:
            raise ValueError("write 1000,JPY:150000: all others first, then each") from malformed
        if not is_currency(code, "en"):
            raise ValueError(f"{code} is no currency")
        if currency in by_currency:
            raise ValueError(f"names {code} twice")
        by_currency[currency] = _positive(units)
    return UnitsByCurrency(default=_positive(default), by_currency=by_currency)


def _environment(text: str) -> str:
    if text not in {"development", "production"}:
        raise ValueError("must be development or production")
    return text


def _text(text: str) -> str:
    return text


def _setting(
    variable: str,
    default: str | None,
    meaning: str,
    parse: Callable[[str], Any] = _text,
    *,
    secret: bool = False,
) -> Any:
    return field(
        metadata={
            "variable": variable,
            "default": default,
            "meaning": meaning,
            "parse": parse,
            "secret": secret,
        },
        repr=not secret,
    )


@frozen(kw_only=True)
class Settings:
    """What the processes are told from outside. A secret may come from a file: `NAME_FILE`."""

    environment: str = _setting(
        "SCRIPTED_ENV",
        "development",
        "`production` refuses the sandbox, its secrets, and addresses without encryption.",
        _environment,
    )
    database_url: str = _setting(
        "DATABASE_URL",
        None,
        "PostgreSQL, as `postgresql://…`. `scripted up` sets it to the embedded server.",
    )
    database_pool: int = _setting(
        "SCRIPTED_DATABASE_POOL", "8", "Connections that each process keeps.", _positive
    )
    data_dir: Path = _setting(  # noqa: RUF009 - an attrs field, not a value
        "SCRIPTED_DATA",
        ".scripted",
        "Folder of the embedded defaults: database, documents, logs.",
        Path,
    )
    host: str = _setting("SCRIPTED_HOST", "127.0.0.1", "Address that API and portal listen on.")
    api_port: int = _setting("SCRIPTED_API_PORT", "8701", "Port of the API.", _port)
    api_workers: int = _setting(
        "SCRIPTED_API_WORKERS", "1", "Processes that share the API's port.", _positive
    )
    api_rate_per_minute: int = _setting(
        "SCRIPTED_API_RATE_PER_MINUTE",
        "6000",
        "Requests a minute that one caller may send to one process of the API.",
        _positive,
    )
    trusted_proxies: int = _setting(
        "SCRIPTED_TRUSTED_PROXIES",
        "0",
        "Proxies in front of the API whose `X-Forwarded-For` is believed; 0 believes none. "
        "Callers without a token are counted by their address.",
        _not_negative,
    )
    portal_port: int = _setting("SCRIPTED_PORTAL_PORT", "8700", "Port of the portal.", _port)
    sandbox_port: int = _setting(
        "SCRIPTED_SANDBOX_PORT", "8703", "Port of the vendor sandbox.", _port
    )
    public_api_url: str = _setting(
        "SCRIPTED_PUBLIC_API_URL",
        "http://127.0.0.1:8701",
        "Address that vendors send webhooks to.",
        _url,
    )
    public_portal_url: str = _setting(
        "SCRIPTED_PUBLIC_PORTAL_URL",
        "http://127.0.0.1:8700",
        "Address that people open the portal at.",
        _url,
    )
    redis_url: str = _setting(
        "REDIS_URL", "", "Redis for portal state and rate limits; empty for one process of each."
    )
    master_keys: tuple[tuple[int, bytes], ...] = _setting(
        "SCRIPTED_MASTER_KEY",
        None,
        "Wraps every patient's key: 32 bytes in base 64. To rotate it `2:NEW,1:OLD`: the first "
        "seals from now on, all of them open.",
        _keys,
        secret=True,
    )
    blind_index_key: bytes = _setting(
        "SCRIPTED_BLIND_INDEX_KEY",
        None,
        "Finds sealed e-mail addresses: 32 bytes in base 64.",
        _key,
        secret=True,
    )
    session_key: bytes = _setting(
        "SCRIPTED_SESSION_KEY",
        None,
        "Signs form tokens and audit roots: 32 bytes in base 64.",
        _key,
        secret=True,
    )
    stripe_url: str = _setting(
        "STRIPE_API_BASE", "http://127.0.0.1:8703/stripe", "Stripe, or the sandbox.", _url
    )
    stripe_pay_url: str = _setting(
        "STRIPE_PAY_URL",
        "http://127.0.0.1:8703/stripe/pay",
        "Hosted page where the patient pays.",
        _url,
    )
    stripe_api_key: str = _setting(
        "STRIPE_API_KEY", "sk_test_scripted", "Stripe's secret key.", secret=True
    )
    stripe_webhook_secret: str = _setting(
        "STRIPE_WEBHOOK_SECRET",
        "whsec_scripted",
        "Signs Stripe's webhooks. While it is replaced: the new one, a comma, the old one.",
        secret=True,
    )
    airwallex_url: str = _setting(
        "AIRWALLEX_API_BASE", "http://127.0.0.1:8703/airwallex", "Airwallex, or the sandbox.", _url
    )
    airwallex_client_id: str = _setting(
        "AIRWALLEX_CLIENT_ID", "scripted_sandbox_client", "Airwallex client id."
    )
    airwallex_api_key: str = _setting(
        "AIRWALLEX_API_KEY", "scripted_sandbox_key", "Airwallex API key.", secret=True
    )
    airwallex_webhook_secret: str = _setting(
        "AIRWALLEX_WEBHOOK_SECRET",
        "whsec_airwallex_scripted",
        "Signs Airwallex's webhooks. While it is replaced: the new one, a comma, the old one.",
        secret=True,
    )
    photon_url: str = _setting(
        "PHOTON_API_BASE", "http://127.0.0.1:8703/photon", "Photon Health, or the sandbox.", _url
    )
    photon_client_id: str = _setting(
        "PHOTON_CLIENT_ID", "scripted_photon_client", "Photon client id."
    )
    photon_client_secret: str = _setting(
        "PHOTON_CLIENT_SECRET", "scripted_photon_secret", "Photon client secret.", secret=True
    )
    photon_webhook_secret: str = _setting(
        "PHOTON_WEBHOOK_SECRET",
        "whsec_photon_scripted",
        "Signs Photon's webhooks. While it is replaced: the new one, a comma, the old one.",
        secret=True,
    )
    fhir_pharmacy_url: str = _setting(
        "FHIR_PHARMACY_BASE",
        "http://127.0.0.1:8703/fhir_pharmacy/fhir",
        "FHIR R4 pharmacy, or the sandbox.",
        _url,
    )
    fhir_pharmacy_token: str = _setting(
        "FHIR_PHARMACY_TOKEN",
        "scripted_fhir_token",
        "Bearer token for the FHIR pharmacy.",
        secret=True,
    )
    fhir_pharmacy_webhook_secret: str = _setting(
        "FHIR_PHARMACY_WEBHOOK_SECRET",
        "whsec_fhir_pharmacy_scripted",
        "Signs the FHIR pharmacy's notices. While it is replaced: the new one, a comma, the old one.",
        secret=True,
    )
    nppes_url: str = _setting(
        "NPPES_API_BASE",
        "http://127.0.0.1:8703/nppes",
        "The US registry of practitioners, or the sandbox.",
        _url,
    )
    twilio_url: str = _setting(
        "TWILIO_API_BASE", "http://127.0.0.1:8703/twilio", "Twilio, or the sandbox.", _url
    )
    twilio_account_sid: str = _setting(
        "TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001", "Twilio account."
    )
    twilio_auth_token: str = _setting(
        "TWILIO_AUTH_TOKEN",
        "scripted_twilio_token",
        "Twilio's secret; signs its callbacks too.",
        secret=True,
    )
    twilio_from: str = _setting(
        "TWILIO_FROM", "+15005550006", "Number that text messages come from."
    )
    smtp_host: str = _setting("SMTP_HOST", "127.0.0.1", "Mail server, or the sandbox's catch-all.")
    smtp_port: int = _setting("SMTP_PORT", "8725", "Its port.", _port)
    smtp_user: str = _setting("SMTP_USER", "", "User at the mail server; empty for none.")
    smtp_password: str = _setting("SMTP_PASSWORD", "", "Password at the mail server.", secret=True)
    mail_from: str = _setting(
        "MAIL_FROM", "Scripted <care@scripted.example>", "Sender of our mail."
    )
    mail_webhook_secret: str = _setting(
        "MAIL_WEBHOOK_SECRET",
        "whsec_mail_scripted",
        "Signs the mail service's reports of letters that came back, sent to `/webhooks/mail`.",
        secret=True,
    )
    clamd_host: str = _setting(
        "CLAMD_HOST",
        "",
        "Where ClamAV's daemon listens; empty for the embedded scanner. While the daemon is away"
        " files wait in quarantine.",
    )
    clamd_port: int = _setting("CLAMD_PORT", "3310", "Its port.", _port)
    clearing_days: int = _setting(
        "SCRIPTED_CLEARING_DAYS", "2", "Days from an earning to when it may be withdrawn.", _integer
    )
    payout_approval_above: UnitsByCurrency = _setting(  # noqa: RUF009 - an attrs field
        "SCRIPTED_PAYOUT_APPROVAL_ABOVE",
        "5000",
        "In whole units: a payout of more waits for two people of finance. Currencies may have "
        "amounts of their own after the one for all others: `1000,JPY:150000,USD:700`.",
        _units_by_currency,
    )
    pay_notice_days: int = _setting(
        "SCRIPTED_PAY_NOTICE_DAYS",
        "14",
        "Days between telling physicians of other terms of pay and their taking effect.",
        _integer,
    )
    worker_concurrency: int = _setting(
        "SCRIPTED_WORKER_CONCURRENCY", "4", "Jobs that a worker runs at once.", _positive
    )
    stalled_after_seconds: int = _setting(
        "SCRIPTED_STALLED_AFTER_SECONDS",
        "15",
        "How long a worker may be silent before others take its jobs over.",
        _positive,
    )
    log_level: str = _setting("SCRIPTED_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR.")

    @property
    def is_production(self) -> bool:
        """Whether real patients are treated here."""
        return self.environment == "production"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """
        Read every setting.

        Raises:
            BadSetting: One is missing or wrong, or they do not fit; names all that are.
        """
        given = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        problems: list[str] = []
        for attribute in fields(cls):
            try:
                values[attribute.name] = _read(attribute, given)
            except (ValueError, OSError) as error:
                variable = attribute.metadata["variable"]
                told = "cannot be read" if attribute.metadata["secret"] else str(error)
                problems.append(f"{variable}: {told}")
        settings = None if problems else cls(**values)
        problems += problems_of(settings) if settings is not None else []
        if settings is None or problems:
            raise BadSetting("; ".join(problems))
        return settings


def _read(attribute: "Attribute[Any]", given: Mapping[str, str]) -> Any:
    variable = attribute.metadata["variable"]
    text = given.get(variable)
    if not text and (path := given.get(f"{variable}_FILE")):
        text = Path(path).read_text(encoding="utf-8").strip()
    if not text:
        text = attribute.metadata["default"]
    if text is None:
        raise ValueError("is not set")
    return attribute.metadata["parse"](text)


def as_markdown() -> str:
    """The table of docs/configuration.md."""
    lines = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for attribute in fields(Settings):
        about = attribute.metadata
        default = "required" if about["default"] is None else f"`{about['default'] or ' '}`"
        secret = " *Secret.*" if about["secret"] else ""
        lines.append(f"| `{about['variable']}` | {default} | {about['meaning']}{secret} |")
    return "\n".join(lines) + "\n"
