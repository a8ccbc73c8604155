"""
Where the sandbox listens, what it keeps, and the secrets that it shares with its callers.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from attrs import Factory, frozen

_DEFAULT_SECRETS = {
    "STRIPE_SECRET_KEY": "sk_test_scripted",
    "STRIPE_WEBHOOK_SECRET": "whsec_scripted",
}


@frozen(kw_only=True)
class Settings:
    """
    What can be configured.

    Args:
        data: The SQLite file; ``None`` keeps the state in memory.
        webhook_base: Webhooks go to this address + ``/`` + vendor.
        autopilot: Whether states advance by themselves after small delays.
        pace: How many times faster than usual they do.
        retry_base_seconds: Wait after the first failed delivery; doubles each time.
        secrets: Values of ``SANDBOX_<NAME>`` variables, by name.
    """

    host: str = "127.0.0.1"
    port: int = 8703
    smtp_port: int = 8725
    data: Path | None = None
    webhook_base: str = "http://127.0.0.1:8701/webhooks"
    webhook_timeout_seconds: float = 10.0
    autopilot: bool = True
    pace: float = 1.0
    retry_base_seconds: float = 1.0
    secrets: Mapping[str, str] = Factory(dict)

    def webhook_url(self, vendor: str) -> str:
        return f"{self.webhook_base.rstrip('/')}/{vendor.replace('_', '-')}"

    def secret(self, name: str, default: str = "") -> str:
        """
        The value given for ``SANDBOX_<name>``, else the default.
        """
        return self.secrets.get(name) or _DEFAULT_SECRETS.get(name, default)


def settings_from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    given = {
        key.removeprefix("SANDBOX_"): value
        for key, value in (os.environ if environment is None else environment).items()
        if key.startswith("SANDBOX_") and value
    }
    defaults = Settings()
    return Settings(
        host=given.get("HOST", defaults.host),
        port=int(given.get("PORT", defaults.port)),
        smtp_port=int(given.get("SMTP_PORT", defaults.smtp_port)),
        data=Path(given.get("DATA", ".scripted/sandbox.sqlite3")),
        webhook_base=given.get("WEBHOOK_BASE", defaults.webhook_base),
        webhook_timeout_seconds=float(
            given.get("WEBHOOK_TIMEOUT_SECONDS", defaults.webhook_timeout_seconds)
        ),
        autopilot=given.get("AUTOPILOT", "on").lower() not in {"0", "off", "no", "false"},
        pace=float(given.get("PACE", defaults.pace)),
        retry_base_seconds=float(
            given.get("WEBHOOK_RETRY_BASE_SECONDS", defaults.retry_base_seconds)
        ),
        secrets=given,
    )
