"""
Stripe's balance transactions, over HTTP from the sandbox.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import define

from adapters.stripe.balance import StripeBalance
from adapters.system.clock import SystemClock
from application.reconciliation.ports import FeedReading, FeedSilent
from domain.reconciliation.items import Item, ItemKind, Source
from domain.reconciliation.transfers import Transfer
from domain.shared.ids import to_wire
from domain.shared.money import Money
from tests.entrypoints.sandbox.stripe_world import DAY, Shop, shop

OWN = UUID(int=77)
K = ItemKind


@define
class Counter:
    """A shop, and what its processor tells of it."""

    shop: Shop
    feed: StripeBalance

    def read(self, since: str | None = None) -> FeedReading:
        return self.feed.read(since=since)

    def items(self, *kinds: ItemKind) -> list[Item]:
        return [item for item in self.read().items if not kinds or item.kind in kinds]

    def one(self, kind: ItemKind) -> Item:
        (only,) = self.items(kind)
        return only


@pytest.fixture
def counter() -> Iterator[Counter]:
    with shop() as opened:
        yield Counter(opened, StripeBalance(opened.client, SystemClock()))


def usd(minor: int) -> Money:
    return Money.of(minor, "USD")


class TestItems:
    def test_a_payment_is_a_gross_amount_and_a_fee(self, counter: Counter) -> None:
        intent = counter.shop.pay(10000, metadata={"payment_id": str(OWN)})

        paid, fee = counter.one(K.PAYMENT), counter.one(K.FEE)

        assert (paid.amount, fee.amount) == (usd(10000), usd(-320))
        assert paid.source is Source.PROCESSOR
        assert paid.references == {
            intent.id.casefold(),
            intent.latest_charge.casefold(),
            to_wire("payment", OWN),
        }
        assert fee.external_id == f"{paid.external_id}:fee"
        assert fee.references == frozenset()

    def test_a_refund_is_known_by_its_own_names(self, counter: Counter) -> None:
        intent = counter.shop.pay(10000, metadata={"payment_id": str(OWN)})
        refund = counter.shop.v1.refunds.create(
            {
                "payment_intent": intent.id,
                "amount": 4000,
                "metadata": {"refund_id": str(OWN)},
            }
        )

        told = counter.one(K.REFUND)

        assert told.amount == usd(-4000)
        assert told.references == {refund.id.casefold(), to_wire("refund", OWN)}

    def test_a_refund_that_failed_comes_back(self, counter: Counter) -> None:
        intent = counter.shop.pay(10000)
        refund = counter.shop.v1.refunds.create({"payment_intent": intent.id, "amount": 4000})
        counter.shop.control("fail_refund", id=refund.id)

        told = counter.one(K.REFUND_UNDONE)

        assert told.amount == usd(4000)
        assert refund.id.casefold() in told.references

    def test_a_dispute_takes_the_amount_and_a_fee(self, counter: Counter) -> None:
        intent = counter.shop.pay(10000)
        dispute = counter.shop.control("create_dispute", payment_intent=intent.id)

        told = counter.one(K.DISPUTE)
        fee = next(item for item in counter.items(K.FEE) if item.references)

        assert told.amount == usd(-10000)
        assert fee.references == told.references == {dispute["id"].casefold()}

    def test_what_somebody_else_wrote_into_our_metadata_is_no_name(self, counter: Counter) -> None:
        counter.shop.pay(10000, metadata={"payment_id": "not one of ours"})

        assert len(counter.one(K.PAYMENT).references) == 2

    def test_nothing_of_the_cardholder_is_kept(self, counter: Counter) -> None:
        counter.shop.pay(10000, description="Amelia Moreau", receipt_email="amelia@example.test")

        assert "melia" not in repr(counter.read())


class TestSettlement:
    @pytest.fixture
    def payout(self, counter: Counter) -> Any:
        for amount in (10000, 5000):
            counter.shop.pay(amount)
        counter.shop.world.pass_time(3 * DAY)
        return counter.shop.control("create_payout")

    def test_is_told_with_what_it_is_made_of(self, counter: Counter, payout: Any) -> None:
        reading = counter.read()

        (end,) = [item for item in reading.items if item.kind is K.SETTLEMENT]
        members = reading.batches[payout["id"]]
        assert end.amount == usd(-payout["amount"])
        assert end.references == {payout["id"].casefold()}
        assert members == {item.external_id for item in reading.items}

    def test_is_the_sum_of_its_parts(self, counter: Counter, payout: Any) -> None:
        items = counter.read().items
        (end,) = [item for item in items if item.kind is K.SETTLEMENT]
        parts = tuple(item for item in items if item is not end)

        assert len(parts) == 4
        assert Transfer(end=end, members=parts).missing == usd(0)

    def test_that_the_bank_sent_back_is_undone(self, counter: Counter, payout: Any) -> None:
        counter.shop.control("pay_payout", id=payout["id"])
        counter.shop.control("fail_payout", id=payout["id"])

        assert counter.one(K.SETTLEMENT_UNDONE).amount == usd(payout["amount"])


class TestReading:
    def test_pages_through_everything(self, counter: Counter) -> None:
        for _ in range(105):
            counter.shop.pay(100)

        assert len({item.key for item in counter.items(K.PAYMENT)}) == 105

    def test_goes_on_from_its_position_with_a_day_of_overlap(self, counter: Counter) -> None:
        first = counter.shop.pay(100)
        counter.shop.world.pass_time(5 * DAY)
        counter.shop.pay(200)
        position = counter.read().position
        counter.shop.world.pass_time(3600)
        counter.shop.pay(300)

        later = counter.read(since=position)

        paid = [item.amount.minor for item in later.items if item.kind is K.PAYMENT]
        assert sorted(paid) == [200, 300]
        assert first.id.casefold() not in repr(later)

    def test_states_the_balance_that_the_items_make(self, counter: Counter) -> None:
        counter.shop.pay(10000)
        counter.shop.world.pass_time(3 * DAY)
        counter.shop.pay(5000)

        reading = counter.read()

        (stated,) = reading.balances
        assert stated.amount.minor == sum(item.amount.minor for item in reading.items)
        assert all(item.at <= stated.at for item in reading.items)

    def test_covers_what_was_before_it_was_asked(self, counter: Counter) -> None:
        before = datetime.now(UTC)

        reading = counter.read()

        assert before <= reading.covers_until <= before + timedelta(seconds=30)
        assert reading.items == ()

    def test_says_when_the_vendor_is_silent(self, counter: Counter) -> None:
        counter.shop.fault("respond_500_before", match={"path": "*/balance_transactions"})

        with pytest.raises(FeedSilent):
            counter.read()
