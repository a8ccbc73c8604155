from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest

from tests.entrypoints.sandbox.airwallex_api import BANK_ACCOUNT, PLATFORM, Api, signed_in


@pytest.fixture
def api() -> Iterator[Api]:
    with signed_in() as caller:
        yield caller


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
