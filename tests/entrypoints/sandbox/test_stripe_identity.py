from __future__ import annotations

import pytest
import stripe

from tests.entrypoints.sandbox.stripe_world import Shop
from tests.entrypoints.sandbox.stripe_world import shop as open_shop

OUTPUTS = {"first_name": "Amelia", "last_name": "Moreau"}


def start(shop: Shop) -> str:
    session = shop.v1.identity.verification_sessions.create(
        params={"type": "document", "metadata": {"physician_id": "ph_1"}}
    )
    assert session.status == "requires_input"
    assert session.url.startswith(shop.world.url)
    return str(session.id)


class TestVerificationSession:
    def test_is_verified_and_shows_what_was_checked_only_when_asked(self, shop: Shop) -> None:
        id = start(shop)
        shop.control("process_identity", id=id)
        shop.control("verify_identity", id=id, outputs=OUTPUTS)

        plain = shop.v1.identity.verification_sessions.retrieve(id)
        asked = shop.v1.identity.verification_sessions.retrieve(
            id, params={"expand": ["verified_outputs", "last_verification_report"]}
        )
        assert plain.status == "verified"
        assert "verified_outputs" not in plain
        assert asked.verified_outputs.last_name == "Moreau"
        assert asked.last_verification_report.document.status == "verified"
        assert shop.told()[-2:] == [
            "identity.verification_session.processing",
            "identity.verification_session.verified",
        ]

    def test_that_fails_says_why_and_may_be_tried_again(self, shop: Shop) -> None:
        id = start(shop)
        shop.control("reject_identity", id=id, code="document_expired", reason="It has expired.")

        failed = shop.v1.identity.verification_sessions.retrieve(id)
        assert (failed.status, failed.last_error.code) == ("requires_input", "document_expired")
        assert shop.told()[-1] == "identity.verification_session.requires_input"
        shop.control("verify_identity", id=id)
        assert shop.v1.identity.verification_sessions.retrieve(id).last_error is None

    def test_canceled_takes_no_more_input(self, shop: Shop) -> None:
        id = start(shop)
        assert shop.v1.identity.verification_sessions.cancel(id).status == "canceled"

        with pytest.raises(stripe.InvalidRequestError):
            shop.v1.identity.verification_sessions.cancel(id)

    def test_redacted_forgets_the_person(self, shop: Shop) -> None:
        id = start(shop)
        shop.control("verify_identity", id=id, outputs=OUTPUTS)

        redacted = shop.v1.identity.verification_sessions.redact(id)
        assert redacted.redaction.status == "redacted"
        state = shop.world.http.get(f"{shop.world.url}/_sandbox/state/stripe").json()
        held = str(state["verification_session"]) + str(state["verification_report"])
        assert "Moreau" not in held

    def test_is_listed_by_status(self, shop: Shop) -> None:
        first, second = start(shop), start(shop)
        shop.control("verify_identity", id=first)

        listed = shop.v1.identity.verification_sessions.list(params={"status": "requires_input"})
        assert [session.id for session in listed.data] == [second]

    def test_is_verified_by_itself_under_autopilot(self) -> None:
        with open_shop(autopilot=True) as shop:
            id = start(shop)
            shop.world.pass_time(10)

            assert shop.v1.identity.verification_sessions.retrieve(id).status == "verified"

    def test_is_answered_on_its_page(self, shop: Shop) -> None:
        id = start(shop)
        page = f"{shop.world.url}/stripe/verify/{id}"

        assert "Hand in" in shop.world.http.get(page).text
        shop.world.http.post(page, data={"document": "unreadable"})
        failed = shop.v1.identity.verification_sessions.retrieve(id)
        assert failed.last_error.code == "document_unverified_other"
        shop.world.http.post(page, data={"document": "good"})
        assert shop.v1.identity.verification_sessions.retrieve(id).status == "processing"
