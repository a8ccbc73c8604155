"""
A patient's card to a physician's bank: real database, both vendors over HTTP, webhooks as sent.

Every message is taken in several times and out of order; what counts is what the vendors say
when they are asked.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from attrs import define
from sqlalchemy import Engine

from adapters.airwallex.accounts import AirwallexAccounts
from adapters.airwallex.books import AirwallexBooks
from adapters.airwallex.client import AirwallexClient
from adapters.airwallex.payouts import AirwallexPayouts
from adapters.airwallex.webhooks import AirwallexWebhooks
from adapters.postgres.engine import build_engine
from adapters.postgres.queries.ledger import PostgresBooks
from adapters.stripe.books import StripeBooks
from adapters.stripe.payments import StripePayments
from adapters.stripe.webhooks import StripeWebhooks
from adapters.system.clock import SystemClock
from adapters.system.ids import RandomIds
from application.ledger.books import Check, SeveralVendorBooks, VerifyBooks
from application.payments.ports import PaymentOutcomeUnknown, Stage
from application.shared.access import SYSTEM
from application.webhooks.ports import VerifiedEvent
from domain.ledger.chart import (
    PAYOUT_FEES,
    PAYOUTS_IN_TRANSIT,
    PROCESSOR_CLEARING,
    wallet_available,
)
from domain.payments.payment import PaymentStatus
from domain.payouts.payout import Payout, PayoutStatus
from domain.shared.errors import NotFound
from domain.shared.ids import PayoutId
from tests.adapters.postgres.transactions import unit_of_work
from tests.entrypoints.sandbox.stripe_world import sdk
from tests.entrypoints.sandbox.vendor_world import World, world
from tests.fakes.clock import FixedClock
from tests.fakes.money import (
    A_PHYSICIAN,
    CONSULTATION,
    FINANCE,
    PHYSICIAN,
    MoneyDesk,
    a_bank,
    dollars,
)
from tests.fakes.payments import InMemoryProcessor
from tests.fakes.payouts import InMemoryPayoutVendor
from tests.fakes.unit_of_work import FakeUnitOfWork


class Airwallex(AirwallexPayouts, AirwallexAccounts):
    """Both capabilities over one client, as the desk expects of its vendor."""


@define
class House:
    desk: MoneyDesk
    world: World
    engine: Engine
    books: SeveralVendorBooks
    airwallex: AirwallexClient

    def take_webhooks(self) -> None:
        """Deliver what the vendors have to say, last first, and all of it twice."""
        self.world.run_due()
        events = [self._verified(heard) for heard in self.world.ear.heard]
        for event in [*reversed(events), *events]:
            self._react(event)

    def _verified(self, heard: Any) -> VerifiedEvent:
        clock = SystemClock()
        verifier = (
            StripeWebhooks(["whsec_scripted"], clock)
            if "stripe" in heard.path
            else AirwallexWebhooks(["whsec_airwallex_scripted"], clock)
        )
        return verifier.verify(headers=heard.headers, body=heard.raw, url=heard.path)

    def _react(self, event: VerifiedEvent) -> None:
        use_cases: dict[str, Callable[..., object]] = {
            "payment_intent.*": self.desk.refresh_payment,
            "refund.*": self.desk.refresh_refund,
            "account.*": self.desk.refresh_account,
            "payout.transfer.*": self.desk.refresh_payout,
        }
        for kinds, use_case in use_cases.items():
            if fnmatchcase(event.kind, kinds) and event.reference is not None:
                use_case(actor=SYSTEM, reference=event.reference)

    def pay_on_the_hosted_page(self, number: str = "4242424242424242") -> httpx.Response:
        to_make = self.desk.start()
        assert self.world.http.get(to_make.redirect_url).status_code == 200
        return self.world.http.post(
            to_make.redirect_url,
            data={"number": number, "expiry": "12/34", "cvc": "123", "name": "Ada"},
        )

    def be_payable(self) -> None:
        self.desk.open_account(actor=A_PHYSICIAN, physician_id=PHYSICIAN)
        with self.desk.uow as uow:
            account = uow.payout_accounts.of_physician(PHYSICIAN)
        assert account is not None
        self.airwallex.post(
            f"/simulation/accounts/{account.reference}/update_status",
            {"next_status": "ACTIVE", "force": True},
        )
        self.take_webhooks()
        self.desk.link_bank(actor=A_PHYSICIAN, physician_id=PHYSICIAN, bank=a_bank())

    def move(self, payout_id: PayoutId, *statuses: str) -> None:
        reference = self.payout(payout_id).reference
        for status in statuses:
            self.airwallex.post(
                f"/simulation/transfers/{reference}/transition", {"next_status": status}
            )

    def payout(self, payout_id: PayoutId) -> Payout:
        with self.desk.uow as uow:
            return uow.payouts.get(payout_id)

    def payment_status(self) -> PaymentStatus:
        with self.desk.uow as uow:
            payment = uow.payments.of_consultation(CONSULTATION)
        assert payment is not None
        return payment.status

    def earn(self) -> None:
        self.pay_on_the_hosted_page()
        self.take_webhooks()
        self.desk.consultations.change(CONSULTATION, stage=Stage.WAITING)
        self.desk.complete()
        self.desk.clock.pass_by(timedelta(days=2))
        self.desk.mature_earnings(actor=SYSTEM)

    def assert_books_hold(self) -> None:
        verify = VerifyBooks(PostgresBooks(self.engine), self.books, self.desk.clock)
        verified = verify(actor=FINANCE)
        assert [each.breaks for each in verified.results if not each.holds] == []
        agree = next(r for r in verified.results if r.check is Check.VENDOR_BOOKS_AGREE)
        assert agree.looked_at > 0


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    with ExitStack() as stack:
        opened = stack.enter_context(world())
        stripe = stack.enter_context(sdk(opened.url))
        http = stack.enter_context(
            httpx.Client(base_url=f"{opened.url}/airwallex", trust_env=False, timeout=10)
        )
        engine = build_engine(database_url)
        stack.callback(engine.dispose)
        airwallex = AirwallexClient(
            http,
            client_id="scripted_sandbox_client",
            api_key="scripted_sandbox_key",
            clock=SystemClock(),
        )
        clock = FixedClock(datetime.fromisoformat("2026-03-02T12:00:00+00:00"))
        desk = MoneyDesk(
            uow=cast("FakeUnitOfWork", unit_of_work(engine, clock=clock, ids=RandomIds())),
            clock=clock,
            ids=RandomIds(),  # type: ignore[arg-type]
            processor=cast("InMemoryProcessor", StripePayments(stripe, f"{opened.url}/stripe/pay")),
            vendor=cast("InMemoryPayoutVendor", Airwallex(airwallex)),
        )
        books = SeveralVendorBooks((StripeBooks(stripe), AirwallexBooks(airwallex)))
        yield House(desk, opened, engine, books, airwallex)


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
