"""
Reflex reads this from the working directory, to build the portal's client and to serve it.
"""

import reflex as rx
from reflex.plugins import SitemapPlugin

from entrypoints.portal.settings import portal_settings

_settings = portal_settings()

config = rx.Config(
    app_name="portal",
    app_module_import="entrypoints.portal.app",
    backend_path="/_rx",
    api_url=_settings.address,
    deploy_url=_settings.address,
    cors_allowed_origins=list(_settings.allowed_origins),
    state_manager_mode=(
        rx.constants.StateManagerMode.REDIS
        if _settings.redis_url
        else rx.constants.StateManagerMode.MEMORY
    ),
    redis_url=_settings.redis_url or None,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    default_color_mode="system",
    frontend_compression_formats=["gzip"],
    plugins=[],
    disable_plugins=[SitemapPlugin],
)
