"""
Photon's API: an OAuth token, and GraphQL (https://docs.photon.health).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import httpx
from attrs import field, frozen

from adapters.pharmacies.transport import content, unanswered
from application.orders.ports import PharmacyOutcomeUnknown, PharmacyUnreachable
from application.shared.ports import Clock

# Fetched anew this long before it ends, so that none ends in the middle of a request.
_EARLY = timedelta(minutes=5)
_SIGNED_OUT = 401


class PhotonRefused(Exception):
    """
    Photon answered, and says no.

    Args:
        code: As in `extensions.code`; empty when it gives none.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code or "no code")
        self.code = code


@frozen(kw_only=True)
class PhotonAccount:
    """
    Whose account, at which address.

    Args:
        sign_in_url: Where tokens come from; `<url>/oauth/token` when it is None.
        audience: Whom the token is for; the API's own address when it is None.
    """

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    sign_in_url: str | None = None
    audience: str | None = None


class PhotonClient:
    """Asks GraphQL questions; signs in when it has to."""

    def __init__(self, http: httpx.Client, account: PhotonAccount, clock: Clock) -> None:
        self._http = http
        self._account = account
        self._clock = clock
        self._lock = Lock()
        self._token: str | None = None
        self._fresh_until: datetime | None = None

    def ask(
        self, question: str, variables: Mapping[str, Any], *, changes: bool = False
    ) -> dict[str, Any]:
        """
        Ask, and give the answer's `data`.

        Args:
            changes: It changes something that must not happen twice.

        Raises:
            PhotonRefused: It was understood and refused.
            PharmacyUnreachable: It was not carried out; ask again.
            PharmacyOutcomeUnknown: No answer to a change.
        """
        response = self._post(question, variables, changes=changes)
        if response.status_code == _SIGNED_OUT:
            self._forget_token()
            response = self._post(question, variables, changes=changes)
        if response.status_code == _SIGNED_OUT:
            raise PharmacyUnreachable("The pharmacy network does not accept our credentials.")
        body = content(response, changes=changes)
        errors = body.get("errors")
        if errors:
            raise PhotonRefused(str((errors[0].get("extensions") or {}).get("code") or ""))
        data = body.get("data")
        if isinstance(data, dict):
            return data
        if changes:
            raise PharmacyOutcomeUnknown("The pharmacy network gave no proper answer.")
        raise PharmacyUnreachable("The pharmacy network gave no proper answer.")

    def _post(
        self, question: str, variables: Mapping[str, Any], *, changes: bool
    ) -> httpx.Response:
        token = self._signed_in()
        try:
            return self._http.post(
                f"{self._account.url}/graphql",
                json={"query": question, "variables": dict(variables)},
                headers={"Authorization": f"Bearer {token}"},
            )
        except httpx.TransportError as silence:
            raise unanswered(silence, changes=changes) from None

    def _signed_in(self) -> str:
        with self._lock:
            now = self._clock.now()
            if self._token is None or self._fresh_until is None or now >= self._fresh_until:
                granted = self._sign_in()
                self._token = str(granted["access_token"])
                lifetime = timedelta(seconds=int(granted.get("expires_in", 0)))
                self._fresh_until = now + max(lifetime - _EARLY, timedelta())
            return self._token

    def _sign_in(self) -> dict[str, Any]:
        account = self._account
        try:
            response = self._http.post(
                account.sign_in_url or f"{account.url}/oauth/token",
                json={
                    "grant_type": "client_credentials",
                    "client_id": account.client_id,
                    "client_secret": account.client_secret,
                    "audience": account.audience or account.url,
                },
            )
        except httpx.TransportError as silence:
            raise unanswered(silence, changes=False) from None
        granted = content(response, changes=False)
        if "access_token" not in granted:
            raise PharmacyUnreachable("The pharmacy network does not accept our credentials.")
        return granted

    def _forget_token(self) -> None:
        with self._lock:
            self._token = None
