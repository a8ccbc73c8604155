"""
A patient's card to a physician's bank: real database, both vendors over HTTP, webhooks as sent.

Every message is taken in several times and out of order; what counts is what the vendors say
when they are asked.
"""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.postgres.queries.ledger import PostgresBooks
from application.ledger.books import VerifyBooks
from application.payments.ports import PaymentOutcomeUnknown, Stage
from application.shared.access import SYSTEM
from domain.ledger.chart import (
    PAYOUT_FEES,
    PAYOUTS_IN_TRANSIT,
    PROCESSOR_CLEARING,
    wallet_available,
)
from domain.payments.payment import PaymentStatus
from domain.payouts.payout import PayoutStatus
from domain.shared.errors import NotFound
from tests.adapters.money_house import House, open_house
from tests.fakes.money import (
    CONSULTATION,
    FINANCE,
    PHYSICIAN,
    dollars,
)


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    with open_house(database_url) as house:
        yield house


def test_the_patient_pays_on_the_processors_page_and_comes_back(house: House) -> None:
    answer = house.pay_on_the_hosted_page()

    assert answer.status_code in {302, 303}
    where = urlsplit(answer.headers["location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == "https://portal.test/paid"
    assert parse_qs(where.query)["payment_intent"] == [house.desk.reference()]
    house.take_webhooks()
    assert house.payment_status() is PaymentStatus.AUTHORISED


def test_a_card_to_a_bank_account_and_back_again(house: House) -> None:
    house.earn()
    house.be_payable()
    payout_id = house.desk.request(dollars(70, 5))
    house.desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
    house.assert_books_hold()

    house.move(payout_id, "PROCESSING", "SENT", "PAID")
    house.take_webhooks()
    assert house.payout(payout_id).status is PayoutStatus.PAID
    assert house.desk.balance(PAYOUTS_IN_TRANSIT) == dollars(0)
    assert house.desk.balance(PAYOUT_FEES) == house.payout(payout_id).fee
    house.assert_books_hold()

    house.move(payout_id, "FAILED")
    house.take_webhooks()
    assert house.payout(payout_id).status is PayoutStatus.RETURNED
    assert house.desk.balance(wallet_available(PHYSICIAN)) == dollars(76)
    house.assert_books_hold()


def test_a_payout_whose_answer_is_lost_exists_once(house: House) -> None:
    house.earn()
    house.be_payable()
    house.world.fault(
        "airwallex", "respond_500_after_commit", match={"path": "/api/v1/transfers/create"}
    )
    payout_id = house.desk.request(dollars(70))
    house.desk.submit_payout(actor=SYSTEM, payout_id=payout_id)
    lost = house.payout(payout_id).status

    house.desk.clock.pass_by(timedelta(hours=1))
    house.desk.sweep_payouts(actor=SYSTEM)

    assert lost is PayoutStatus.UNKNOWN
    assert house.payout(payout_id).status is PayoutStatus.SUBMITTED
    assert len(house.airwallex.get("/transfers")["items"]) == 1
    house.assert_books_hold()


def test_a_capture_whose_answer_is_lost_is_taken_once(house: House) -> None:
    house.pay_on_the_hosted_page()
    house.take_webhooks()
    house.desk.consultations.change(CONSULTATION, stage=Stage.COMPLETED, physician_id=PHYSICIAN)
    house.world.fault("stripe", "respond_500_after_commit", match={"path": "*/capture"})
    with pytest.raises(PaymentOutcomeUnknown):
        house.desk.capture_payment(actor=SYSTEM, consultation_id=CONSULTATION)

    house.take_webhooks()
    house.desk.capture_payment(actor=SYSTEM, consultation_id=CONSULTATION)

    assert house.payment_status() is PaymentStatus.CAPTURED
    assert house.desk.balance(PROCESSOR_CLEARING) == dollars(100)
    house.assert_books_hold()


def test_a_refund_reaches_the_patient_and_the_books(house: House) -> None:
    house.earn()
    quote = house.desk.quote_refund(actor=FINANCE, consultation_id=CONSULTATION, amount=dollars(30))
    refund_id = house.desk.refund_payment(actor=FINANCE, quote_id=quote.quote_id, reason="late")
    house.desk.submit_refund(actor=SYSTEM, refund_id=refund_id)
    house.take_webhooks()

    assert house.payment_status() is PaymentStatus.PARTIALLY_REFUNDED
    assert house.desk.balance(PROCESSOR_CLEARING) == dollars(70)
    house.assert_books_hold()


def test_what_was_set_aside_and_let_go_is_in_nobodys_books(house: House) -> None:
    house.pay_on_the_hosted_page()
    house.take_webhooks()

    house.desk.cancel_payment(actor=SYSTEM, consultation_id=CONSULTATION)
    house.take_webhooks()

    assert house.payment_status() is PaymentStatus.CANCELLED
    verify = VerifyBooks(PostgresBooks(house.engine), house.books, house.desk.clock)
    verified = verify(actor=FINANCE)
    assert [each.breaks for each in verified.results if not each.holds] == []


def test_a_webhook_about_somebody_elses_payment_is_tried_again_later(house: House) -> None:
    other = house.world.http.post(
        f"{house.world.url}/stripe/v1/payment_intents",
        data={"amount": "500", "currency": "aud"},
        headers={"Authorization": "Bearer sk_test_scripted"},
    ).json()

    with pytest.raises(NotFound):
        house.desk.refresh_payment(actor=SYSTEM, reference=other["id"])
