"""
A sandbox on a free port in which nothing happens unless a test asks, and an ear for its webhooks.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import httpx
from attrs import define, field, frozen

from entrypoints.sandbox.app import SandboxServer
from entrypoints.sandbox.settings import Settings


@frozen
class Heard:
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def form(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(self.raw.decode()).items()}


@define
class Ear:
    """
    Listens for webhooks; answers with `status`.
    """

    url: str = ""
    status: int = 200
    heard: list[Heard] = field(factory=list)

    def events(self, key: str) -> list[str]:
        """
        What the events call themselves, in the order of arrival.
        """
        return [each.json[key] for each in self.heard]


@contextmanager
def listening() -> Iterator[Ear]:
    ear = Ear()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            ear.heard.append(Heard(self.path, headers, body))
            self.send_response(ear.status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    ear.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield ear
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@define
class World:
    url: str
    ear: Ear
    http: httpx.Client
    server: SandboxServer

    def control(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.http.post(f"{self.url}/_sandbox/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    def pass_time(self, seconds: float) -> None:
        self.control("time", advance_seconds=seconds)

    def run_due(self) -> None:
        self.control("run_due")

    def fault(self, vendor: str, name: str, **params: Any) -> None:
        self.control("faults", vendor=vendor, name=name, **params)


@contextmanager
def world(*, autopilot: bool = False, **secrets: str) -> Iterator[World]:
    with listening() as ear:
        settings = Settings(
            port=0,
            smtp_port=0,
            autopilot=autopilot,
            webhook_base=f"{ear.url}/webhooks",
            secrets=secrets,
        )
        with (
            SandboxServer(settings, background=False) as server,
            httpx.Client(trust_env=False, timeout=20) as http,
        ):
            yield World(url=server.url, ear=ear, http=http, server=server)
