from __future__ import annotations

import httpx
import pytest
import stripe

from tests.entrypoints.sandbox.stripe_world import DAY, Shop, error_of, sdk


class TestAuthorisation:
    def test_holds_the_amount_without_taking_it(self, shop: Shop) -> None:
        intent = shop.authorise(5000)

        assert (intent.status, intent.amount_capturable) == ("requires_capture", 5000)
        assert not shop.charge(intent).captured
        assert shop.entries() == []
        assert "payment_intent.amount_capturable_updated" in shop.told()

    def test_is_captured_with_a_fee_and_becomes_available_two_days_later(self, shop: Shop) -> None:
        intent = shop.v1.payment_intents.capture(
            shop.authorise(5000).id, params={"expand": ["latest_charge.balance_transaction"]}
        )

        entry = intent.latest_charge.balance_transaction
        assert (intent.status, intent.amount_received) == ("succeeded", 5000)
        assert (entry.amount, entry.fee, entry.net) == (5000, 175, 4825)
        assert (entry.type, entry.status) == ("charge", "pending")
        assert DAY < entry.available_on - entry.created <= 2 * DAY
        shop.world.pass_time(2 * DAY)
        assert shop.entries()[0].status == "available"
        assert shop.v1.balance.retrieve().available[0].amount == 4825

    def test_is_captured_in_part_and_the_rest_released(self, shop: Shop) -> None:
        intent = shop.authorise(5000)
        shop.v1.payment_intents.capture(intent.id, params={"amount_to_capture": 3000})

        charge = shop.v1.charges.retrieve(
            shop.v1.payment_intents.retrieve(intent.id).latest_charge,
            params={"expand": ["refunds"]},
        )
        assert (charge.amount_captured, charge.amount_refunded) == (3000, 2000)
        assert charge.refunds.data[0].balance_transaction is None
        assert [entry.amount for entry in shop.entries()] == [3000]

    def test_is_not_captured_for_more_nor_twice(self, shop: Shop) -> None:
        intent = shop.authorise(5000)

        with pytest.raises(stripe.InvalidRequestError) as too_much:
            shop.v1.payment_intents.capture(intent.id, params={"amount_to_capture": 5001})
        shop.v1.payment_intents.capture(intent.id)
        with pytest.raises(stripe.InvalidRequestError) as again:
            shop.v1.payment_intents.capture(intent.id)

        assert too_much.value.code == "amount_too_large"
        assert again.value.code == "payment_intent_unexpected_state"
        assert error_of(again).payment_intent.status == "succeeded"
        assert len(shop.entries()) == 1

    def test_is_released_when_canceled(self, shop: Shop) -> None:
        intent = shop.v1.payment_intents.cancel(
            shop.authorise(5000).id, params={"cancellation_reason": "abandoned"}
        )

        assert (intent.status, intent.cancellation_reason) == ("canceled", "abandoned")
        assert shop.charge(intent).refunded
        assert shop.entries() == []
        assert shop.told()[-2:] == ["charge.refunded", "payment_intent.canceled"]

    def test_expires_after_seven_days(self, shop: Shop) -> None:
        intent = shop.authorise(5000)
        shop.world.pass_time(7 * DAY + 1)

        expired = shop.v1.payment_intents.retrieve(intent.id)
        assert (expired.status, expired.cancellation_reason) == ("canceled", "automatic")
        assert "charge.expired" in shop.told()

    def test_that_was_captured_does_not_expire(self, shop: Shop) -> None:
        intent = shop.authorise(5000)
        shop.v1.payment_intents.capture(intent.id)
        shop.world.pass_time(8 * DAY)

        assert shop.v1.payment_intents.retrieve(intent.id).status == "succeeded"


class TestDecline:
    @pytest.mark.parametrize(
        ("card", "code", "decline_code"),
        [
            ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
            (
                "pm_card_visa_chargeDeclinedInsufficientFunds",
                "card_declined",
                "insufficient_funds",
            ),
            ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ],
    )
    def test_says_why(self, shop: Shop, card: str, code: str, decline_code: str | None) -> None:
        with pytest.raises(stripe.CardError) as declined:
            shop.pay(card=card)

        error = error_of(declined)
        assert declined.value.http_status == 402
        assert (error.type, error.code, error.decline_code) == (
            "card_error",
            code,
            decline_code,
        )
        assert error.payment_intent.status == "requires_payment_method"

    def test_keeps_the_failed_attempt_and_lets_another_card_pay(self, shop: Shop) -> None:
        with pytest.raises(stripe.CardError) as declined:
            shop.pay(card="pm_card_visa_chargeDeclined")
        id = error_of(declined).payment_intent.id

        kept = shop.v1.payment_intents.retrieve(id)
        assert kept.last_payment_error.decline_code == "generic_decline"
        assert shop.charge(kept).status == "failed"
        assert shop.told()[-2:] == ["charge.failed", "payment_intent.payment_failed"]
        paid = shop.v1.payment_intents.confirm(
            id, params={"payment_method": "pm_card_visa", "return_url": "https://x.test"}
        )
        assert (paid.status, paid.last_payment_error) == ("succeeded", None)

    def test_asks_for_authentication_when_nobody_is_there(self, shop: Shop) -> None:
        with pytest.raises(stripe.CardError) as declined:
            shop.pay(card="pm_card_authenticationRequired", off_session=True)

        assert declined.value.code == "authentication_required"


class TestAuthentication:
    def test_waits_for_the_cardholder(self, shop: Shop) -> None:
        intent = shop.pay(card="pm_card_authenticationRequired", return_url="https://x.test/back")

        assert intent.status == "requires_action"
        assert intent.next_action.redirect_to_url.return_url == "https://x.test/back"
        shop.control("authenticate", payment_intent=intent.id, approved=True)
        assert shop.v1.payment_intents.retrieve(intent.id).status == "succeeded"

    def test_that_fails_asks_for_another_card(self, shop: Shop) -> None:
        intent = shop.pay(card="pm_card_authenticationRequired", return_url="https://x.test/back")
        shop.control("authenticate", payment_intent=intent.id, approved=False)

        failed = shop.v1.payment_intents.retrieve(intent.id)
        assert failed.status == "requires_payment_method"
        assert failed.last_payment_error.code == "payment_intent_authentication_failure"


class TestRequests:
    def test_need_the_right_key(self, shop: Shop) -> None:
        with (
            sdk(shop.world.url, key="sk_test_somebody_else") as stranger,
            pytest.raises(stripe.AuthenticationError) as refused,
        ):
            stranger.v1.balance.retrieve()

        assert "somebody" not in str(refused.value)
        assert refused.value.http_status == 401

    def test_may_give_the_key_as_user_name(self, shop: Shop) -> None:
        url = f"{shop.world.url}/stripe/v1/balance"

        assert shop.world.http.get(url, auth=("sk_test_scripted", "")).status_code == 200
        assert shop.world.http.get(url).status_code == 401

    def test_with_an_unknown_parameter_are_refused(self, shop: Shop) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.v1.payment_intents.create(
                params={"amount": 500, "currency": "usd", "colour": "blue"}
            )

        assert (refused.value.code, refused.value.param) == ("parameter_unknown", "colour")

    @pytest.mark.parametrize(
        ("params", "code"),
        [
            ({"currency": "usd"}, "parameter_missing"),
            ({"amount": 20, "currency": "usd"}, "amount_too_small"),
            ({"amount": 99_999_999_9, "currency": "usd"}, "amount_too_large"),
            ({"amount": "12.50", "currency": "usd"}, "parameter_invalid_integer"),
            ({"amount": 500, "currency": "usd", "customer": "cus_none"}, "resource_missing"),
        ],
    )
    def test_with_a_wrong_parameter_are_refused(
        self, shop: Shop, params: dict[str, object], code: str
    ) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.v1.payment_intents.create(params=params)

        assert (refused.value.http_status, refused.value.code) == (400, code)
        assert shop.v1.payment_intents.list().data == []

    def test_for_something_that_is_not_there_are_answered_404(self, shop: Shop) -> None:
        with pytest.raises(stripe.InvalidRequestError) as missing:
            shop.v1.payment_intents.retrieve("pi_none")

        assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")

    def test_to_no_known_address_are_answered_in_stripes_shape(self, shop: Shop) -> None:
        answer = shop.world.http.get(f"{shop.world.url}/stripe/v1/unicorns")

        assert answer.status_code == 404
        assert answer.json()["error"]["type"] == "invalid_request_error"

    def test_confirming_at_once_need_a_return_url_while_redirects_are_possible(
        self, shop: Shop
    ) -> None:
        params = {
            "amount": 500,
            "currency": "usd",
            "confirm": True,
            "payment_method": "pm_card_visa",
        }

        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.v1.payment_intents.create(params=params)
        paid = shop.v1.payment_intents.create(
            params={
                **params,
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            }
        )

        assert refused.value.param == "return_url"
        assert paid.status == "succeeded"

    def test_are_each_given_an_id(self, shop: Shop) -> None:
        answer = shop.v1.balance.retrieve()

        assert answer.last_response.request_id.startswith("req_")


class TestMetadata:
    def test_is_merged_and_an_empty_value_removes_its_key(self, shop: Shop) -> None:
        intent = shop.v1.payment_intents.create(
            params={"amount": 500, "currency": "usd", "metadata": {"a": "1", "_b": "2"}}
        )
        updated = shop.v1.payment_intents.update(
            intent.id, params={"metadata": {"a": "", "c": "3"}}
        )

        assert updated.metadata.to_dict() == {"_b": "2", "c": "3"}


class TestCustomers:
    def test_keep_their_payment_methods(self, shop: Shop) -> None:
        customer = shop.v1.customers.create(params={"email": "a@example.test"})
        method = shop.v1.payment_methods.attach("pm_card_visa", params={"customer": customer.id})

        listed = shop.v1.customers.payment_methods.list(customer.id)
        assert [each.id for each in listed.data] == [method.id]
        assert method.card.last4 == "4242"
        paid = shop.pay(card=method.id, customer=customer.id)
        assert paid.payment_method == method.id

    def test_cannot_use_each_others_cards(self, shop: Shop) -> None:
        mine, yours = (shop.v1.customers.create() for _ in range(2))
        method = shop.v1.payment_methods.attach("pm_card_visa", params={"customer": mine.id})

        with pytest.raises(stripe.InvalidRequestError):
            shop.pay(card=method.id, customer=yours.id)
        with pytest.raises(stripe.InvalidRequestError):
            shop.v1.payment_methods.attach(method.id, params={"customer": yours.id})

    def test_once_deleted_take_no_changes(self, shop: Shop) -> None:
        customer = shop.v1.customers.create()

        assert shop.v1.customers.delete(customer.id).deleted
        with pytest.raises(stripe.InvalidRequestError):
            shop.v1.customers.update(customer.id, params={"name": "x"})

    def test_never_send_a_card_number(self, shop: Shop) -> None:
        with pytest.raises(stripe.StripeError, match="unsafe"):
            shop.v1.payment_methods.create(
                params={"type": "card", "card": {"number": "4242424242424242"}}
            )


class TestLists:
    def test_are_paged_by_cursor_newest_first(self, shop: Shop) -> None:
        made = [shop.v1.customers.create().id for _ in range(5)]

        first = shop.v1.customers.list(params={"limit": 2})
        second = shop.v1.customers.list(params={"limit": 2, "starting_after": first.data[-1].id})
        back = shop.v1.customers.list(params={"limit": 2, "ending_before": second.data[-1].id})

        assert [each.id for each in first.data] == made[:2:-1]
        assert (first.has_more, second.has_more) == (True, True)
        assert [each.id for each in back.data] == [made[3], made[2]]
        assert [each.id for each in first.auto_paging_iter()] == made[::-1]

    def test_are_filtered_by_time(self, shop: Shop) -> None:
        shop.pay()
        shop.world.pass_time(DAY)
        later = shop.pay(700)
        since = shop.charge(later).created

        listed = shop.v1.charges.list(params={"created": {"gte": since}})
        assert [each.id for each in listed.data] == [later.latest_charge]

    def test_refuse_a_limit_out_of_range(self, shop: Shop) -> None:
        for limit in (0, 101):
            with pytest.raises(stripe.InvalidRequestError):
                shop.v1.charges.list(params={"limit": limit})

    def test_find_a_payment_by_our_own_number(self, shop: Shop) -> None:
        wanted = shop.pay(metadata={"payment_id": "pay_1"})
        shop.pay(metadata={"payment_id": "pay_2"})

        found = shop.v1.payment_intents.search(params={"query": "metadata['payment_id']:'pay_1'"})
        assert [each.id for each in found.data] == [wanted.id]


class TestExpansion:
    def test_reaches_into_lists(self, shop: Shop) -> None:
        shop.pay()

        listed = shop.v1.payment_intents.list(params={"expand": ["data.latest_charge"]})
        assert listed.data[0].latest_charge.object == "charge"

    def test_of_what_is_no_object_is_refused(self, shop: Shop) -> None:
        intent = shop.pay()

        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            shop.v1.payment_intents.retrieve(intent.id, params={"expand": ["currency"]})


def test_the_app_serves_the_overview_without_script(shop: Shop) -> None:
    shop.pay()
    page = httpx.get(shop.world.url, trust_env=False)

    assert page.status_code == 200
    assert "payment intent" in page.text
    assert "<script" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
