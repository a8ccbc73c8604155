"""
The vendor's own SDK, pointed at a sandbox in which nothing happens unless a test asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import stripe
from attrs import define

from tests.entrypoints.sandbox.vendor_world import World, world

SECRET_KEY = "sk_test_scripted"
WEBHOOK_SECRET = "whsec_scripted"
DAY = 24 * 3600


@contextmanager
def sdk(url: str, *, key: str = SECRET_KEY, retries: int = 0) -> Iterator[stripe.StripeClient]:
    http = stripe.RequestsClient(timeout=10)
    addresses: Any = {"api": f"{url}/stripe", "files": f"{url}/stripe"}
    try:
        yield stripe.StripeClient(
            key, base_addresses=addresses, http_client=http, max_network_retries=retries
        )
    finally:
        http.close()  # type: ignore[no-untyped-call]


def error_of(refusal: pytest.ExceptionInfo[Any]) -> Any:
    """
    The error object of an answer that the SDK raised.
    """
    return refusal.value.error


@define
class Shop:
    """
    What a platform does with Stripe, in short.
    """

    world: World
    client: stripe.StripeClient

    @property
    def v1(self) -> Any:
        return self.client.v1

    def control(self, action: str, **payload: Any) -> dict[str, Any]:
        return self.world.control(f"stripe/{action}", **payload)

    def fault(self, name: str, **params: Any) -> None:
        self.world.fault("stripe", name, **params)

    def pay(self, amount: int = 5000, card: str = "pm_card_visa", **params: Any) -> Any:
        """
        A confirmed PaymentIntent in dollars.
        """
        options = params.pop("options", {})
        return self.v1.payment_intents.create(
            params={
                "amount": amount,
                "currency": "usd",
                "payment_method": card,
                "payment_method_types": ["card"],
                "confirm": True,
                **params,
            },
            options=options,
        )

    def authorise(self, amount: int = 5000, **params: Any) -> Any:
        return self.pay(amount, capture_method="manual", **params)

    def charge(self, intent: Any) -> Any:
        return self.v1.charges.retrieve(intent.latest_charge)

    def entries(self, **filters: Any) -> list[Any]:
        """
        Balance transactions, oldest first.
        """
        listed = self.v1.balance_transactions.list(params={"limit": 100, **filters})
        return list(listed.data)[::-1]

    def told(self) -> list[str]:
        """
        The types of all events so far, oldest first.
        """
        return [event.type for event in self.v1.events.list(params={"limit": 100}).data][::-1]


@contextmanager
def shop(*, autopilot: bool = False, **secrets: str) -> Iterator[Shop]:
    with world(autopilot=autopilot, **secrets) as around, sdk(around.url) as client:
        yield Shop(around, client)
