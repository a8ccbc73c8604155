from __future__ import annotations

import pytest

from entrypoints.sandbox.core.faults import FAULTS, Faults, UnknownFault
from entrypoints.sandbox.core.store import Store

KNOWN = {"v": {"own_fault": "Something only v does."}}


class TestFaults:
    def test_strike_as_often_as_they_were_scripted(self) -> None:
        faults = Faults(Store(), KNOWN)
        faults.script("v", "own_fault", times=2, seconds=7)

        first, second, third = (faults.take("v", "own_fault") for _ in range(3))

        assert first is not None
        assert first.remaining == 1
        assert first.seconds(1) == 7
        assert second is not None
        assert third is None

    def test_wait_for_the_facts_they_match(self) -> None:
        faults = Faults(Store(), KNOWN)
        faults.script("v", "slow", match={"path": "/v1/refunds*", "amount": 5})

        assert faults.take("v", "slow", path="/v1/charges", amount=5) is None
        assert faults.take("v", "slow", path="/v1/refunds/re_1", amount=6) is None
        assert faults.take("v", "slow", path="/v1/refunds/re_1", amount=5) is not None

    def test_of_an_unknown_name_or_vendor_are_refused(self) -> None:
        faults = Faults(Store(), KNOWN)

        with pytest.raises(UnknownFault):
            faults.script("v", "no_such_thing")
        with pytest.raises(UnknownFault):
            faults.script("w", "slow")

    def test_survive_the_process_until_cleared(self) -> None:
        store = Store()
        Faults(store, KNOWN).script("v", "slow")
        restarted = Faults(store, KNOWN)

        assert [fault["name"] for fault in restarted.list()] == ["slow"]
        restarted.clear()
        assert restarted.take("v", "slow") is None

    def test_are_each_documented(self) -> None:
        assert all(line.endswith(".") for line in FAULTS.values())
        assert Faults(Store(), KNOWN).known("v").keys() == {*FAULTS, "own_fault"}
