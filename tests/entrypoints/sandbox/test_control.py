from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from entrypoints.sandbox.app import SandboxServer
from entrypoints.sandbox.settings import Settings, settings_from_environment
from tests.entrypoints.sandbox.stripe_world import Shop, sdk
from tests.entrypoints.sandbox.vendor_world import listening
from tests.waiting import eventually


def call(shop: Shop, method: str, path: str, body: Any = None) -> httpx.Response:
    return shop.world.http.request(method, f"{shop.world.url}/_sandbox/{path}", json=body)


class TestControl:
    def test_refuses_a_fault_that_nobody_knows(self, shop: Shop) -> None:
        unknown = call(shop, "POST", "faults", {"vendor": "stripe", "name": "explode"})
        nobody = call(shop, "POST", "faults", {"vendor": "acme", "name": "slow"})

        assert (unknown.status_code, nobody.status_code) == (400, 404)
        assert "explode" in unknown.json()["error"]

    def test_lists_faults_with_their_documentation_and_clears_them(self, shop: Shop) -> None:
        shop.fault("slow", times=3, match={"path": "/v1/refunds"}, seconds=9)
        listed = call(shop, "GET", "faults").json()

        assert listed["scripted"][0]["params"] == {"seconds": 9}
        assert listed["known"]["stripe"]["webhook_drop"]
        call(shop, "DELETE", "faults")
        assert call(shop, "GET", "faults").json()["scripted"] == []

    def test_says_which_actions_there_are(self, shop: Shop) -> None:
        refused = call(shop, "POST", "stripe/explode")

        assert refused.status_code == 400
        assert "create_dispute" in refused.json()["error"]

    def test_refuses_an_action_on_what_is_not_there(self, shop: Shop) -> None:
        for path, body in (
            ("stripe/create_dispute", {"charge": "ch_none"}),
            ("stripe/settle_refund", {}),
            ("stripe/authenticate", {"payment_intent": shop.pay().id}),
        ):
            assert call(shop, "POST", path, body).status_code == 400
        assert call(shop, "POST", "deliveries/999/resend").status_code == 404
        assert call(shop, "GET", "state/acme").status_code == 404

    def test_moves_time_and_runs_what_became_due(self, shop: Shop) -> None:
        shop.authorise()
        moved = call(shop, "POST", "time", {"advance_seconds": 8 * 86400}).json()

        assert moved["tasks"] == 1
        assert moved["deliveries"] > 0

    def test_tells_what_is_still_to_be_done(self, shop: Shop) -> None:
        shop.authorise()
        soon = call(shop, "GET", "due").json()
        in_eight_days = call(shop, "GET", f"due?within_seconds={8 * 86400}").json()
        call(shop, "POST", "run_due", {})

        assert (soon["tasks"], in_eight_days["tasks"]) == (0, 1)
        assert soon["deliveries"] > 0
        assert call(shop, "GET", "due").json() == {"tasks": 0, "deliveries": 0}

    @pytest.mark.parametrize("pace", [0, -1, 1001])
    def test_refuses_a_pace_that_is_none(self, shop: Shop, pace: float) -> None:
        assert call(shop, "POST", "pace", {"pace": pace}).status_code == 400

    def test_changes_the_pace(self, shop: Shop) -> None:
        answer = call(shop, "POST", "pace", {"pace": 20})

        assert answer.json() == {"pace": 20}
        assert shop.world.server.sandbox.scheduler.pace == 20

    def test_resets_to_the_beginning(self, shop: Shop) -> None:
        shop.pay()
        shop.fault("slow")
        shop.world.pass_time(86400)
        call(shop, "POST", "reset")

        assert call(shop, "GET", "state/stripe").json().keys() == {"webhook_endpoint"}
        assert call(shop, "GET", "faults").json()["scripted"] == []
        assert shop.world.server.sandbox.clock.offset_seconds == 0
        shop.v1.customers.create()
        shop.world.run_due()
        assert len(shop.world.ear.heard) > 0

    def test_is_not_driven_by_a_page_of_another_site(self, shop: Shop) -> None:
        answer = shop.world.http.post(
            f"{shop.world.url}/_sandbox/reset", headers={"Sec-Fetch-Site": "cross-site"}
        )

        assert answer.status_code == 403

    def test_sends_also_what_is_not_due_yet_when_asked_for_everything(self, shop: Shop) -> None:
        shop.fault("webhook_delay", seconds=600)
        shop.v1.customers.create()

        assert call(shop, "POST", "run_due").json()["deliveries"] == 0
        assert call(shop, "POST", "run_due", {"everything": True}).json()["deliveries"] == 1
        assert len(shop.world.ear.heard) == 1

    def test_is_healthy(self, shop: Shop) -> None:
        assert call(shop, "GET", "health").json()["status"] == "ok"


class TestServer:
    def test_started_again_on_the_same_file_knows_everything(self, tmp_path: Path) -> None:
        with listening() as ear:
            settings = Settings(
                port=0,
                smtp_port=0,
                autopilot=False,
                data=tmp_path / "state.sqlite3",
                webhook_base=f"{ear.url}/webhooks",
            )
            with SandboxServer(settings, background=False) as server, sdk(server.url) as client:
                first = client.v1.customers.create(
                    params={"name": "A"}, options={"idempotency_key": "k"}
                )
                server.sandbox.faults.script("stripe", "respond_429")
                server.sandbox.clock.advance(3600)
            assert ear.heard == []

            with SandboxServer(settings, background=False) as server, sdk(server.url) as client:
                assert [fault["name"] for fault in server.sandbox.faults.list()] == ["respond_429"]
                assert server.sandbox.clock.offset_seconds == 3600
                server.sandbox.faults.clear()
                again = client.v1.customers.create(
                    params={"name": "A"}, options={"idempotency_key": "k"}
                )
                server.sandbox.webhooks.deliver_due()

            assert again.id == first.id
            assert [heard.json["type"] for heard in ear.heard] == ["customer.created"]

    def test_delivers_and_advances_by_itself_in_the_background(self) -> None:
        with listening() as ear:
            settings = Settings(port=0, smtp_port=0, webhook_base=f"{ear.url}/webhooks")
            with SandboxServer(settings) as server, sdk(server.url) as client:
                session = client.v1.identity.verification_sessions.create(
                    params={"type": "document"}
                )
                server.sandbox.clock.advance(60)
                eventually(
                    lambda: "identity.verification_session.verified" in ear.events("type"),
                    "the session is verified and its webhook arrives",
                )
                found = client.v1.identity.verification_sessions.retrieve(session.id)

            assert found.status == "verified"

    def test_is_not_usable_before_it_is_started(self) -> None:
        with pytest.raises(RuntimeError):
            _ = SandboxServer().url


class TestSettings:
    def test_are_read_from_the_environment(self) -> None:
        settings = settings_from_environment(
            {
                "SANDBOX_PORT": "9000",
                "SANDBOX_DATA": "/x/y.sqlite3",
                "SANDBOX_WEBHOOK_BASE": "http://api.test/webhooks/",
                "SANDBOX_AUTOPILOT": "off",
                "SANDBOX_PACE": "20",
                "SANDBOX_STRIPE_SECRET_KEY": "sk_test_mine",
                "HOME": "/root",
            }
        )

        assert settings.pace == 20
        assert (settings.port, settings.data, settings.autopilot) == (
            9000,
            Path("/x/y.sqlite3"),
            False,
        )
        assert settings.secret("STRIPE_SECRET_KEY") == "sk_test_mine"
        assert settings.secret("STRIPE_WEBHOOK_SECRET") == "whsec_scripted"
        assert settings.webhook_url("fhir_pharmacy") == "http://api.test/webhooks/fhir-pharmacy"

    def test_listen_on_this_machine_only_by_default(self) -> None:
        assert settings_from_environment({}).host == "127.0.0.1"
