"""
What the processor promises of disputes, in memory and as Stripe in the sandbox over HTTP.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

import pytest
from attrs import define, frozen

from adapters.stripe.disputes import StripeDisputes
from application.payments.dispute_ports import DisputeGateway
from application.payments.ports import PaymentOutcomeUnknown, PaymentRefused
from domain.payments.dispute import DisputeFinding, DisputeNotFound
from domain.payments.evidence import Evidence
from domain.shared.ids import DisputeId
from tests.entrypoints.sandbox.stripe_world import Shop, sdk
from tests.entrypoints.sandbox.stripe_world import shop as open_shop
from tests.fakes.disputes import InMemoryBank
from tests.fakes.money import dollars

DISPUTE = DisputeId(UUID(int=1))
EVIDENCE = Evidence(
    explanation="The consultation took place.",
    service_on="2026-03-02",
    product="A consultation.",
    receipt="Payment: 50.00 AUD.",
    refund_policy="Nothing comes back.",
    activity="02 March 2026: completed.",
)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Bank(Protocol):
    """The gateway, and the deeds of the cardholder's bank behind it."""

    @property
    def gateway(self) -> DisputeGateway: ...

    def open(self, *, inquiry: bool = False) -> str: ...

    def win(self, reference: str) -> None: ...

    def lose(self, reference: str) -> None: ...

    def withdraw(self, reference: str) -> None: ...

    def reinstate(self, reference: str) -> None: ...

    def lose_the_next_answer(self) -> None: ...


@frozen
class Memory:
    gateway: InMemoryBank

    def open(self, *, inquiry: bool = False) -> str:
        return self.gateway.open("pi_1", dollars(50), inquiry=inquiry)

    def win(self, reference: str) -> None:
        self.gateway.win(reference)

    def lose(self, reference: str) -> None:
        self.gateway.lose(reference)

    def withdraw(self, reference: str) -> None:
        self.gateway.withdraw(reference)

    def reinstate(self, reference: str) -> None:
        self.gateway.reinstate(reference)

    def lose_the_next_answer(self) -> None:
        self.gateway.silent = True


@define
class Played:
    gateway: StripeDisputes
    shop: Shop

    def open(self, *, inquiry: bool = False) -> str:
        payment = self.shop.pay(5000, currency="aud")
        made = self.shop.control("create_dispute", payment_intent=payment.id, inquiry=inquiry)
        return str(made["id"])

    def win(self, reference: str) -> None:
        self.shop.control("win_dispute", id=reference)

    def lose(self, reference: str) -> None:
        self.shop.control("lose_dispute", id=reference)

    def withdraw(self, reference: str) -> None:
        self.shop.control("withdraw_dispute_funds", id=reference)

    def reinstate(self, reference: str) -> None:
        self.shop.control("reinstate_dispute_funds", id=reference)

    def lose_the_next_answer(self) -> None:
        self.shop.fault("respond_500_after_commit", match={"method": "POST"})


@pytest.fixture(params=["memory", "stripe"])
def bank(request: pytest.FixtureRequest) -> Iterator[Bank]:
    if request.param == "memory":
        yield Memory(InMemoryBank())
        return
    with open_shop() as shop, sdk(shop.world.url) as client:
        yield Played(StripeDisputes(client), shop)


def test_an_open_one_says_what_was_taken_and_until_when_to_answer(bank: Bank) -> None:
    found = bank.gateway.find_dispute(bank.open())

    report = found.report
    assert found.payment_reference.startswith("pi_")
    assert (report.finding, report.amount) == (DisputeFinding.NEEDS_RESPONSE, dollars(50))
    assert report.evidence_due_at is not None
    assert not report.inquiry
    assert [(each.amount, each.fee) for each in report.movements] == [(-dollars(50), dollars(15))]


def test_every_movement_is_told_in_order_under_its_own_name(bank: Bank) -> None:
    reference = bank.open()
    bank.lose(reference)
    bank.reinstate(reference)
    bank.withdraw(reference)

    report = bank.gateway.find_dispute(reference).report

    assert report.finding is DisputeFinding.LOST
    assert [each.amount for each in report.movements] == [-dollars(50), dollars(50), -dollars(50)]
    assert len({each.reference for each in report.movements}) == 3


def test_a_won_one_gave_the_money_back(bank: Bank) -> None:
    reference = bank.open()
    bank.win(reference)

    report = bank.gateway.find_dispute(reference).report

    assert report.finding is DisputeFinding.WON
    assert report.movements[-1].amount == dollars(50)
    assert report.movements[-1].fee == dollars(0)


def test_an_inquiry_moves_no_money(bank: Bank) -> None:
    report = bank.gateway.find_dispute(bank.open(inquiry=True)).report

    assert report.inquiry
    assert report.finding is DisputeFinding.NEEDS_RESPONSE
    assert report.movements == ()


def test_evidence_puts_it_under_review(bank: Bank) -> None:
    reference = bank.open()

    found = bank.gateway.answer(reference, EVIDENCE, dispute_id=DISPUTE, inquiry=False)

    assert found == bank.gateway.find_dispute(reference)
    assert found.report.finding is DisputeFinding.UNDER_REVIEW
    assert found.report.evidence_sent


def test_an_answer_that_was_lost_was_given(bank: Bank) -> None:
    reference = bank.open()
    bank.lose_the_next_answer()
    with pytest.raises(PaymentOutcomeUnknown):
        bank.gateway.answer(reference, EVIDENCE, dispute_id=DISPUTE, inquiry=False)

    again = bank.gateway.answer(reference, EVIDENCE, dispute_id=DISPUTE, inquiry=False)

    assert again.report.evidence_sent


def test_a_decided_one_takes_no_evidence(bank: Bank) -> None:
    reference = bank.open()
    bank.lose(reference)

    with pytest.raises(PaymentRefused):
        bank.gateway.answer(reference, EVIDENCE, dispute_id=DISPUTE, inquiry=False)


def test_an_unknown_one_is_not_found(bank: Bank) -> None:
    with pytest.raises(DisputeNotFound):
        bank.gateway.find_dispute("du_unknown")


def test_recent_ones_are_listed(bank: Bank) -> None:
    references = {bank.open(), bank.open()}

    found = bank.gateway.disputes_since(LONG_AGO)

    assert {each.reference for each in found} == references


def test_stripe_does_not_list_older_ones() -> None:
    with open_shop() as shop, sdk(shop.world.url) as client:
        played = Played(StripeDisputes(client), shop)
        played.open()

        assert played.gateway.disputes_since(datetime.now(UTC) + timedelta(days=3650)) == ()


def test_stripe_is_given_evidence_once_for_a_dispute_of_ours() -> None:
    with open_shop() as shop, sdk(shop.world.url) as client:
        played = Played(StripeDisputes(client), shop)
        reference = played.open()
        other = Evidence(explanation="Something else.")
        played.gateway.answer(reference, EVIDENCE, dispute_id=DISPUTE, inquiry=False)

        played.gateway.answer(reference, other, dispute_id=DISPUTE, inquiry=False)

        assert shop.v1.disputes.retrieve(reference).evidence_details.submission_count == 1


def test_an_inquiry_that_was_answered_and_became_a_dispute_is_answered_anew() -> None:
    with open_shop() as shop, sdk(shop.world.url) as client:
        played = Played(StripeDisputes(client), shop)
        reference = played.open(inquiry=True)
        played.gateway.answer(reference, EVIDENCE, dispute_id=DISPUTE, inquiry=True)

        played.gateway.answer(reference, EVIDENCE, dispute_id=DISPUTE, inquiry=False)

        assert shop.v1.disputes.retrieve(reference).evidence_details.submission_count == 2


def test_stripe_is_told_each_fact_in_its_own_place() -> None:
    with open_shop() as shop, sdk(shop.world.url) as client:
        played = Played(StripeDisputes(client), shop)
        reference = played.open()

        played.gateway.answer(reference, EVIDENCE, dispute_id=DISPUTE, inquiry=False)

        kept = shop.v1.disputes.retrieve(reference).evidence.to_dict()
        assert {name: said for name, said in kept.items() if said} == {
            "uncategorized_text": "The consultation took place.\n\nPayment: 50.00 AUD.",
            "service_date": "2026-03-02",
            "product_description": "A consultation.",
            "refund_policy_disclosure": "Nothing comes back.",
            "access_activity_log": "02 March 2026: completed.",
        }
