from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from attrs import define

from tests.entrypoints.sandbox.vendor_world import World, world

PLATFORM = "acct_platformScripted0001"
BANK_ACCOUNT = {
    "beneficiary": {
        "type": "BANK_ACCOUNT",
        "entity_type": "PERSONAL",
        "first_name": "Amelia",
        "last_name": "Moreau",
        "bank_details": {
            "account_currency": "AUD",
            "account_name": "Amelia Moreau",
            "account_number": "12345678",
            "account_routing_type1": "bsb",
            "account_routing_value1": "083064",
            "bank_country_code": "AU",
            "local_clearing_system": "BANK_TRANSFER",
        },
    },
    "transfer_methods": ["LOCAL"],
}
PERSON = {
    "account_details": {
        "legal_entity_type": "INDIVIDUAL",
        "individual_details": {"first_name": "Amelia", "last_name": "Moreau"},
    },
    "primary_contact": {"email": "amelia@example.test"},
    "customer_agreements": {"agreed_to_terms_and_conditions": True, "agreed_to_data_usage": True},
    "identifier": "physician-1",
}


@define
class Api:
    world: World
    token: str = ""
    acting_for: str | None = None

    def log_in(self) -> httpx.Response:
        answer = self.world.http.post(
            f"{self.world.url}/airwallex/api/v1/authentication/login",
            headers={"x-client-id": "scripted_sandbox_client", "x-api-key": "scripted_sandbox_key"},
        )
        self.token = answer.json()["token"]
        return answer

    def headers(self) -> dict[str, str]:
        own = {"Authorization": f"Bearer {self.token}", "x-api-version": "2026-05-29"}
        return own | ({"x-on-behalf-of": self.acting_for} if self.acting_for else {})

    def post(self, path: str, body: Any = None) -> httpx.Response:
        url = f"{self.world.url}/airwallex/api/v1/{path}"
        return self.world.http.post(url, json=body or {}, headers=self.headers())

    def get(self, path: str, **params: Any) -> httpx.Response:
        url = f"{self.world.url}/airwallex/api/v1/{path}"
        return self.world.http.get(url, params=params, headers=self.headers())

    def done(self, path: str, body: Any = None) -> dict[str, Any]:
        answer = self.post(path, body)
        assert answer.status_code in {200, 201}, answer.text
        return dict(json.loads(answer.text, parse_float=Decimal))

    def available(self, currency: str) -> Decimal:
        answer = self.get("balances/current")
        wallets = {
            wallet["currency"]: wallet for wallet in json.loads(answer.text, parse_float=Decimal)
        }
        return Decimal(wallets.get(currency, {"available_amount": 0})["available_amount"])

    def beneficiary(self) -> str:
        return str(self.done("beneficiaries/create", BANK_ACCOUNT)["id"])

    def transfer(self, request_id: str, amount: str = "250.10", **more: Any) -> dict[str, Any]:
        return self.done("transfers/create", self.order(request_id, amount, **more))

    def order(self, request_id: str, amount: str = "250.10", **more: Any) -> dict[str, Any]:
        return {
            "request_id": request_id,
            "beneficiary_id": self.beneficiary(),
            "transfer_amount": amount,
            "transfer_currency": "AUD",
            "source_currency": "AUD",
            "transfer_method": "LOCAL",
            "reason": "professional_service_fees",
            "reference": "Scripted payout",
            **more,
        }

    def step(self, transfer: dict[str, Any], *statuses: str, **more: Any) -> dict[str, Any]:
        for status in statuses:
            transfer = self.done(
                f"simulation/transfers/{transfer['id']}/transition",
                {"next_status": status, **more},
            )
        return transfer

    def active_account(self) -> str:
        account = self.done("accounts/create", PERSON)
        self.done(f"accounts/{account['id']}/submit")
        self.done(f"simulation/accounts/{account['id']}/update_status", {"next_status": "ACTIVE"})
        return str(account["id"])


@pytest.fixture
def api() -> Iterator[Api]:
    with world() as here:
        signed_in = Api(here)
        signed_in.log_in()
        yield signed_in


@pytest.fixture
def autopilot() -> Iterator[Api]:
    with world(autopilot=True) as here:
        signed_in = Api(here)
        signed_in.log_in()
        yield signed_in


class TestSigningIn:
    def test_hands_out_a_token_with_its_expiry(self, api: Api) -> None:
        answer = api.log_in()

        assert answer.status_code == 201
        assert answer.json()["expires_at"].endswith("+0000")

    def test_refuses_a_wrong_key(self, api: Api) -> None:
        answer = api.world.http.post(
            f"{api.world.url}/airwallex/api/v1/authentication/login",
            headers={"x-client-id": "scripted_sandbox_client", "x-api-key": "wrong"},
        )

        assert answer.status_code == 401
        assert answer.json()["code"] == "credentials_invalid"

    def test_refuses_a_request_without_a_token(self, api: Api) -> None:
        api.token = "nonsense"

        assert api.get("balances/current").status_code == 401

    def test_a_token_dies_after_half_an_hour(self, api: Api) -> None:
        api.world.pass_time(31 * 60)

        answer = api.get("balances/current")

        assert (answer.status_code, answer.json()["code"]) == (401, "credentials_expired")

    def test_a_token_can_be_made_to_expire_in_mid_flow(self, api: Api) -> None:
        api.world.fault("airwallex", "token_expired", match={"path": "/api/v1/transfers*"})

        assert api.get("balances/current").status_code == 200
        assert api.get("transfers").status_code == 401
        api.log_in()
        assert api.get("transfers").status_code == 200

    def test_refuses_to_act_for_a_stranger(self, api: Api) -> None:
        api.acting_for = "acct_unknown"

        assert api.get("balances/current").status_code == 403


class TestAccounts:
    def test_asks_for_agreement_before_it_is_submitted(self, api: Api) -> None:
        account = api.done("accounts/create", {**PERSON, "customer_agreements": {}})

        refused = api.post(f"accounts/{account['id']}/submit")
        agreed = api.done(f"accounts/{account['id']}/terms_and_conditions/agree")

        assert account["status"] == "CREATED"
        assert "agreement_to_terms_and_conditions_required" in account["requirements"]
        assert refused.status_code == 400
        assert refused.json()["code"] == "validation_failed"
        assert refused.json()["details"]
        assert agreed["requirements"] == {}
        assert api.done(f"accounts/{account['id']}/submit")["status"] == "SUBMITTED"

    def test_an_identifier_belongs_to_one_account(self, api: Api) -> None:
        api.done("accounts/create", PERSON)

        assert api.post("accounts/create", PERSON).json()["code"] == "already_exists"

    def test_is_reviewed_within_seconds_on_autopilot(self, autopilot: Api) -> None:
        account = autopilot.done("accounts/create", PERSON)
        autopilot.done(f"accounts/{account['id']}/submit")

        autopilot.world.pass_time(2)

        assert autopilot.get(f"accounts/{account['id']}").json()["status"] == "ACTIVE"
        assert autopilot.world.ear.events("name") == [
            "account.connected",
            "account.submitted",
            "account.active",
        ]

    def test_a_review_can_end_in_action_required(self, autopilot: Api) -> None:
        autopilot.world.fault("airwallex", "kyc_action_required")
        account = autopilot.done("accounts/create", PERSON)
        autopilot.done(f"accounts/{account['id']}/submit")

        autopilot.world.pass_time(2)
        asked = autopilot.get(f"accounts/{account['id']}").json()
        autopilot.done(f"accounts/{account['id']}/submit")
        autopilot.world.pass_time(2)

        assert asked["status"] == "ACTION_REQUIRED"
        assert asked["next_action"]["type"] == "PROVIDE_REQUIREMENTS"
        assert asked["requirements"]["primary_identification_required"]
        assert autopilot.get(f"accounts/{account['id']}").json()["status"] == "ACTIVE"

    def test_a_stale_event_can_follow_readiness(self, autopilot: Api) -> None:
        autopilot.world.fault("airwallex", "account_stale_event")
        account = autopilot.done("accounts/create", PERSON)
        autopilot.done(f"accounts/{account['id']}/submit")

        autopilot.world.pass_time(2)
        autopilot.world.pass_time(3)

        events = [heard.json for heard in autopilot.world.ear.heard]
        assert [event["name"] for event in events[-2:]] == [
            "account.active",
            "account.action_required",
        ]
        assert events[-1]["created_at"] <= events[-2]["created_at"]
        assert autopilot.get(f"accounts/{account['id']}").json()["status"] == "ACTIVE"

    def test_is_suspended_and_reactivated(self, api: Api) -> None:
        account_id = api.active_account()

        assert api.done(f"accounts/{account_id}/suspend")["status"] == "SUSPENDED"
        assert api.post(f"accounts/{account_id}/suspend").status_code == 400
        assert api.done(f"accounts/{account_id}/reactivate")["status"] == "ACTIVE"

    def test_lists_by_status_and_page(self, api: Api) -> None:
        api.active_account()
        api.done("accounts/create", {**PERSON, "identifier": "physician-2"})

        page = api.get("accounts", page_size=1).json()

        assert (len(page["items"]), page["has_more"]) == (1, True)
        assert len(api.get("accounts", account_status="ACTIVE").json()["items"]) == 1

    def test_the_hosted_page_finishes_and_returns_with_its_id(self, autopilot: Api) -> None:
        account = autopilot.done("accounts/create", {**PERSON, "customer_agreements": {}})
        flow = autopilot.done(
            "hosted_flows/create",
            {
                "account_id": account["id"],
                "template": "kyc",
                "return_url": "http://portal.test/back?step=2",
                "error_url": "http://portal.test/oops",
            },
        )
        page = autopilot.world.http.get(flow["url"])

        answer = autopilot.world.http.post(flow["url"], data={"answer": "finish"})

        assert "Verify your identity" in page.text
        assert flow["status"] == "INIT"
        assert answer.headers["location"] == (
            f"http://portal.test/back?step=2&ahfi_id={flow['id']}"
        )
        assert autopilot.get(f"hosted_flows/{flow['id']}").json()["status"] == "FINISHED"
        assert autopilot.get(f"accounts/{account['id']}").json()["status"] == "SUBMITTED"

    def test_leaving_the_hosted_page_goes_to_the_error_address(self, api: Api) -> None:
        account = api.done("accounts/create", PERSON)
        addresses = {"return_url": "http://portal.test/back", "error_url": "http://portal.test/no"}
        flow = api.done("hosted_flows/create", {"account_id": account["id"], **addresses})

        answer = api.world.http.post(flow["url"], data={"answer": "give_up"})

        assert answer.headers["location"].startswith("http://portal.test/no?ahfi_id=")
        assert api.get(f"accounts/{account['id']}").json()["status"] == "CREATED"


class TestBeneficiaries:
    def test_names_every_problem_of_a_bank_account(self, api: Api) -> None:
        wrong = json.loads(json.dumps(BANK_ACCOUNT))
        wrong["beneficiary"]["bank_details"] |= {
            "account_number": "12",
            "account_routing_value1": "1",
        }

        answer = api.post("beneficiaries/validate", wrong)

        assert answer.json()["code"] == "validation_failed"
        assert {problem["source"] for problem in answer.json()["details"]} == {
            "beneficiary.bank_details.account_number",
            "beneficiary.bank_details.account_routing_value1",
        }

    def test_is_updated_and_deleted(self, api: Api) -> None:
        id = api.beneficiary()

        api.done(f"beneficiaries/{id}/update", {**BANK_ACCOUNT, "nickname": "Main"})

        assert api.get(f"beneficiaries/{id}").json()["nickname"] == "Main"
        assert api.post(f"beneficiaries/{id}/delete").status_code == 200
        assert api.get(f"beneficiaries/{id}").status_code == 404

    def test_belongs_to_the_account_that_saved_it(self, api: Api) -> None:
        id = api.beneficiary()
        api.acting_for = api.active_account()

        assert api.get(f"beneficiaries/{id}").status_code == 404


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


class TestWebhooks:
    def test_are_signed_over_timestamp_and_raw_body(self, api: Api) -> None:
        api.transfer("po-1")
        api.world.run_due()

        heard = api.world.ear.heard[0]

        stamp = heard.headers["x-timestamp"]
        expected = hmac.new(
            b"whsec_airwallex_scripted", stamp.encode() + heard.raw, hashlib.sha256
        ).hexdigest()
        assert heard.path == "/webhooks/airwallex"
        assert heard.headers["x-signature"] == expected
        assert len(stamp) == 13

    def test_tell_the_transfer_as_it_is_read(self, api: Api) -> None:
        transfer = api.transfer("po-1")
        api.world.run_due()

        event = api.world.ear.heard[0].json

        assert event["name"] == "payout.transfer.scheduled"
        assert event["account_id"] == PLATFORM
        assert event["data"]["id"] == transfer["id"]
        assert set(event) == {
            "id",
            "name",
            "account_id",
            "org_id",
            "data",
            "created_at",
            "version",
        }

    def test_only_200_acknowledges(self, api: Api) -> None:
        api.world.ear.status = 202
        api.transfer("po-1")

        api.world.run_due()
        api.world.ear.status = 200
        api.world.pass_time(60)

        ids = [heard.json["id"] for heard in api.world.ear.heard]
        assert len(ids) == 2
        assert len(set(ids)) == 1

    def test_can_be_spelt_in_camel_case(self, api: Api) -> None:
        api.world.fault("airwallex", "webhook_camel_case")
        api.transfer("po-1")
        api.world.run_due()

        event = api.world.ear.heard[0].json

        assert event["accountId"] == PLATFORM
        assert event["data"]["transferAmount"] == 250.1

    def test_can_leave_the_amount_out_or_name_another_account(self, api: Api) -> None:
        api.world.fault("airwallex", "webhook_missing_amount")
        api.transfer("po-1")
        api.world.fault("airwallex", "webhook_wrong_account")
        api.transfer("po-2")
        api.world.run_due()

        without_amount, elsewhere = (heard.json for heard in api.world.ear.heard)

        assert "transfer_amount" not in without_amount["data"]
        assert elsewhere["account_id"] != PLATFORM

    def test_the_same_event_can_come_twice(self, api: Api) -> None:
        api.world.fault("airwallex", "webhook_duplicate")
        api.transfer("po-1")
        api.world.run_due()

        ids = [heard.json["id"] for heard in api.world.ear.heard]

        assert len(ids) == 2
        assert len(set(ids)) == 1

    def test_can_overtake_the_answer(self, api: Api) -> None:
        api.world.fault("airwallex", "webhook_before_response")

        transfer = api.transfer("po-1")

        assert api.world.ear.heard[0].json["data"]["id"] == transfer["id"]
