from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.entrypoints.sandbox.airwallex_api import Api, signed_in


@pytest.fixture
def api() -> Iterator[Api]:
    with signed_in() as caller:
        yield caller


@pytest.fixture
def autopilot() -> Iterator[Api]:
    with signed_in(autopilot=True) as caller:
        yield caller


def status(api: Api, transfer: dict[str, Any]) -> str:
    return str(api.get(f"transfers/{transfer['id']}").json()["status"])


class TestCreating:
    def test_takes_texts_and_answers_numbers(self, api: Api) -> None:
        answer = api.post("transfers/create", api.order("po-1", "250.10"))

        assert answer.status_code == 201
        assert '"transfer_amount":250.1' in answer.text.replace(" ", "")
        assert json.loads(answer.text)["status"] == "SCHEDULED"

    def test_sets_the_money_aside(self, api: Api) -> None:
        api.transfer("po-1", "250.10")

        assert api.available("AUD") == Decimal("999749.90")

    @pytest.mark.parametrize(
        "change",
        [
            {"transfer_amount": None},
            {"source_amount": "1.00"},
            {"transfer_amount": "-1"},
            {"transfer_amount": "1.001"},
            {"transfer_amount": "1e400"},
            {"transfer_amount": "NaN"},
            {"reason": ""},
            {"beneficiary_id": "missing"},
            {"beneficiary_id": None},
            {"transfer_currency": "aud"},
            {"transfer_method": "PIGEON"},
            {"request_id": None},
        ],
    )
    def test_refuses_an_incomplete_or_impossible_order(
        self, api: Api, change: dict[str, Any]
    ) -> None:
        answer = api.post("transfers/create", api.order("po-1") | change)

        assert answer.status_code == 400
        assert {"code", "message"} <= answer.json().keys()
        assert api.get("transfers").json()["items"] == []

    def test_validating_keeps_nothing(self, api: Api) -> None:
        answer = api.post("transfers/validate", api.order("po-1"))

        assert answer.status_code == 200
        assert api.get("transfers").json()["items"] == []

    def test_charges_for_swift_and_converts(self, api: Api) -> None:
        order = api.order("po-1", "100.00", source_currency="USD")

        transfer = api.done("transfers/create", order)

        assert transfer["source_amount"] == 66
        assert transfer["conversion"] == {"currency_pair": "USDAUD", "rate": Decimal("1.515152")}

    def test_a_fee_can_differ(self, api: Api) -> None:
        api.world.fault("airwallex", "transfer_fee_differs", amount="2.50")

        transfer = api.transfer("po-1", "100.00")

        assert transfer["fee_amount"] == Decimal("2.5")
        assert transfer["amount_payer_pays"] == Decimal("102.5")


class TestRepeating:
    def test_the_same_request_id_is_refused_not_replayed(self, api: Api) -> None:
        order = api.order("po-1")
        api.done("transfers/create", order)

        answer = api.post("transfers/create", order)

        assert (answer.status_code, answer.json()["code"]) == (400, "request_id_duplicate")

    def test_the_first_one_is_found_by_its_request_id(self, api: Api) -> None:
        transfer = api.transfer("po-1")
        api.transfer("po-2")

        found = api.get("transfers", request_id="po-1").json()["items"]

        assert [item["id"] for item in found] == [transfer["id"]]

    def test_after_seven_days_the_id_is_taken_again(self, api: Api) -> None:
        order = api.order("po-1")
        api.done("transfers/create", order)

        api.world.pass_time(7 * 86400 + 1)
        api.log_in()

        assert api.post("transfers/create", order).status_code == 201

    def test_a_timeout_may_hide_a_transfer_that_exists(self, api: Api) -> None:
        order = api.order("po-1")
        api.world.fault(
            "airwallex",
            "timeout_after_commit",
            seconds=0,
            match={"path": "/api/v1/transfers/create"},
        )

        with pytest.raises(httpx.TransportError):
            api.post("transfers/create", order)

        assert len(api.get("transfers", request_id="po-1").json()["items"]) == 1
        assert api.post("transfers/create", order).json()["code"] == "request_id_duplicate"


class TestProgress:
    def test_is_paid_within_seconds_on_autopilot(self, autopilot: Api) -> None:
        transfer = autopilot.transfer("po-1")

        for _ in range(4):
            autopilot.world.pass_time(2)

        assert status(autopilot, transfer) == "PAID"
        assert autopilot.world.ear.events("name") == [
            "payout.transfer.scheduled",
            "payout.transfer.funding.funded",
            "payout.transfer.processing",
            "payout.transfer.sent",
            "payout.transfer.paid",
        ]

    def test_fails_after_it_was_sent_and_gives_the_money_back(self, autopilot: Api) -> None:
        autopilot.world.fault(
            "airwallex", "transfer_fails_after_sent", failure_type="ACCOUNT_CLOSED"
        )
        transfer = autopilot.transfer("po-1")

        for _ in range(5):
            autopilot.world.pass_time(2)
        autopilot.world.pass_time(3)

        shown = autopilot.get(f"transfers/{transfer['id']}").json()
        assert (shown["status"], shown["failure_type"]) == ("CANCELLED", "ACCOUNT_CLOSED")
        assert shown["funding"]["status"] == "REVERSED"
        assert autopilot.available("AUD") == 1000000

    def test_paid_is_not_final(self, api: Api) -> None:
        transfer = api.step(api.transfer("po-1"), "PROCESSING", "SENT", "PAID")

        returned = api.step(transfer, "FAILED", failure_type="BENEFICIARY_BANK_RETURNED")
        still_gone = api.available("AUD")
        api.world.pass_time(3)

        assert returned["failure_reason"]
        assert still_gone == Decimal("999749.90")
        assert status(api, transfer) == "CANCELLED"
        assert api.available("AUD") == 1000000

    def test_a_bank_returns_a_paid_transfer_later(self, autopilot: Api) -> None:
        autopilot.world.fault("airwallex", "transfer_returned_after_paid", seconds=60)
        transfer = autopilot.transfer("po-1")
        for _ in range(4):
            autopilot.world.pass_time(2)
        paid = status(autopilot, transfer)

        autopilot.world.pass_time(61)

        assert (paid, status(autopilot, transfer)) == ("PAID", "FAILED")

    @pytest.mark.parametrize(
        ("path", "next_status"),
        [((), "PAID"), (("PROCESSING", "SENT", "PAID"), "SENT"), (("CANCELLED",), "PROCESSING")],
    )
    def test_refuses_a_step_that_cannot_be(
        self, api: Api, path: tuple[str, ...], next_status: str
    ) -> None:
        transfer = api.step(api.transfer("po-1"), *path)

        answer = api.post(
            f"simulation/transfers/{transfer['id']}/transition", {"next_status": next_status}
        )

        assert answer.status_code == 400


class TestNewsOutOfOrder:
    def test_paid_can_arrive_after_failed(self, api: Api) -> None:
        transfer = api.step(api.transfer("po-1"), "PROCESSING", "SENT")
        api.world.run_due()
        api.world.ear.heard.clear()
        api.world.fault(
            "airwallex", "webhook_delay", seconds=30, match={"event": "payout.transfer.paid"}
        )

        api.step(transfer, "PAID", "FAILED")
        api.world.run_due()
        api.world.pass_time(60)

        names = api.world.ear.events("name")
        assert names[0] == "payout.transfer.failed"
        assert "payout.transfer.paid" in names[1:]
        times = {each.json["name"]: each.json["created_at"] for each in api.world.ear.heard}
        assert times["payout.transfer.paid"] <= times["payout.transfer.failed"]

    def test_an_event_can_be_stale(self, api: Api) -> None:
        transfer = api.step(api.transfer("po-1"), "PROCESSING", "SENT", "PAID")

        api.world.control(
            "airwallex/send_stale_transfer_event", request_id="po-1", status="PROCESSING"
        )
        api.world.run_due()

        event = api.world.ear.heard[-1].json
        assert event["name"] == "payout.transfer.processing"
        assert event["created_at"] == transfer["created_at"]
        assert status(api, transfer) == "PAID"


class TestCancelling:
    def test_is_cancelled_at_once_before_processing(self, api: Api) -> None:
        transfer = api.transfer("po-1")

        cancelled = api.done(f"transfers/{transfer['id']}/cancel")

        assert cancelled["status"] == "CANCELLED"
        assert cancelled["funding"]["status"] == "CANCELLED"
        assert api.available("AUD") == 1000000

    def test_takes_a_while_when_it_is_processing(self, api: Api) -> None:
        transfer = api.step(api.transfer("po-1"), "PROCESSING")

        asked = api.done(f"transfers/{transfer['id']}/cancel")
        api.world.pass_time(3)

        assert asked["status"] == "CANCELLATION_REQUESTED"
        assert status(api, transfer) == "CANCELLED"

    def test_is_too_late_once_sent(self, api: Api) -> None:
        transfer = api.step(api.transfer("po-1"), "PROCESSING", "SENT")

        assert api.post(f"transfers/{transfer['id']}/cancel").status_code == 400


class TestMoney:
    def test_of_two_that_race_for_one_balance_one_goes_overdue(self, autopilot: Api) -> None:
        first = autopilot.transfer("po-1", "600000.00")
        second = autopilot.transfer("po-2", "600000.00")

        autopilot.world.pass_time(2)

        assert status(autopilot, first) == "PROCESSING"
        late = autopilot.get(f"transfers/{second['id']}").json()
        assert late["status"] == "OVERDUE"
        assert late["funding"] == {
            "deposit_type": "WALLET",
            "failure_reason": "INSUFFICIENT_FUNDS",
            "status": "FAILED",
        }

    def test_an_overdue_one_goes_on_when_money_comes_in(self, autopilot: Api) -> None:
        transfer = autopilot.transfer("po-1", "1000500.00")
        autopilot.world.pass_time(2)

        autopilot.world.control("airwallex/deposit", amount="500.00", currency="AUD")

        assert status(autopilot, transfer) == "PROCESSING"
        assert autopilot.available("AUD") == 0

    def test_can_be_refused_for_want_of_money(self, api: Api) -> None:
        api.world.fault("airwallex", "transfer_refused")

        answer = api.post("transfers/create", api.order("po-1"))

        assert (answer.status_code, answer.json()["code"]) == (400, "insufficient_funds")
        assert api.post("transfers/create", api.order("po-1")).status_code == 201

    def test_can_wait_for_its_funding_to_be_confirmed(self, autopilot: Api) -> None:
        autopilot.world.fault("airwallex", "transfer_needs_funding_confirmation")
        transfer = autopilot.transfer("po-1")
        autopilot.world.pass_time(5)
        waiting = autopilot.get(f"transfers/{transfer['id']}").json()

        autopilot.done(f"transfers/{transfer['id']}/confirm_funding")
        autopilot.world.pass_time(2)

        assert waiting["status"] == "SCHEDULED"
        assert waiting["funding"]["status"] == "REQUIRES_FUNDING_CONFIRMATION"
        assert status(autopilot, transfer) == "PROCESSING"

    def test_funding_can_be_reversed_on_the_way(self, api: Api) -> None:
        transfer = api.step(api.transfer("po-1"), "PROCESSING", "SENT")

        api.world.control("airwallex/reverse_funding", transfer_id=transfer["id"])
        reversed_ = api.get(f"transfers/{transfer['id']}").json()
        api.world.pass_time(3)

        assert (reversed_["status"], reversed_["funding"]["status"]) == ("FAILED", "REVERSED")
        assert api.available("AUD") == 1000000
        assert api.world.ear.events("name").count("payout.transfer.funding.reversed") == 1

    def test_a_suspended_account_cannot_pay_out(self, api: Api) -> None:
        account_id = api.active_account()
        api.world.control("airwallex/set_account_status", account_id=account_id, status="SUSPENDED")
        api.acting_for = account_id

        answer = api.post("transfers/create", api.order("po-1"))

        assert (answer.status_code, answer.json()["code"]) == (400, "account_not_active")

    def test_pages_by_cursor(self, api: Api) -> None:
        made = [api.transfer(f"po-{number}")["id"] for number in range(3)]

        first = api.get("transfers", page_size=2).json()
        second = api.get("transfers", page_size=2, page=first["page_after"]).json()

        assert [item["id"] for item in first["items"] + second["items"]] == made[::-1]
        assert "page_after" not in second
        assert "page_before" in second
