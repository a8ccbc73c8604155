"""
Money over the API: what is shown of payments, wallets and payouts, and what staff may do.
"""

from datetime import timedelta
from typing import Any

import pyotp
import pytest

from application.identity.ports import IdentityUnitOfWork
from tests.builders.physicians import PHYSICIAN_USER
from tests.entrypoints.api.belongings import Belongings, own_everything
from tests.entrypoints.api.world import World


@pytest.fixture
def owned(world: World) -> Belongings:
    return own_everything(world)


def read(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.get_json()


class TestGraveDeeds:
    def test_say_that_a_code_is_wanted_and_go_on_after_it(
        self, world: World, owned: Belongings
    ) -> None:
        secret = _second_factor_of_the_physician(world)
        path = owned.path("/physicians/{physician_id}/payouts")
        body = {"amount": {"amount": 5_000, "currency": "AUD"}}

        refused = read(world.post(path, "physician", json=body), 403)
        code = pyotp.TOTP(secret).at(world.clock.now())
        given = world.post("/sessions/current/step-up", "physician", json={"code": code})
        gone_on = world.post(path, "physician", json=body)

        assert (refused["type"], refused["code"]) == (
            "/problems/step_up_required",
            "step_up_required",
        )
        assert given.status_code == 204
        assert gone_on.status_code != 403


def _second_factor_of_the_physician(world: World) -> str:
    """Turned on, and given in the session that is open, but longer ago than lasts."""
    secret = pyotp.random_base32()
    with world.container.resolve(IdentityUnitOfWork) as uow:
        user = uow.users.get(PHYSICIAN_USER)
        user.prepare_second_factor(secret)
        user.use_second_factor(step=1, now=world.clock.now())
        uow.users.save(user)
        for session in uow.sessions.lasting_of(PHYSICIAN_USER):
            session.step_up(now=world.clock.now() - timedelta(minutes=16))
            uow.sessions.save(session)
        uow.commit()
    return secret


class TestPayments:
    def test_a_patient_sees_theirs(self, world: World, owned: Belongings) -> None:
        payment = read(world.get(owned.path("/consultations/{consultation_id}/payment"), "patient"))
        listed = read(world.get("/payments", "patient"))["items"]

        assert payment["amount"] == {"amount": 5400, "currency": "AUD"}
        assert payment["status"] == "created"
        assert listed == [payment]

    def test_a_bad_address_to_come_back_to_is_refused(
        self, world: World, owned: Belongings
    ) -> None:
        refused = world.post(
            owned.path("/consultations/{consultation_id}/payment"),
            "patient",
            json={"return_url": "javascript:alert(1)"},
        )

        assert read(refused, 422)["errors"][0]["field"] == "return_url"

    def test_nothing_taken_is_nothing_to_refund(self, world: World, owned: Belongings) -> None:
        refused = world.post(
            owned.path("/consultations/{consultation_id}/refund-quotes"), "finance", json={}
        )

        assert read(refused, 409)["code"] == "nothing_to_refund"

    def test_a_quote_shows_what_cancelling_costs(self, world: World, owned: Belongings) -> None:
        quote = read(
            world.get(owned.path("/consultations/{consultation_id}/cancellation-quote"), "patient")
        )

        assert quote["kept"] == {"amount": 0, "currency": "AUD"}


class TestDisputes:
    def test_finance_finds_and_takes_them_on(self, world: World, owned: Belongings) -> None:
        path = owned.path("/disputes/{dispute_id}")

        assert world.post(f"{path}/assignment", "finance").status_code == 204

        shown = read(world.get(path, "finance"))
        listed = read(world.get("/disputes?status=needs_response", "finance"))["items"]
        assert shown["amount"] == {"amount": 5400, "currency": "AUD"}
        assert shown["owner_id"] == read(world.get("/me", "finance"))["user_id"]
        assert listed == [shown]
        assert read(world.get("/disputes?status=lost", "finance"))["items"] == []
        assert world.get("/disputes?status=odd", "finance").status_code == 422

    def test_those_that_wait_are_listed_by_their_time_limit(
        self, world: World, owned: Belongings
    ) -> None:
        shown = read(world.get(owned.path("/disputes/{dispute_id}"), "finance"))

        assert read(world.get("/operations/disputes", "finance"))["items"] == [shown]

    def test_show_their_history_and_the_evidence_that_would_be_sent(
        self, world: World, owned: Belongings
    ) -> None:
        path = owned.path("/disputes/{dispute_id}")

        history = read(world.get(f"{path}/history", "finance"))["items"]
        draft = read(world.get(f"{path}/evidence", "finance"))

        assert [each["kind"] for each in history] == ["DisputeOpened"]
        assert "54.00" in draft["receipt"]
        assert "migraine" not in str(draft).lower()

    def test_with_nothing_to_look_into_have_no_review_to_end(
        self, world: World, owned: Belongings
    ) -> None:
        for path in ("/disputes/{dispute_id}/review", "/payments/{payment_id}/review"):
            refused = world.post(owned.path(path), "finance", json={"note": "Seen."})
            assert read(refused, 409)["code"] == "nothing_to_review"

    def test_are_not_for_others(self, world: World, owned: Belongings) -> None:
        for person in ("patient", "physician", "operations"):
            assert world.get("/disputes", person).status_code == 403


class TestWallets:
    def test_show_every_cent(self, world: World, owned: Belongings) -> None:
        wallets = read(world.get(owned.path("/physicians/{physician_id}/wallet"), "physician"))
        maps = read(world.get(owned.path("/physicians/{physician_id}/money"), "physician"))
        statement = read(
            world.get(owned.path("/physicians/{physician_id}/statement?currency=AUD"), "physician")
        )

        assert wallets["items"][0]["balances"]["held"] == {"amount": 5000, "currency": "AUD"}
        line = maps["items"][0]["lines"][0]
        assert (line["state"], line["rule"]) == ("held", "payout_queued")
        assert [one["reason"] for one in statement["items"]] == [
            "payout_requested",
            "service_delivered",
        ]

    def test_a_statement_is_of_one_currency(self, world: World, owned: Belongings) -> None:
        path = owned.path("/physicians/{physician_id}/statement")

        assert world.get(path, "physician").status_code == 422
        assert world.get(f"{path}?currency=dollars", "physician").status_code == 422


class TestStatements:
    def test_a_month_adds_up_from_opening_to_closing(self, world: World, owned: Belongings) -> None:
        base = owned.path("/physicians/{physician_id}/statements")
        (offer,) = read(world.get(base, "physician"))["items"][:1]

        shown = read(world.get(f"{base}/{offer['month']}?currency=AUD", "physician"))

        net = sum(line["net"]["amount"] for line in shown["lines"])
        assert shown["opening"]["owed"]["amount"] + net == shown["closing"]["owed"]["amount"]
        assert [line["kind"] for line in shown["lines"]] == ["consultation"]
        assert shown["closing"]["held"] == {"amount": 5000, "currency": "AUD"}
        assert shown["time_zone"] == "Australia/Sydney"

    @pytest.mark.parametrize("kind", ["pdf", "csv"])
    def test_come_as_files(self, world: World, owned: Belongings, kind: str) -> None:
        begins = {"pdf": b"%PDF-", "csv": b"booked_at,happened_at,kind,"}[kind]
        path = owned.path("/physicians/{physician_id}/statements/2026-03")

        saved = world.get(f"{path}.{kind}?currency=AUD", "physician")

        assert saved.status_code == 200
        assert saved.data.startswith(begins)
        assert f"statement-2026-03-AUD.{kind}" in saved.headers["Content-Disposition"]
        assert "sandbox" in saved.headers["Content-Security-Policy"]

    @pytest.mark.parametrize("month", ["2026-13", "march", "2026-3", "2999-01", "9999-12"])
    def test_of_no_month_are_refused(self, world: World, owned: Belongings, month: str) -> None:
        path = owned.path("/physicians/{physician_id}/statements")

        for form in ("", ".pdf", ".csv"):
            refused = world.get(f"{path}/{month}{form}?currency=AUD", "physician")
            assert read(refused, 422)["errors"][0]["field"] == "month"
        assert world.get(f"{path}/2026-03", "physician").status_code == 422

    def test_of_a_payout_add_up_to_it(self, world: World, owned: Belongings) -> None:
        path = owned.path("/payouts/{payout_id}/statement")

        shown = read(world.get(path, "physician"))
        saved = {kind: world.get(f"{path}.{kind}", "physician").data for kind in ("pdf", "csv")}

        assert [part["consultation_id"] for part in shown["parts"]] == [
            owned.ids["consultation_id"]
        ]
        assert sum(part["amount"]["amount"] for part in shown["parts"]) == 5000
        assert saved["pdf"].startswith(b"%PDF-")
        assert owned.ids["consultation_id"].encode() in saved["csv"]


class TestPayouts:
    def test_more_than_there_is_is_refused(self, world: World, owned: Belongings) -> None:
        refused = world.post(
            owned.path("/physicians/{physician_id}/payouts"),
            "physician",
            json={"amount": {"amount": 900_000, "currency": "AUD"}},
        )

        assert refused.status_code == 409

    @pytest.mark.parametrize(
        "amount",
        [
            {"amount": -1, "currency": "AUD"},
            {"amount": 0, "currency": "AUD"},
            {"amount": 10.5, "currency": "AUD"},
            {"amount": "500", "currency": "AUD"},
            {"amount": 10**30, "currency": "AUD"},
            {"amount": 500, "currency": "aud"},
            {"amount": 500},
            500,
        ],
    )
    def test_an_unfit_amount_is_refused(self, world: World, amount: object) -> None:
        physician_id = read(world.get("/me", "physician"))["physician_id"]

        refused = world.post(
            f"/physicians/{physician_id}/payouts", "physician", json={"amount": amount}
        )

        assert read(refused, 422)["errors"]

    def test_are_listed_and_taken_back(self, world: World, owned: Belongings) -> None:
        path = owned.path("/payouts/{payout_id}")
        listed = read(world.get(owned.path("/physicians/{physician_id}/payouts"), "physician"))

        taken_back = world.post(f"{path}/cancellation", "physician")

        assert [one["status"] for one in listed["items"]] == ["requested"]
        assert taken_back.status_code == 204
        assert read(world.get(path, "physician"))["status"] == "cancelled"

    def test_the_account_shows_how_far_it_is(self, world: World, owned: Belongings) -> None:
        account = read(
            world.get(owned.path("/physicians/{physician_id}/payout-account"), "physician")
        )

        assert account["status"] == "opening"

    def test_bank_details_are_checked(self, world: World, owned: Belongings) -> None:
        refused = world.put(
            owned.path("/physicians/{physician_id}/payout-account/bank-account"),
            "physician",
            json={
                "country": "Australia",
                "currency": "AUD",
                "account_name": "A",
                "account_number": "1",
                "routing_type": "bsb",
                "routing_value": "1",
            },
        )

        fields = {one["field"] for one in read(refused, 422)["errors"]}
        assert fields == {"country", "account_number"}
