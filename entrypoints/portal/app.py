"""
The Reflex application: the gate in front, our site around it, every page in it.
"""

import logging

import reflex as rx

from entrypoints.portal.gate import Gate
from entrypoints.portal.http.site import one_port
from entrypoints.portal.live_pages import live_pages
from entrypoints.portal.pages import PAGES
from entrypoints.portal.settings import portal_settings
from entrypoints.portal.states.page import log_without_values

_log = logging.getLogger(__name__)

_STYLES = ("tokens", "base", "frames", "parts", "tables", "forms", "print")


def _client_failed(exception: Exception) -> None:
    del exception  # its text is the browser's: it may quote what is on the page
    _log.warning("a browser reported a failure of the portal's client")


def _handler_failed(exception: Exception) -> None:
    log_without_values(exception)


def _is_route(path: str) -> bool:
    return app.router(path) is not None


app = rx.App(
    stylesheets=[f"/styles/{name}.css" for name in _STYLES],
    reset_style=False,
    html_lang="en",
    head_components=[
        rx.el.meta(name="theme-color", content="#0e5c59"),
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.script(src="/focus.js", defer=True),
        rx.el.script(src="/forms.js", defer=True),
        rx.el.script(src="/search.js", defer=True),
    ],
    app_wraps={},
    toaster=None,
    frontend_exception_handler=_client_failed,
    backend_exception_handler=_handler_failed,
    api_transformer=one_port(portal_settings(), _is_route),
)
app.add_middleware(Gate())

app.register_lifespan_task(live_pages)

for page in PAGES:
    app.add_page(
        page.content, route=page.route, title=f"{page.title} · Scripted", on_load=page.load
    )
