"""
Fixtures of the tests that drive a browser: the built portal over a prepared clinic.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from entrypoints.cli.free_ports import free_port
from entrypoints.portal.build import build
from entrypoints.portal.security.cookies import SESSION
from entrypoints.portal.settings import PROJECT
from tests.browser import chromium
from tests.waiting import eventually

PHONE = ViewportSize(width=390, height=844)
DESKTOP = ViewportSize(width=1280, height=860)


@contextmanager
def serving(log: Path, port: int, *, public_port: int | None = None, **more: str) -> Iterator[str]:
    """
    Serve the built portal over a prepared clinic.

    Args:
        public_port: Where browsers reach it, if something stands in between.
        more: Further environment variables.
    """
    address = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.entrypoints.portal.serve_clinic"],
            cwd=PROJECT,
            env={
                **_without_pytest(os.environ),
                "SCRIPTED_PORTAL_PORT": str(port),
                "SCRIPTED_PUBLIC_PORTAL_URL": f"http://127.0.0.1:{public_port or port}",
                **more,
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        eventually(lambda: _is_up(address, process, log), "the portal answers", patience=90)
        yield address
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def portal_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a portal that is served for this run."""
    build()
    with serving(tmp_path_factory.mktemp("portal") / "portal.log", free_port()) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def context(browser: Browser, portal_address: str) -> Iterator[BrowserContext]:
    """A fresh browser, nobody signed in, in Sydney."""
    fresh = browser.new_context(
        base_url=portal_address, viewport=DESKTOP, timezone_id="Australia/Sydney", locale="en-GB"
    )
    fresh.set_default_timeout(20_000)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def sign_in_as(context: BrowserContext, kind: str, address: str) -> None:
    """Give the browser the session of a patient, a physician or staff."""
    context.add_cookies([{"name": SESSION, "value": f"{kind}-token", "url": address}])


def wait_for_page(page: Page) -> None:
    """Wait until the page shows what it is about."""
    page.wait_for_selector("main h1")
    page.wait_for_selector("[aria-busy=true]", state="detached")


def type_a_name(page: Page) -> None:
    """Begin to register as Ada Moreau, and wait until the portal has kept that."""
    with page.expect_websocket() as connecting:
        page.goto("/register")
    wait_for_page(page)
    page.get_by_label("Given name").fill("Ada")
    page.get_by_label("Family name").fill("Moreau")
    with connecting.value.expect_event("framereceived", lambda frame: "Moreau" in str(frame)):
        page.get_by_label("E-mail address").focus()


def _is_up(address: str, process: "subprocess.Popen[bytes]", log: Path) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"the portal stopped:\n{log.read_text()[-4000:]}")
    try:
        with urlopen(f"{address}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _without_pytest(environment: "os._Environ[str]") -> dict[str, str]:
    # Reflex behaves otherwise when it believes itself under test.
    return {name: value for name, value in environment.items() if name != "PYTEST_CURRENT_TEST"}
