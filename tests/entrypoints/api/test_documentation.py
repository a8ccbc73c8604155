"""
The browsable documentation.
"""

import re
from contextlib import closing
from threading import Thread

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from tests.browser import chromium


def test_the_page_needs_nothing_from_elsewhere(unreached: FlaskClient) -> None:
    page = unreached.get("/docs/")
    policy = page.headers["Content-Security-Policy"]

    assert page.status_code == 200
    assert "script-src 'self'" in policy
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert address.startswith("/docs/")
        with closing(unreached.get(address)) as answer:
            assert answer.status_code == 200
    assert "<script>" not in page.text


def test_without_the_last_slash_it_is_found_too(unreached: FlaskClient) -> None:
    answer = unreached.get("/docs")

    assert answer.status_code == 308
    assert answer.headers["Location"].endswith("/docs/")


@pytest.mark.parametrize("name", ["nothing.js", "..%2f..%2fsetup.py", "index.html"])
def test_only_what_the_page_needs_is_served(unreached: FlaskClient, name: str) -> None:
    assert unreached.get(f"/docs/{name}").status_code == 404


def test_the_document_is_served(unreached: FlaskClient) -> None:
    document = unreached.get("/openapi.json").get_json()

    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "http://api.test"}]


@pytest.mark.browser
def test_a_browser_shows_it_without_a_complaint(unreached: FlaskClient) -> None:
    server = make_server("127.0.0.1", 0, unreached.application, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    complaints: list[str] = []
    try:
        with chromium() as browser:
            page = browser.new_page()
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(f"http://127.0.0.1:{server.server_port}/docs/")
            page.locator("#operations-tag-Payouts").click()
            page.locator("#operations-Payouts-request_payout").wait_for()
    finally:
        server.shutdown()
        server.server_close()

    assert complaints == []
