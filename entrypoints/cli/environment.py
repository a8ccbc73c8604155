"""
The environment that the platform's processes are started with.

Weakest first: the defaults of the settings, `.scripted/secrets.env`, `.env` in the checkout, and
what the person has set in the shell.
"""

import os
from collections.abc import Mapping

import click
from attrs import fields, frozen
from dotenv import dotenv_values

from entrypoints.cli.places import PROJECT, StateDirectory
from entrypoints.cli.secrets_file import ensure_secrets
from entrypoints.config import Settings

VENDOR_PREFIXES = (
    "STRIPE_",
    "AIRWALLEX_",
    "PHOTON_",
    "FHIR_PHARMACY_",
    "TWILIO_",
    "NPPES_",
    "MAIL_WEBHOOK_",
)
_VENDOR_ADDRESSES = (
    "STRIPE_API_BASE",
    "AIRWALLEX_API_BASE",
    "PHOTON_API_BASE",
    "FHIR_PHARMACY_BASE",
    "NPPES_API_BASE",
    "TWILIO_API_BASE",
    "SMTP_HOST",
)
_LOCAL = "127.0.0.1"


@frozen(kw_only=True)
class Ports:
    """
    The ports of one checkout; two checkouts side by side need different ones.
    """

    portal: int
    api: int
    sandbox: int
    smtp: int

    def named(self) -> dict[str, int]:
        return {
            "SCRIPTED_PORTAL_PORT": self.portal,
            "SCRIPTED_API_PORT": self.api,
            "SCRIPTED_SANDBOX_PORT": self.sandbox,
            "SCRIPTED_SMTP_PORT": self.smtp,
        }


_DEFAULT_PORTS = Ports(portal=8700, api=8701, sandbox=8703, smtp=8725)


def given_environment() -> dict[str, str]:
    """
    What the person has said: the shell's variables, and below them those of `.env`.
    """
    file = {name: value for name, value in dotenv_values(PROJECT / ".env").items() if value}
    return file | dict(os.environ)


def ports(given: Mapping[str, str]) -> Ports:
    """
    Read the ports.

    Raises:
        click.UsageError: One is not a port number.
    """
    numbers: dict[str, int] = {}
    for name, default in _DEFAULT_PORTS.named().items():
        text = given.get(name) or str(default)
        if not text.isdigit() or not 0 < int(text) < 65536:
            message = f"{name} has to be a port number, and is {text!r}"
            raise click.UsageError(message)
        numbers[name] = int(text)
    return Ports(
        portal=numbers["SCRIPTED_PORTAL_PORT"],
        api=numbers["SCRIPTED_API_PORT"],
        sandbox=numbers["SCRIPTED_SANDBOX_PORT"],
        smtp=numbers["SCRIPTED_SMTP_PORT"],
    )


def all_vendors_are_played(given: Mapping[str, str]) -> bool:
    """
    Say whether the sandbox plays every vendor, so that nothing invented reaches a real one.
    """
    return not any(given.get(name) for name in _VENDOR_ADDRESSES)


def platform_environment(
    given: Mapping[str, str], *, state: StateDirectory, database_url: str
) -> dict[str, str]:
    """
    Give every process what it needs to find the others.
    """
    chosen = ports(given)
    secrets = ensure_secrets(state.secrets)
    environment = (
        _addresses(chosen)
        | secrets
        | dict(given)
        | {name: str(number) for name, number in chosen.named().items()}
        | {
            "DATABASE_URL": database_url,
            "SCRIPTED_DATA": str(state.path),
            # The portal reads its own names, which the settings of the whole platform fill.
            "SCRIPTED_PORTAL_HOST": given.get("SCRIPTED_PORTAL_HOST")
            or given.get("SCRIPTED_HOST", _LOCAL),
            "SCRIPTED_PORTAL_URL": given.get("SCRIPTED_PORTAL_URL")
            or given.get("SCRIPTED_PUBLIC_PORTAL_URL", ""),
            "SCRIPTED_PORTAL_DIST": given.get("SCRIPTED_PORTAL_DIST") or str(state.portal_client),
            "PYTHONUNBUFFERED": "1",
            "PATH": f"{PROJECT / '.venv' / 'bin'}{os.pathsep}{given.get('PATH', os.defpath)}",
        }
    )
    return _compiling(environment | _for_the_sandbox(environment, chosen, state))


def _compiling(environment: dict[str, str]) -> dict[str, str]:
    """
    Let the processes keep compiled modules, which halve the time of a start.

    Where nothing may be written beside the sources they lie apart.
    """
    if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
        environment.setdefault("PYTHONPYCACHEPREFIX", str(PROJECT / ".tools" / "pycache"))
    return environment


def _addresses(chosen: Ports) -> dict[str, str]:
    """
    Point every default that names one of the local processes at the port it really has.
    """
    moved = {
        f"{_LOCAL}:{default}": f"{_LOCAL}:{chosen.named()[name]}"
        for name, default in _DEFAULT_PORTS.named().items()
    }
    addresses = {"SMTP_PORT": str(chosen.smtp)}
    for attribute in fields(Settings):
        default = attribute.metadata["default"] or ""
        for before, after in moved.items():
            if before in default:
                addresses[attribute.metadata["variable"]] = default.replace(before, after)
    return addresses


def _for_the_sandbox(
    environment: Mapping[str, str], chosen: Ports, state: StateDirectory
) -> dict[str, str]:
    shared = {
        f"SANDBOX_{name}": value
        for name, value in environment.items()
        if name.startswith(VENDOR_PREFIXES)
    }
    return shared | {
        # One currency, and no more than a small clinic needs; the clinic day books it.
        "SANDBOX_AIRWALLEX_FLOAT": environment.get("SANDBOX_AIRWALLEX_FLOAT", "AUD:50000"),
        "SANDBOX_STRIPE_SECRET_KEY": environment["STRIPE_API_KEY"],
        "SANDBOX_PORT": str(chosen.sandbox),
        "SANDBOX_SMTP_PORT": str(chosen.smtp),
        "SANDBOX_DATA": str(state.sandbox),
        "SANDBOX_WEBHOOK_BASE": f"http://{_LOCAL}:{chosen.api}/webhooks",
    }
