"""
Airwallex's financial transactions and balances, over HTTP from the sandbox.
"""

from collections.abc import Iterator
from decimal import Decimal
from uuid import uuid4

import httpx
import pytest
from attrs import define

from adapters.airwallex.client import AirwallexClient
from adapters.airwallex.ledger_feed import AirwallexLedgerFeed
from adapters.system.clock import SystemClock
from application.reconciliation.ports import FeedReading, FeedSilent
from domain.reconciliation.items import Item, ItemKind, Source, gaps
from domain.shared.money import Money
from tests.entrypoints.sandbox.airwallex_api import Api, signed_in

K = ItemKind


@define
class Desk:
    api: Api
    feed: AirwallexLedgerFeed

    def read(self, since: str | None = None) -> FeedReading:
        return self.feed.read(since=since)

    def items(self, *kinds: ItemKind) -> list[Item]:
        return [item for item in self.read().items if item.kind in kinds]


@pytest.fixture
def desk() -> Iterator[Desk]:
    with (
        signed_in() as api,
        httpx.Client(base_url=f"{api.world.url}/airwallex", timeout=20, trust_env=False) as http,
    ):
        client = AirwallexClient(
            http,
            client_id="scripted_sandbox_client",
            api_key="scripted_sandbox_key",
            clock=SystemClock(),
        )
        yield Desk(api, AirwallexLedgerFeed(client, SystemClock()))


def aud(text: str) -> Money:
    return Money.from_major(Decimal(text), "AUD")


class TestItems:
    def test_what_came_in_is_funding(self, desk: Desk) -> None:
        deposit = desk.api.world.control("airwallex/deposit", amount="700.00", currency="AUD")

        told = next(
            item for item in desk.items(K.FUNDING) if deposit["id"].casefold() in item.references
        )

        assert (told.amount, told.source) == (aud("700.00"), Source.PAYOUT_VENDOR)

    def test_a_transfer_is_told_once_it_left(self, desk: Desk) -> None:
        transfer = desk.api.transfer(str(uuid4()), "250.10")
        assert desk.items(K.PAYOUT) == []

        desk.api.step(transfer, "PROCESSING")

        (told,) = desk.items(K.PAYOUT)
        assert told.amount.minor <= -25010
        assert transfer["id"].casefold() in told.references

    def test_a_transfer_that_failed_comes_back(self, desk: Desk) -> None:
        transfer = desk.api.transfer(str(uuid4()), "250.10")
        desk.api.step(transfer, "PROCESSING", "SENT", "FAILED", "CANCELLED")

        out, back = desk.items(K.PAYOUT, K.PAYOUT_UNDONE)

        assert out.amount == -back.amount
        assert out.references == back.references


class TestReading:
    def test_pages_through_everything(self, desk: Desk) -> None:
        for _ in range(205):
            desk.api.world.control("airwallex/deposit", amount="1.00", currency="NZD")

        told = [item for item in desk.items(K.FUNDING) if item.amount.currency.code == "NZD"]

        assert len({item.key for item in told}) == 205

    def test_goes_on_from_its_position_with_a_day_of_overlap(self, desk: Desk) -> None:
        desk.api.world.pass_time(3 * 24 * 3600)
        desk.api.world.control("airwallex/deposit", amount="700.00", currency="AUD")
        position = desk.read().position
        desk.api.world.pass_time(3600)
        desk.api.world.control("airwallex/deposit", amount="800.00", currency="AUD")

        told = desk.read(since=position).items

        assert {item.amount for item in told} == {aud("700.00"), aud("800.00")}

    def test_states_balances_that_the_items_make(self, desk: Desk) -> None:
        transfer = desk.api.transfer(str(uuid4()), "250.10")
        desk.api.step(transfer, "PROCESSING")
        desk.api.transfer(str(uuid4()), "9.00")

        reading = desk.read()

        sums = {place[1].code: amount for place, amount in gaps(reading.items).items()}
        for paper in ("current balance", "balance history"):
            stated = {
                each.amount.currency.code: each.amount
                for each in reading.balances
                if each.stated_by == paper
            }
            assert stated == sums

    def test_says_when_the_vendor_is_silent(self, desk: Desk) -> None:
        desk.api.world.fault(
            "airwallex", "respond_500_before", match={"path": "*/financial_transactions"}
        )

        with pytest.raises(FeedSilent):
            desk.read()

    def test_signs_in_again_in_the_middle(self, desk: Desk) -> None:
        desk.read()
        desk.api.world.control("airwallex/expire_tokens")

        assert desk.read().balances
