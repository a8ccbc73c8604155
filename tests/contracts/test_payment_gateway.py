"""
What a card processor promises, in memory and as Stripe in the sandbox over HTTP.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID, uuid4

import pytest
from attrs import define, frozen

from adapters.stripe.payments import StripePayments
from application.payments.ports import (
    PaymentGateway,
    PaymentInstruction,
    PaymentOutcomeUnknown,
    PaymentRefused,
    RefundGateway,
    RefundInstruction,
    StartedPayment,
)
from domain.payments.payment import Finding, PaymentNotFound
from domain.payments.refund import RefundFinding, RefundNotFound
from domain.shared.ids import ConsultationId, PaymentId, RefundId
from tests.entrypoints.sandbox.stripe_world import Shop, sdk
from tests.entrypoints.sandbox.stripe_world import shop as open_shop
from tests.fakes.money import dollars
from tests.fakes.payments import InMemoryProcessor

CONSULTATION = ConsultationId(UUID(int=3))
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Gateway(PaymentGateway, RefundGateway, Protocol):
    pass


class Processor(Protocol):
    """The gateway, and the deeds of the patient and the bank behind it."""

    @property
    def gateway(self) -> Gateway: ...

    def pay(self, reference: str) -> None: ...

    def refuse_card(self, reference: str) -> None: ...

    def fail_refund(self, reference: str) -> None: ...

    def refund_by_hand(self, reference: str) -> str: ...

    def lose_the_next_answer(self) -> None: ...


@frozen
class Memory:
    gateway: InMemoryProcessor

    def pay(self, reference: str) -> None:
        self.gateway.report(reference, Finding.AUTHORISED)

    def refuse_card(self, reference: str) -> None:
        self.gateway.report(reference, Finding.DECLINED)

    def fail_refund(self, reference: str) -> None:
        self.gateway.report_refund(reference, RefundFinding.FAILED)

    def refund_by_hand(self, reference: str) -> str:
        return self.gateway.refund_by_hand(reference, dollars(5))

    def lose_the_next_answer(self) -> None:
        self.gateway.silent = True


@define
class Played:
    gateway: StripePayments
    shop: Shop

    def pay(self, reference: str) -> None:
        self.shop.v1.payment_intents.confirm(reference, {"payment_method": "pm_card_visa"})

    def refuse_card(self, reference: str) -> None:
        with pytest.raises(Exception, match="declined"):
            self.shop.v1.payment_intents.confirm(
                reference, {"payment_method": "pm_card_chargeDeclined"}
            )

    def fail_refund(self, reference: str) -> None:
        self.shop.control("fail_refund", id=reference)

    def refund_by_hand(self, reference: str) -> str:
        made = self.shop.control("refund", payment_intent=reference, amount=500)
        return str(made["id"])

    def lose_the_next_answer(self) -> None:
        self.shop.fault("respond_500_after_commit", match={"method": "POST"})


@pytest.fixture(params=["memory", "stripe"])
def processor(request: pytest.FixtureRequest) -> Iterator[Processor]:
    if request.param == "memory":
        yield Memory(InMemoryProcessor())
        return
    with open_shop() as shop, sdk(shop.world.url) as client:
        yield Played(StripePayments(client, f"{shop.world.url}/stripe/pay"), shop)


def instruction() -> PaymentInstruction:
    return PaymentInstruction(
        payment_id=PaymentId(uuid4()), consultation_id=CONSULTATION, amount=dollars(100)
    )


def start(processor: Processor, given: PaymentInstruction) -> StartedPayment:
    return processor.gateway.start(given, return_url="https://portal.test/paid?x=1")


@pytest.fixture
def given() -> PaymentInstruction:
    return instruction()


@pytest.fixture
def reference(processor: Processor, given: PaymentInstruction) -> str:
    return start(processor, given).reference


def capture(processor: Processor, reference: str, given: PaymentInstruction) -> None:
    processor.pay(reference)
    processor.gateway.capture(reference, payment_id=given.payment_id)


class TestStart:
    def test_leads_to_the_processors_own_page(
        self, processor: Processor, given: PaymentInstruction
    ) -> None:
        started = start(processor, given)

        assert started.reference in started.redirect_url
        assert "return_url=" in started.redirect_url
        assert processor.gateway.find(started.reference).report.finding is Finding.UNPAID

    def test_the_same_payment_again_is_the_first(
        self, processor: Processor, given: PaymentInstruction
    ) -> None:
        assert start(processor, given) == start(processor, given)

    def test_an_answer_that_was_lost_is_found_again_by_asking_the_same(
        self, processor: Processor, given: PaymentInstruction
    ) -> None:
        processor.lose_the_next_answer()
        with pytest.raises(PaymentOutcomeUnknown):
            start(processor, given)

        found = processor.gateway.find(start(processor, given).reference)

        assert found.payment_id == given.payment_id

    def test_goes_on_where_it_was_left(
        self, processor: Processor, given: PaymentInstruction
    ) -> None:
        started = start(processor, given)

        resumed = processor.gateway.resume(
            started.reference, return_url="https://portal.test/paid?x=1"
        )

        assert resumed == started


class TestFind:
    def test_carries_our_own_identifier_and_the_amount(
        self, processor: Processor, given: PaymentInstruction, reference: str
    ) -> None:
        processor.pay(reference)

        found = processor.gateway.find(reference)

        assert found.payment_id == given.payment_id
        assert found.report.finding is Finding.AUTHORISED
        assert found.report.amount == dollars(100)

    def test_a_declined_card_shows(self, processor: Processor, reference: str) -> None:
        processor.refuse_card(reference)

        assert processor.gateway.find(reference).report.finding is Finding.DECLINED

    def test_what_the_processor_does_not_know_is_not_found(self, processor: Processor) -> None:
        with pytest.raises(PaymentNotFound):
            processor.gateway.find("pi_unknown")


class TestCapture:
    def test_takes_what_was_set_aside(
        self, processor: Processor, given: PaymentInstruction, reference: str
    ) -> None:
        processor.pay(reference)

        found = processor.gateway.capture(reference, payment_id=given.payment_id)

        assert found.report.finding is Finding.CAPTURED
        assert found.report.amount == dollars(100)

    def test_again_after_a_lost_answer_takes_it_once(
        self, processor: Processor, given: PaymentInstruction, reference: str
    ) -> None:
        processor.pay(reference)
        processor.lose_the_next_answer()
        with pytest.raises(PaymentOutcomeUnknown):
            processor.gateway.capture(reference, payment_id=given.payment_id)

        found = processor.gateway.capture(reference, payment_id=given.payment_id)

        assert found.report.finding is Finding.CAPTURED

    def test_of_what_was_never_paid_says_how_it_stands(
        self, processor: Processor, given: PaymentInstruction, reference: str
    ) -> None:
        found = processor.gateway.capture(reference, payment_id=given.payment_id)

        assert found.report.finding is Finding.UNPAID


class TestCancel:
    def test_lets_go(self, processor: Processor, given: PaymentInstruction, reference: str) -> None:
        processor.pay(reference)

        found = processor.gateway.cancel(reference, payment_id=given.payment_id)

        assert found.report.finding is Finding.CANCELLED

    def test_of_what_was_captured_says_so(
        self, processor: Processor, given: PaymentInstruction, reference: str
    ) -> None:
        capture(processor, reference, given)

        found = processor.gateway.cancel(reference, payment_id=given.payment_id)

        assert found.report.finding is Finding.CAPTURED


class TestRefund:
    @pytest.fixture
    def refund(
        self, processor: Processor, given: PaymentInstruction, reference: str
    ) -> RefundInstruction:
        capture(processor, reference, given)
        return RefundInstruction(
            refund_id=RefundId(uuid4()), payment_reference=reference, amount=dollars(40)
        )

    def test_gives_back_once_however_often_it_is_asked(
        self, processor: Processor, refund: RefundInstruction
    ) -> None:
        first, second = (processor.gateway.refund(refund) for _ in range(2))

        assert first == second
        assert first.finding is RefundFinding.SUCCEEDED
        assert (first.refund_id, first.amount) == (refund.refund_id, dollars(40))

    def test_can_fail_after_it_succeeded(
        self, processor: Processor, refund: RefundInstruction
    ) -> None:
        reference = processor.gateway.refund(refund).reference
        processor.fail_refund(reference)

        assert processor.gateway.find_refund(reference).finding is RefundFinding.FAILED

    def test_made_there_by_hand_names_its_payment_and_not_us(
        self, processor: Processor, refund: RefundInstruction
    ) -> None:
        reference = processor.refund_by_hand(refund.payment_reference)

        found = processor.gateway.find_refund(reference)

        assert (found.refund_id, found.amount) == (None, dollars(5))
        assert found.payment_reference == refund.payment_reference

    def test_ours_and_those_made_by_hand_are_listed(
        self, processor: Processor, refund: RefundInstruction
    ) -> None:
        ours = processor.gateway.refund(refund)
        by_hand = processor.refund_by_hand(refund.payment_reference)

        found = processor.gateway.refunds_since(LONG_AGO)

        assert {(each.reference, each.refund_id) for each in found} == {
            (ours.reference, refund.refund_id),
            (by_hand, None),
        }

    def test_of_an_unknown_one_is_not_found(self, processor: Processor) -> None:
        with pytest.raises(RefundNotFound):
            processor.gateway.find_refund("re_unknown")


def test_stripe_refuses_to_give_back_more_than_was_taken() -> None:
    with open_shop() as shop, sdk(shop.world.url) as client:
        processor = Played(StripePayments(client, "http://pay.test"), shop)
        given = instruction()
        reference = start(processor, given).reference
        capture(processor, reference, given)

        with pytest.raises(PaymentRefused):
            processor.gateway.refund(
                RefundInstruction(
                    refund_id=RefundId(uuid4()), payment_reference=reference, amount=dollars(101)
                )
            )
