"""
One port: websockets and `/_rx` go to Reflex, all else is answered here.
"""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from entrypoints.portal.http import money
from entrypoints.portal.http.bank_statements import take_in
from entrypoints.portal.http.client import Client
from entrypoints.portal.http.documents import download, upload
from entrypoints.portal.http.guard import Guard
from entrypoints.portal.http.headers import SecureHeaders
from entrypoints.portal.http.joining import apply, register
from entrypoints.portal.http.passwords import change, choose, forgot
from entrypoints.portal.http.signing_in import sign_in, sign_out
from entrypoints.portal.settings import PortalSettings


def one_port(
    settings: PortalSettings, is_route: Callable[[str], bool]
) -> Callable[[ASGIApp], ASGIApp]:
    """Wrap Reflex's application so that one server answers everything."""

    def wrap(reflex_app: ASGIApp) -> ASGIApp:
        site = _site(settings, is_route)

        async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
            ours = scope["type"] == "http" and not scope["path"].startswith("/_rx")
            await (site if ours else reflex_app)(scope, receive, send)

        guarded = Guard(dispatch, allowed_origins=settings.allowed_origins)
        return SecureHeaders(guarded, is_https=settings.is_https)

    return wrap


def _site(settings: PortalSettings, is_route: Callable[[str], bool]) -> Starlette:
    client = Client(
        directory=settings.client_directory, is_route=is_route, is_https=settings.is_https
    )
    return Starlette(
        routes=[
            Route("/auth/login", sign_in, methods=["POST"]),
            Route("/auth/logout", sign_out, methods=["POST"]),
            Route("/auth/register", register, methods=["POST"]),
            Route("/auth/apply", apply, methods=["POST"]),
            Route("/auth/forgot-password", forgot, methods=["POST"]),
            Route("/auth/choose-password", choose, methods=["POST"]),
            Route("/auth/change-password", change, methods=["POST"]),
            Route("/files/documents", upload, methods=["POST"]),
            Route("/files/documents/{document_id}", download, methods=["GET"]),
            Route("/files/bank-statements", take_in, methods=["POST"]),
            Route("/files/statements/{name}", money.month_statement, methods=["GET"]),
            Route("/files/payouts/{name}", money.payout_statement, methods=["GET"]),
            Route("/files/books/journal.csv", money.journal, methods=["GET"]),
            Route("/files/books/account.csv", money.account, methods=["GET"]),
            Route("/files/books/trial-balance.csv", money.trial_balance, methods=["GET"]),
            Route("/healthz", _health, methods=["GET"]),
            Mount("/", client),
        ]
    )


async def _health(request: Request) -> Response:
    del request
    return JSONResponse({"status": "ok"})
