from __future__ import annotations

import threading

import pytest
import stripe

from tests.entrypoints.sandbox.stripe_world import DAY, Shop, sdk

KEY = {"idempotency_key": "payment-1"}


def test_a_repeated_request_gets_the_first_answer(shop: Shop) -> None:
    first = shop.pay(options=KEY)
    again = shop.pay(options=KEY)

    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(shop.v1.payment_intents.list().data) == 1
    assert len(shop.entries()) == 1


def test_a_repeated_decline_is_declined_again_without_a_second_attempt(shop: Shop) -> None:
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            shop.pay(card="pm_card_visa_chargeDeclined", options=KEY)

    assert len(shop.v1.charges.list().data) == 1


def test_the_same_key_with_another_body_is_refused(shop: Shop) -> None:
    shop.pay(5000, options=KEY)

    with pytest.raises(stripe.IdempotencyError):
        shop.pay(5001, options=KEY)
    with pytest.raises(stripe.IdempotencyError):
        shop.v1.customers.create(options=KEY)


def test_a_key_lives_for_a_day(shop: Shop) -> None:
    first = shop.pay(options=KEY)
    shop.world.pass_time(DAY - 60)
    assert shop.pay(options=KEY).id == first.id

    shop.world.pass_time(120)
    assert shop.pay(options=KEY).id != first.id


def test_a_malformed_request_does_not_use_the_key_up(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        shop.pay(1, options=KEY)

    assert shop.pay(5000, options=KEY).status == "succeeded"


def test_while_the_first_is_being_worked_on_the_second_conflicts(shop: Shop) -> None:
    shop.fault("slow_work", seconds=3)
    answers: list[stripe.PaymentIntent] = []
    first = threading.Thread(target=lambda: answers.append(shop.pay(options=KEY)))
    first.start()
    while shop.world.http.get(f"{shop.world.url}/_sandbox/faults").json()["scripted"]:
        pass

    with sdk(shop.world.url) as other, pytest.raises(stripe.APIError) as conflict:
        Shop(shop.world, other).pay(options=KEY)
    first.join()

    assert conflict.value.http_status == 409
    assert len(shop.v1.payment_intents.list().data) == len(answers) == 1


def test_the_sdk_retries_a_conflict_by_itself(shop: Shop) -> None:
    shop.fault("idempotency_key_in_use")

    with sdk(shop.world.url, retries=1) as patient:
        assert Shop(shop.world, patient).pay(options=KEY).status == "succeeded"
