"""
What every API call passes: the key, the parameters, idempotency, one transaction, expansion.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, g, request

from entrypoints.sandbox.core.store import Document
from entrypoints.sandbox.stripe.desk import API_VERSION, NAME, Desk, shown, token
from entrypoints.sandbox.stripe.errors import CardRefused, StripeError
from entrypoints.sandbox.stripe.listing import expand
from entrypoints.sandbox.stripe.parameters import Params, decode

Handler = TypeVar("Handler", bound=Callable[..., Document])
_KEY_LIVES_SECONDS = 24 * 3600


class Gate:
    """
    Registers endpoints. A handler takes ``Params`` and the path's parts, and returns an object.
    """

    def __init__(self, routes: Blueprint, desk: Desk) -> None:
        self._routes = routes
        self._desk = desk
        self._store = desk.ctx.store
        self._in_use: set[str] = set()
        self._in_use_lock = threading.Lock()
        routes.add_url_rule(
            "/v1/<path:rest>", view_func=_unrecognised, methods=["GET", "POST", "DELETE"]
        )

    def get(self, path: str, *allowed: str) -> Callable[[Handler], Handler]:
        return self._endpoint("GET", path, allowed)

    def post(self, path: str, *allowed: str) -> Callable[[Handler], Handler]:
        return self._endpoint("POST", path, allowed)

    def delete(self, path: str) -> Callable[[Handler], Handler]:
        return self._endpoint("DELETE", path, ())

    def _endpoint(
        self, method: str, path: str, allowed: tuple[str, ...]
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            def view(**parts: str) -> Response:
                return self._answer(handler, {*allowed, "expand"}, parts)

            name = f"{method} {path}".replace(".", "_")
            self._routes.add_url_rule(path, name, view, methods=[method])
            return handler

        return register

    def _answer(
        self, handler: Callable[..., Document], allowed: set[str], parts: dict[str, str]
    ) -> Response:
        g.stripe_request_id = f"req_{token(14)}"
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        g.stripe_idempotency_key = key
        try:
            self._authenticate()
            pairs = [
                *request.args.items(multi=True),
                *(request.form.items(multi=True) if request.method == "POST" else ()),
            ]
            params = Params(decode(pairs))
            params.only(allowed)
            if key is None:
                status, body = self._work(handler, params, parts, None, "")
                return _response(status, body)
            return self._once(key, _fingerprint(pairs), handler, params, parts)
        except StripeError as refusal:
            return _response(refusal.status, shown(refusal.body(), self._desk.now()))

    def _authenticate(self) -> None:
        given = _given_key(request.headers.get("Authorization", ""))
        if given is None:
            raise StripeError(
                401, "You did not provide an API key in the Authorization header.", remembered=False
            )
        if self._desk.strikes("token_expired") is not None:
            raise StripeError(
                401, "Expired API Key provided", code="api_key_expired", remembered=False
            )
        expected = self._desk.ctx.settings.secret("STRIPE_SECRET_KEY")
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise StripeError(
                401, f"Invalid API Key provided: {given[:7]}****{given[-4:]}", remembered=False
            )

    def _once(
        self,
        key: str,
        fingerprint: str,
        handler: Callable[..., Document],
        params: Params,
        parts: dict[str, str],
    ) -> Response:
        if len(key) > 255:
            raise StripeError(400, "Idempotency keys have up to 255 characters.", remembered=False)
        self._occupy(key)
        try:
            kept = self._store.get(NAME, "idempotency_key", key)
            if kept and kept["created"] + _KEY_LIVES_SECONDS > self._desk.now():
                if kept["fingerprint"] != fingerprint:
                    raise StripeError(
                        400,
                        "Keys for idempotent requests can only be used with the same parameters "
                        "and the same endpoint they were first used with.",
                        error_type="idempotency_error",
                        remembered=False,
                    )
                response = _response(kept["status"], kept["body"])
                response.headers["Idempotent-Replayed"] = "true"
                response.headers["Original-Request"] = kept["request_id"]
                return response
            if (slow := self._desk.strikes("slow_work", path=request.path)) is not None:
                time.sleep(float(slow.get("seconds", 5)))
            status, body = self._work(handler, params, parts, key, fingerprint)
            return _response(status, body)
        finally:
            with self._in_use_lock:
                self._in_use.discard(key)

    def _occupy(self, key: str) -> None:
        scripted = self._desk.strikes("idempotency_key_in_use", path=request.path)
        with self._in_use_lock:
            if scripted is not None or key in self._in_use:
                raise StripeError(
                    409,
                    "Another request with the same Idempotency-Key is being worked on.",
                    error_type="idempotency_error",
                    code="idempotency_key_in_use",
                    remembered=False,
                )
            self._in_use.add(key)

    def _work(
        self,
        handler: Callable[..., Document],
        params: Params,
        parts: dict[str, str],
        key: str | None,
        fingerprint: str,
    ) -> tuple[int, Document]:
        """
        Run the handler and remember its answer, in one transaction.

        A refusal undoes what was done, except that a declined card keeps its failed attempt.
        """
        now = self._desk.now()
        try:
            with self._store.transaction():
                try:
                    found = expand(self._desk, handler(params, **parts), params.items("expand"))
                    status, body = 200, shown(found, now)
                except CardRefused as declined:
                    status, body = declined.status, shown(declined.body(), now)
                self._remember(key, fingerprint, status, body)
        except StripeError as refusal:
            status, body = refusal.status, shown(refusal.body(), now)
            if refusal.remembered:
                self._remember(key, fingerprint, status, body)
        return status, body

    def _remember(self, key: str | None, fingerprint: str, status: int, body: Document) -> None:
        if key is None:
            return
        kept = {
            "id": key,
            "fingerprint": fingerprint,
            "status": status,
            "body": body,
            "request_id": g.stripe_request_id,
            "created": self._desk.now(),
        }
        self._store.put(NAME, "idempotency_key", key, kept)


def _given_key(authorization: str) -> str | None:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip() or None
    if scheme.lower() == "basic":
        try:
            name, _, _ = base64.b64decode(credentials).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return name or None
    return None


def _fingerprint(pairs: list[tuple[str, str]]) -> str:
    subject = json.dumps([request.method, request.path, sorted(pairs)])
    return hashlib.sha256(subject.encode()).hexdigest()


def _response(status: int, body: Any) -> Response:
    response = Response(
        json.dumps(body, indent=2) + "\n", status=status, content_type="application/json"
    )
    response.headers["Request-Id"] = g.stripe_request_id
    response.headers["Stripe-Version"] = request.headers.get("Stripe-Version", API_VERSION)
    if g.stripe_idempotency_key:
        response.headers["Idempotency-Key"] = g.stripe_idempotency_key
    return response


def _unrecognised(rest: str) -> Response:
    del rest
    message = f"Unrecognized request URL ({request.method}: {request.path})."
    body = StripeError(404, message).body()
    return Response(json.dumps(body), status=404, content_type="application/json")
