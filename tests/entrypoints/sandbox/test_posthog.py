from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from posthog import Posthog

from tests.entrypoints.sandbox.vendor_world import World, world

EVENT = {"event": "visit_booked", "distinct_id": "p_1", "uuid": "u-1", "properties": {"step": 2}}


@pytest.fixture
def here() -> Iterator[World]:
    with world() as made:
        yield made


def collected(here: World, **params: str) -> list[dict[str, Any]]:
    answer = here.http.get(f"{here.url}/posthog/api/events", params=params)
    return list(answer.json()["results"])


class TestCollecting:
    def test_keeps_a_batch(self, here: World) -> None:
        body = {"api_key": "phc_x", "batch": [EVENT, {**EVENT, "uuid": "u-2", "event": "other"}]}

        answer = here.http.post(f"{here.url}/posthog/batch/", json=body)

        assert (answer.status_code, answer.json()) == (200, {"status": "Ok"})
        assert [each["uuid"] for each in collected(here, event="visit_booked")] == ["u-1"]

    def test_keeps_a_gzipped_batch_once(self, here: World) -> None:
        body = gzip.compress(json.dumps({"api_key": "phc_x", "batch": [EVENT]}).encode())

        for _ in range(2):
            here.http.post(
                f"{here.url}/posthog/batch/", content=body, headers={"Content-Encoding": "gzip"}
            )

        assert [each["properties"] for each in collected(here)] == [{"step": 2}]

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"{}", 401),
            (b"nonsense", 400),
            (b'{"api_key": "x", "batch": [{"event": "e"}]}', 400),
        ],
    )
    def test_refuses_what_is_no_batch(self, here: World, body: bytes, status: int) -> None:
        assert here.http.post(f"{here.url}/posthog/batch/", content=body).status_code == status

    def test_its_own_sdk_is_heard(self, here: World) -> None:
        sdk = Posthog("phc_x", host=f"{here.url}/posthog", sync_mode=True, gzip=True)

        sdk.capture("visit_booked", distinct_id="p_1", properties={"step": 3})
        sdk.shutdown()

        assert collected(here)[0]["properties"]["step"] == 3

    def test_shows_a_page(self, here: World) -> None:
        here.http.post(f"{here.url}/posthog/batch/", json={"api_key": "x", "batch": [EVENT]})

        assert "visit_booked" in here.http.get(f"{here.url}/posthog/events").text
