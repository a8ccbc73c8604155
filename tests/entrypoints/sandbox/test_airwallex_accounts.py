from __future__ import annotations

from collections.abc import Iterator

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

    def test_the_hosted_page_can_lead_to_a_request_for_more(self, autopilot: Api) -> None:
        bare = {"account_details": {"legal_entity_type": "INDIVIDUAL"}}
        account = autopilot.done("accounts/create", PERSON | bare)
        addresses = {"return_url": "http://portal.test/back", "error_url": "http://portal.test/no"}
        flow = autopilot.done("hosted_flows/create", {"account_id": account["id"], **addresses})

        autopilot.world.http.post(
            flow["url"],
            data={"answer": "finish_unreadable", "first_name": "Amelia", "last_name": "Moreau"},
        )
        autopilot.world.pass_time(2)

        shown = autopilot.get(f"accounts/{account['id']}").json()
        assert shown["account_details"]["individual_details"]["first_name"] == "Amelia"
        assert shown["status"] == "ACTION_REQUIRED"

    def test_leaving_the_hosted_page_goes_to_the_error_address(self, api: Api) -> None:
        account = api.done("accounts/create", PERSON)
        addresses = {"return_url": "http://portal.test/back", "error_url": "http://portal.test/no"}
        flow = api.done("hosted_flows/create", {"account_id": account["id"], **addresses})

        answer = api.world.http.post(flow["url"], data={"answer": "give_up"})

        assert answer.headers["location"].startswith("http://portal.test/no?ahfi_id=")
        assert api.get(f"accounts/{account['id']}").json()["status"] == "CREATED"
