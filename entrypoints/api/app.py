"""
The HTTP API for integrators.
"""

from importlib import import_module
from pkgutil import iter_modules

from flask import Flask, Response, jsonify

from application.shared.readiness import Readiness
from entrypoints.api import documentation, routes, webhooks
from entrypoints.api.operations import Resolver
from entrypoints.api.problems import install_error_handlers
from entrypoints.api.security import install_security
from entrypoints.api.serving import install

for _module in iter_modules(routes.__path__):
    import_module(f"{routes.__name__}.{_module.name}")


def create_app(resolver: Resolver, *, public_url: str) -> Flask:
    """
    Build the WSGI application.

    Args:
        resolver: Makes use cases.
        public_url: Our own address as others know it.
    """
    app = Flask("scripted.api", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    install_security(app)
    install_error_handlers(app)
    install(app, resolver, prefix="/v1")
    app.register_blueprint(documentation.blueprint(public_url))
    app.register_blueprint(webhooks.blueprint(resolver, public_url))

    @app.get("/healthz")
    def healthy() -> Response:
        return jsonify(status="ok")

    @app.get("/readyz")
    def ready() -> Response:
        resolver.resolve(Readiness).check()
        return jsonify(status="ready")

    return app
