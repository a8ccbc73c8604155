from __future__ import annotations

import threading
from pathlib import Path

import pytest

from entrypoints.sandbox.core.store import Store


class TestDocuments:
    def test_are_listed_in_the_order_of_their_insertion_even_when_replaced(self) -> None:
        store = Store()
        for id in ("b", "a", "c"):
            store.put("v", "k", id, {"id": id})
        store.put("v", "k", "b", {"id": "b", "new": True})

        assert store.all("v", "k") == [{"id": "b", "new": True}, {"id": "a"}, {"id": "c"}]

    def test_newest_come_last_in_first_out(self) -> None:
        store = Store()
        for id in ("a", "b", "c"):
            store.put("v", "k", id, {"id": id})

        assert store.newest("v", "k", 2) == [{"id": "c"}, {"id": "b"}]

    def test_are_found_by_what_they_hold_nothing_and_truth_included(self) -> None:
        store = Store()
        store.put("v", "k", "1", {"id": "1", "who": "x", "on": True, "at": None})
        store.put("v", "k", "2", {"id": "2", "who": "x", "on": False, "at": 7})
        store.put("v", "k", "3", {"id": "3", "who": "y", "on": True})

        assert [d["id"] for d in store.find("v", "k", who="x", on=True)] == ["1"]
        assert [d["id"] for d in store.find("v", "k", at=None)] == ["1", "3"]
        assert [d["id"] for d in store.find("v", "k", at=7)] == ["2"]

    def test_of_one_vendor_are_not_seen_by_another(self) -> None:
        store = Store()
        store.put("v", "k", "1", {})

        assert store.get("w", "k", "1") is None
        assert store.get("v", "other", "1") is None


class TestTransaction:
    def test_keeps_nothing_of_what_failed(self) -> None:
        store = Store()

        def half_of_it() -> None:
            with store.transaction():
                store.put("v", "k", "1", {})
                with store.transaction():
                    store.put("v", "k", "2", {})
                raise LookupError

        with pytest.raises(LookupError):
            half_of_it()

        assert store.all("v", "k") == []

    def test_counts_every_writer_of_many(self) -> None:
        store = Store()

        def count() -> None:
            for _ in range(50):
                with store.transaction():
                    kept = store.get("v", "k", "n") or {"n": 0}
                    store.put("v", "k", "n", {"n": kept["n"] + 1})

        threads = [threading.Thread(target=count) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert store.get("v", "k", "n") == {"n": 300}

    def test_numbers_are_given_once(self) -> None:
        store = Store()

        assert [store.next_number("v", "k") for _ in range(3)] == [1, 2, 3]
        assert store.next_number("v", "other") == 1


class TestFile:
    def test_keeps_documents_for_the_next_process(self, tmp_path: Path) -> None:
        path = tmp_path / "deep" / "state.sqlite3"
        first = Store(path)
        first.put("v", "k", "1", {"id": "1"})
        first.close()

        second = Store(path)

        assert second.get("v", "k", "1") == {"id": "1"}
        second.close()

    def test_wiped_holds_nothing_and_counts_from_one(self) -> None:
        store = Store()
        store.put("v", "k", "1", {})
        store.next_number("v", "k")
        store.wipe()

        assert store.kinds("v") == {}
        assert store.next_number("v", "k") == 1
