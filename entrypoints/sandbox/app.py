"""
The sandbox as a WSGI application, and as a server that a test can start and stop.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from entrypoints.sandbox.core import control, overview, transport
from entrypoints.sandbox.core.background import Background
from entrypoints.sandbox.core.clock import SandboxClock, Scheduler
from entrypoints.sandbox.core.faults import Faults
from entrypoints.sandbox.core.store import Store
from entrypoints.sandbox.core.vendor import Sandbox
from entrypoints.sandbox.core.webhooks import WebhookSender
from entrypoints.sandbox.registry import VENDORS
from entrypoints.sandbox.settings import Settings

EXTENSION = "sandbox"


def create_app(settings: Settings) -> Flask:
    """
    Build the application; its ``Sandbox`` is ``app.extensions["sandbox"]``.

    No thread is started: due work runs when the control API is asked to, or under `Background`.
    """
    store = Store(settings.data)
    clock = SandboxClock(store)
    faults = Faults(store, {vendor.name: vendor.faults for vendor in VENDORS})
    ctx = Sandbox(
        settings=settings,
        store=store,
        clock=clock,
        scheduler=Scheduler(store, clock, settings.pace),
        faults=faults,
        webhooks=WebhookSender(
            store,
            clock,
            faults,
            acknowledged={vendor.name: vendor.acknowledged for vendor in VENDORS},
            retry_base_seconds=settings.retry_base_seconds,
            timeout_seconds=settings.webhook_timeout_seconds,
        ),
        public_url=f"http://{settings.host}:{settings.port}",
    )
    app = Flask("entrypoints.sandbox")
    app.extensions[EXTENSION] = ctx
    app.json.sort_keys = False  # type: ignore[attr-defined]
    transport.install(app, ctx, VENDORS)
    app.register_blueprint(control.blueprint(ctx, VENDORS))
    app.register_blueprint(overview.blueprint(ctx, VENDORS))
    for vendor in VENDORS:
        vendor.start(ctx)
        routes = vendor.blueprint(ctx)
        for spelling in dict.fromkeys((vendor.slug, vendor.name)):
            app.register_blueprint(routes, name=spelling, url_prefix=f"/{spelling}")
    return app


def run_in_background(app: Flask) -> Callable[[], None]:
    """
    Start the threads of an application; calling the result ends everything it started.
    """
    ctx: Sandbox = app.extensions[EXTENSION]
    background = Background(ctx.scheduler, ctx.webhooks)
    background.start()

    def stop() -> None:
        background.stop()
        for vendor in VENDORS:
            vendor.stop(ctx)
        ctx.webhooks.close()
        ctx.store.close()

    return stop


class _QuietHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """
        Log nothing: a request line may carry a person's data.
        """


class SandboxServer:
    """
    The sandbox in this process, for tests. Use as a context manager, or start() and stop().

    Port 0 takes a free port; ``url`` is known once started. ``background=False`` starts no
    thread besides the server's, so that nothing happens unless the control API is asked.
    """

    def __init__(self, settings: Settings | None = None, *, background: bool = True) -> None:
        self._settings = settings or Settings(port=0, smtp_port=0, autopilot=False)
        self._background = background
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self._stop_background: Callable[[], None] | None = None
        self.app: Flask | None = None

    @property
    def sandbox(self) -> Sandbox:
        if self.app is None:
            raise RuntimeError("the sandbox is not started")
        ctx: Sandbox = self.app.extensions[EXTENSION]
        return ctx

    @property
    def url(self) -> str:
        return self.sandbox.public_url

    def start(self) -> Self:
        self.app = create_app(self._settings)
        self._server = make_server(
            self._settings.host,
            self._settings.port,
            self.app,
            threaded=True,
            request_handler=_QuietHandler,
        )
        self.sandbox.public_url = f"http://{self._settings.host}:{self._server.server_port}"
        if self._background:
            self._stop_background = run_in_background(self.app)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None
            if self._stop_background:
                self._stop_background()
            else:
                for vendor in VENDORS:
                    vendor.stop(self.sandbox)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
