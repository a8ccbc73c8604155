"""
The sandbox as the process that people run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import stripe

from entrypoints.cli.free_ports import free_port
from entrypoints.sandbox.registry import VENDORS
from tests.entrypoints.sandbox.stripe_world import sdk
from tests.waiting import eventually

ROOT = Path(__file__).parents[3]


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_sandbox/health", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def process(data: Path, port: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    environment = {
        **os.environ,
        "SANDBOX_PORT": str(port),
        "SANDBOX_SMTP_PORT": str(free_port()),
        "SANDBOX_DATA": str(data),
        "SANDBOX_WEBHOOK_BASE": "http://127.0.0.1:9/webhooks",
    }
    started = subprocess.Popen(
        [sys.executable, "-m", "entrypoints.sandbox"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: answers(url), "the sandbox answers")
        yield started, url
    finally:
        if started.poll() is None:
            started.terminate()
        started.wait(timeout=30)


def test_keeps_its_word_when_it_is_killed(tmp_path: Path) -> None:
    data, port = tmp_path / "state.sqlite3", free_port()
    with process(data, port) as (first, url), sdk(url) as client:
        customer = client.v1.customers.create(params={"name": "A"})
        first.send_signal(signal.SIGKILL)
        first.wait(timeout=30)
        eventually(lambda: not answers(url), "no worker is left behind")

    with process(data, port) as (_, url), sdk(url) as client:
        assert client.v1.customers.retrieve(customer.id).name == "A"


def test_breaks_connections_off_as_the_test_server_does(tmp_path: Path) -> None:
    with process(tmp_path / "state.sqlite3", free_port()) as (_, url), sdk(url) as client:
        for name in ("timeout_after_commit", "truncated_body"):
            httpx.post(
                f"{url}/_sandbox/faults",
                json={"vendor": "stripe", "name": name, "seconds": 0},
                trust_env=False,
            )
            with pytest.raises(stripe.StripeError):
                client.v1.customers.create()

        assert len(client.v1.customers.list().data) == 2


def test_lists_its_addresses() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "entrypoints.sandbox", "--list"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "SANDBOX_PORT": "9999"},
    )

    assert "http://127.0.0.1:9999/stripe" in listed.stdout
    assert len(listed.stdout.splitlines()) == len(VENDORS)
