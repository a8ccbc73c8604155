"""
What is done to the played vendors from behind the curtain, over HTTP.
"""

import time
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from attrs import define, field

from entrypoints.config import Settings
from entrypoints.seeding.clinic import PATIENCE_SECONDS, StoryStuck

_PACE = 1000
"""A vendor's own steps of seconds take milliseconds."""
_SHORTLY = 3
"""Seconds within which a vendor follows up on its own doings, such as a failed transfer."""


@define(eq=False)
class Curtain:
    """
    The control desk of the sandbox at an address.
    """

    url: str
    _http: httpx.Client = field(init=False)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The desk of the sandbox that plays the payment vendor."""
        address = urlsplit(settings.stripe_url)
        return cls(f"{address.scheme}://{address.netloc}")

    def __attrs_post_init__(self) -> None:
        self._http = httpx.Client(base_url=f"{self.url}/_sandbox", timeout=120, trust_env=False)
        self.do("pace", pace=_PACE)

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def do(self, path: str, **body: Any) -> Any:
        """Do something, such as `stripe/create_dispute`."""
        answer = self._http.post(f"/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def fault(self, vendor: str, name: str, *, times: int = 1, **more: Any) -> int:
        """Let a fault strike the next occasions; returns its number."""
        number: int = self.do("faults", vendor=vendor, name=name, times=times, **more)["id"]
        return number

    def faults_left(self) -> dict[int, int]:
        """How often each fault will still strike, by its number."""
        return {row["id"]: row["times"] for row in self._look("faults")["scripted"]}

    def clear_faults(self) -> None:
        """Let no fault strike any more."""
        self._http.delete("/faults").raise_for_status()

    def objects(self, vendor: str, kind: str) -> list[Any]:
        """Every object of a kind that a vendor has."""
        found: list[Any] = self._look(f"state/{vendor}").get(kind, [])
        return found

    def deliveries(self, vendor: str, event_type: str) -> list[int]:
        """The numbers of the webhooks of a kind that a vendor has sent, the latest first."""
        sent = self._look("deliveries", vendor=vendor, limit=-1)["data"]
        return [row["id"] for row in sent if row["event_type"] == event_type]

    def _look(self, path: str, **query: Any) -> Any:
        answer = self._http.get(f"/{path}", params=query)
        answer.raise_for_status()
        return answer.json()

    def wait_until_quiet(self) -> None:
        """
        Wait until no vendor has anything left to do or to tell at this time.

        Raises:
            StoryStuck: They get no further.
        """
        deadline, due_before = time.monotonic() + PATIENCE_SECONDS, None
        while any((due := self._look("due", within_seconds=_SHORTLY)).values()):
            if due != due_before:
                deadline, due_before = time.monotonic() + PATIENCE_SECONDS, due
            if time.monotonic() > deadline:
                raise StoryStuck("the vendors do not come to rest")
            time.sleep(0.02)
