"""
The HTTP API for integrators.
"""

from importlib import import_module
from pkgutil import iter_modules

from flask import Flask, Response, jsonify
from werkzeug.middleware.proxy_fix import ProxyFix

from application.shared.ports import Clock
from application.shared.readiness import Readiness
from entrypoints.api import documentation, problem_types, routes, webhooks
from entrypoints.api.operations import Resolver
from entrypoints.api.problems import install_error_handlers
from entrypoints.api.rates import RateLimiter, install_rate_headers
from entrypoints.api.security import install_security
from entrypoints.api.serving import install
from entrypoints.api.versions import install_versions

_PREFIX = "/v1"

for _module in iter_modules(routes.__path__):
    import_module(f"{routes.__name__}.{_module.name}")


def create_app(
    resolver: Resolver, *, public_url: str, rate_per_minute: int, trusted_proxies: int = 0
) -> Flask:
    """
    Build the WSGI application.

    Args:
        resolver: Makes use cases.
        public_url: Our own address as others know it.
        rate_per_minute: How many requests a caller may send to this process.
        trusted_proxies: How many proxies stand before us and say whom they speak for.
    """
    app = Flask("scripted.api", static_folder=None)
    if trusted_proxies:
        behind = ProxyFix(app.wsgi_app, x_for=trusted_proxies, x_proto=trusted_proxies)
        app.wsgi_app = behind  # type: ignore[method-assign] # as Flask's documentation does it
    app.json.sort_keys = False  # type: ignore[attr-defined]
    install_security(app)
    install_error_handlers(app, resolver.resolve(Clock).now)
    install_versions(app, prefix=_PREFIX)
    install_rate_headers(app)
    install(app, resolver, RateLimiter(rate_per_minute), prefix=_PREFIX)
    app.register_blueprint(documentation.blueprint(public_url))
    app.register_blueprint(problem_types.blueprint())
    app.register_blueprint(webhooks.blueprint(resolver, public_url))

    @app.get("/healthz")
    def healthy() -> Response:
        return jsonify(status="ok")

    @app.get("/readyz")
    def ready() -> Response:
        resolver.resolve(Readiness).check()
        return jsonify(status="ready")

    return app
