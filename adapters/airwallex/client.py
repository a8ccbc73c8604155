"""
How Airwallex is spoken to (https://www.airwallex.com/docs/api): signing in, JSON, refusals.

Amounts are decimals in major units: strings in requests, numbers in answers. Numbers are
read as `Decimal`, so that no amount is ever a float.
"""

import json
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from application.shared.ports import Clock

API_VERSION = "2026-05-29"
_REFRESH_BEFORE = timedelta(minutes=2)
_UNAUTHORISED, _TOO_MANY, _SERVER_ERROR = 401, 429, 500

Answer = dict[str, Any]


class AirwallexSilent(Exception):
    """No answer that could be read. What was asked may have been done."""


class AirwallexBusy(Exception):
    """Too many requests at once; nothing was done."""


class AirwallexSignedOut(AirwallexBusy):
    """Our key or a token just given is not accepted; nothing was done."""


class AirwallexRefused(Exception):
    """
    A refusal; nothing was done.

    Args:
        source: The field that it is about, where there is one.
    """

    def __init__(self, status: int, code: str, source: str) -> None:
        super().__init__(f"Airwallex refused with {status}: {code}")
        self.status = status
        self.code = code
        self.source = source


class AirwallexClient:
    """
    Signs in when needed and again when the token is refused. Safe between threads.

    Args:
        http: With the base URL, and timeouts shorter than a payout's patience.
    """

    def __init__(self, http: httpx.Client, *, client_id: str, api_key: str, clock: Clock) -> None:
        self._http = http
        self._client_id = client_id
        self._api_key = api_key
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._expires_at: datetime | None = None

    def get(self, path: str, **query: str) -> Answer:
        """
        Read something.

        Raises:
            AirwallexSilent: No answer.
            AirwallexBusy: Too many requests, or we are signed out.
            AirwallexRefused: No such thing, or not for us.
        """
        return _read(self._exchange("GET", path, query=query))

    def get_list(self, path: str, **query: str) -> list[Answer]:
        """
        Read something that is a list, not a page of one.

        Raises:
            AirwallexSilent: No answer.
            AirwallexBusy: Too many requests, or we are signed out.
            AirwallexRefused: Not for us.
        """
        return _read_list(self._exchange("GET", path, query=query))

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """
        Ask for something to be done. It is sent once: only a refused token repeats it.

        Raises:
            AirwallexSilent: No answer; it may have been done.
            AirwallexBusy: Too many requests, or we are signed out.
            AirwallexRefused: It was not done.
        """
        return _read(self._exchange("POST", path, body=body))

    def _exchange(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        token = self._valid_token()
        answer = self._send(method, path, token, query, body)
        if answer.status_code == _UNAUTHORISED:
            answer = self._send(method, path, self._new_token(instead_of=token), query, body)
        if answer.status_code == _UNAUTHORISED:
            raise AirwallexSignedOut("a new token is refused too")
        return answer

    def _send(
        self,
        method: str,
        path: str,
        token: str,
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
    ) -> httpx.Response:
        try:
            return self._http.request(
                method,
                f"/api/v1{path}",
                params=query,
                json=body,
                headers={"Authorization": f"Bearer {token}", "x-api-version": API_VERSION},
            )
        except httpx.HTTPError as failure:
            raise AirwallexSilent(type(failure).__name__) from None

    def _valid_token(self) -> str:
        with self._lock:
            expires_at = self._expires_at
            if expires_at is None or expires_at - _REFRESH_BEFORE <= self._clock.now():
                self._log_in()
            return self._token

    def _new_token(self, *, instead_of: str) -> str:
        with self._lock:
            # Another thread may have signed in while this one waited for its refusal.
            if self._token == instead_of:
                self._log_in()
            return self._token

    def _log_in(self) -> None:
        try:
            response = self._http.post(
                "/api/v1/authentication/login",
                headers={"x-client-id": self._client_id, "x-api-key": self._api_key},
            )
        except httpx.HTTPError as failure:
            raise AirwallexBusy(f"no answer to signing in: {type(failure).__name__}") from None
        if response.status_code == _UNAUTHORISED:
            raise AirwallexSignedOut("our key is not accepted")
        answer = _read(response)
        self._token = str(answer["token"])
        self._expires_at = datetime.fromisoformat(str(answer["expires_at"]))


def _read(response: httpx.Response) -> Answer:
    answer = _decoded(response)
    if not isinstance(answer, dict):
        raise AirwallexSilent("an answer of an unknown shape")
    return answer


def _read_list(response: httpx.Response) -> list[Answer]:
    answer = _decoded(response)
    if not isinstance(answer, list) or not all(isinstance(each, dict) for each in answer):
        raise AirwallexSilent("an answer of an unknown shape")
    return answer


def _decoded(response: httpx.Response) -> Any:
    if response.status_code == _TOO_MANY:
        raise AirwallexBusy("too many requests")
    if response.status_code >= _SERVER_ERROR:
        raise AirwallexSilent(f"status {response.status_code}")
    try:
        answer = json.loads(response.content, parse_float=Decimal)
    except ValueError:
        raise AirwallexSilent("an answer that cannot be read") from None
    if response.is_error and isinstance(answer, dict):
        raise AirwallexRefused(
            response.status_code, str(answer.get("code")), str(answer.get("source") or "")
        )
    if response.is_error:
        raise AirwallexSilent("a refusal of an unknown shape")
    return answer
