from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.entrypoints.sandbox.airwallex_api import PERSON, Api, signed_in


@pytest.fixture
def api() -> Iterator[Api]:
    with signed_in() as caller:
        yield caller


@pytest.fixture
def autopilot() -> Iterator[Api]:
    with signed_in(autopilot=True) as caller:
        yield caller


class TestConnectedAccountTransfers:
    def payment(self, account_id: str, **more: Any) -> dict[str, Any]:
        return {
            "request_id": "cat-1",
            "destination": account_id,
            "amount": "80.00",
            "currency": "AUD",
            "reason": "commission",
            "reference": "Week 30",
            **more,
        }

    def test_debits_at_once_and_credits_when_settled(self, autopilot: Api) -> None:
        account = autopilot.done("accounts/create", PERSON)
        autopilot.done(f"accounts/{account['id']}/submit")
        autopilot.world.pass_time(2)
        moved = autopilot.done("connected_account_transfers/create", self.payment(account["id"]))

        assert moved["status"] == "NEW"
        assert autopilot.available("AUD") == Decimal("999920.00")
        autopilot.world.pass_time(1)
        autopilot.world.pass_time(1)
        autopilot.acting_for = account["id"]
        assert autopilot.available("AUD") == 80

    def test_suspended_keeps_the_money_and_failed_returns_it(self, api: Api) -> None:
        account_id = api.active_account()
        moved = api.done("connected_account_transfers/create", self.payment(account_id))
        id = moved["id"]

        api.world.control("airwallex/move_connected_transfer", id=id, next_status="SUSPENDED")
        held = api.available("AUD")
        api.world.control("airwallex/move_connected_transfer", id=id, next_status="FAILED")

        assert held == Decimal("999920.00")
        assert api.available("AUD") == Decimal("1000000.00")

    def test_spells_a_lack_of_money_in_the_singular(self, api: Api) -> None:
        body = self.payment(api.active_account(), amount="2000000.00")

        answer = api.post("connected_account_transfers/create", body)

        assert (answer.status_code, answer.json()["code"]) == (400, "insufficient_fund")

    def test_refuses_the_same_request_id_again(self, api: Api) -> None:
        body = self.payment(api.active_account())
        api.done("connected_account_transfers/create", body)

        answer = api.post("connected_account_transfers/create", body)

        assert (answer.status_code, answer.json()["code"]) == (400, "request_id_duplicate")

    def test_a_refused_request_leaves_its_id_free(self, api: Api) -> None:
        account_id = api.active_account()
        body = self.payment(account_id, amount="2000000.00")
        api.post("connected_account_transfers/create", body)

        answer = api.post("connected_account_transfers/create", self.payment(account_id))

        assert answer.status_code == 201

    def test_a_charge_takes_money_back(self, api: Api) -> None:
        account_id = api.active_account()
        paid = api.done("connected_account_transfers/create", self.payment(account_id))
        api.world.control("airwallex/move_connected_transfer", id=paid["id"], next_status="SETTLED")
        body = self.payment(account_id, source=account_id, amount="30.00")
        del body["destination"]

        charge = api.done("charges/create", body)
        api.world.control("airwallex/move_charge", id=charge["id"], next_status="SETTLED")

        assert api.available("AUD") == Decimal("999950.00")
        api.acting_for = account_id
        assert api.available("AUD") == 50


class TestReconciliation:
    def test_lists_every_balance_of_the_float(self, api: Api) -> None:
        balances = api.get("balances/current").json()

        assert [balance["currency"] for balance in balances] == ["AUD", "EUR", "GBP", "USD"]
        assert all(balance["total_amount"] == 1000000 for balance in balances)

    def test_the_history_adds_up_to_the_balance(self, api: Api) -> None:
        api.step(api.transfer("po-1"), "PROCESSING")

        answer = api.get("balances/history", currency="AUD")
        items = json.loads(answer.text, parse_float=Decimal)["items"]

        assert sum(Decimal(item["amount"]) for item in items) == api.available("AUD")
        assert items[0]["source_type"] == "PAYOUT"

    def test_longer_spans_need_a_cursor(self, api: Api) -> None:
        span = {"from_post_at": "2026-01-01T00:00:00Z", "to_post_at": "2036-01-20T00:00:00Z"}

        assert api.get("balances/history", page_num=0, **span).status_code == 400
        assert api.get("balances/history", **span).status_code == 200

    def test_card_transactions_count_pages_in_camel_case(self, api: Api) -> None:
        page = api.get("pa/financial/transactions").json()

        assert "hasMore" in page
        assert api.get("pa/financial/settlements").status_code == 400

    def test_a_deposit_fills_the_wallet(self, api: Api) -> None:
        api.done("simulation/deposit/create", {"amount": 10.5, "currency": "AUD"})

        assert api.available("AUD") == Decimal("1000010.5")
        assert api.get("deposits").json()["items"][0]["status"] == "SETTLED"

    def test_a_pending_deposit_is_not_available_yet(self, api: Api) -> None:
        pending = api.done(
            "simulation/deposit/create", {"amount": 10, "currency": "AUD", "status": "PENDING"}
        )
        before = api.available("AUD")

        api.done(f"simulation/deposits/{pending['id']}/settle")

        assert before == 1000000
        assert api.available("AUD") == 1000010
