"""
What one of the API's processes serves. Granian's main process does without it.
"""

from flask import Flask

from entrypoints.api.app import create_app
from entrypoints.config import Settings
from entrypoints.container import Container
from entrypoints.logging import configure_logging


def build() -> Flask:
    """Made anew in each of Granian's worker processes."""
    settings = Settings.from_environment()
    configure_logging(settings.log_level, process="api")
    return create_app(
        Container(settings),
        public_url=settings.public_api_url,
        rate_per_minute=settings.api_rate_per_minute,
        trusted_proxies=settings.trusted_proxies,
    )
