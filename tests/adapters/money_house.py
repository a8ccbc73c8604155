"""
A money desk over a real database, with both vendors over HTTP and their webhooks as sent.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any, cast
from uuid import UUID

import httpx
from attrs import define, evolve
from sqlalchemy import Engine

from adapters.airwallex.accounts import AirwallexAccounts
from adapters.airwallex.books import AirwallexBooks
from adapters.airwallex.client import AirwallexClient
from adapters.airwallex.payouts import AirwallexPayouts
from adapters.airwallex.webhooks import AirwallexWebhooks
from adapters.postgres.engine import build_engine
from adapters.postgres.queries.ledger import PostgresBooks
from adapters.stripe.books import StripeBooks
from adapters.stripe.disputes import StripeDisputes
from adapters.stripe.payments import StripePayments
from adapters.stripe.webhooks import StripeWebhooks
from adapters.system.clock import SystemClock
from adapters.system.ids import RandomIds
from application.ledger.books import Check, SeveralVendorBooks, VerifyBooks
from application.payments.ports import Stage
from application.shared.access import SYSTEM
from application.webhooks.ports import VerifiedEvent
from domain.payments.payment import PaymentStatus
from domain.payouts.payout import Payout
from domain.shared.ids import ConsultationId, PayoutId
from tests.adapters.postgres.transactions import unit_of_work
from tests.entrypoints.sandbox.stripe_world import sdk
from tests.entrypoints.sandbox.vendor_world import World, world
from tests.fakes.clock import FixedClock
from tests.fakes.disputes import InMemoryBank
from tests.fakes.money import (
    A_PHYSICIAN,
    CONSULTATION,
    FINANCE,
    PHYSICIAN,
    MoneyDesk,
    a_bank,
    a_consultation,
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
            "charge.dispute.*": self.desk.refresh_dispute,
            "account.*": self.desk.refresh_account,
            "payout.transfer.*": self.desk.refresh_payout,
        }
        for kinds, use_case in use_cases.items():
            if fnmatchcase(event.kind, kinds) and event.reference is not None:
                use_case(actor=SYSTEM, reference=event.reference)

    def pay_on_the_hosted_page(
        self,
        number: str = "4242424242424242",
        consultation_id: ConsultationId = CONSULTATION,
    ) -> httpx.Response:
        to_make = self.desk.start(consultation_id)
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

    def earn_another(self, number: int) -> None:
        """One more consultation that is out of its clearing period: 76 dollars."""
        desk, another = self.desk, ConsultationId(UUID(int=number))
        desk.consultations.put(evolve(a_consultation(), consultation_id=another))
        self.pay_on_the_hosted_page(consultation_id=another)
        self.take_webhooks()
        desk.consultations.change(another, stage=Stage.WAITING)
        desk.complete(another)
        desk.clock.pass_by(timedelta(days=2))
        desk.mature_earnings(actor=SYSTEM)

    def assert_books_hold(self) -> None:
        verify = VerifyBooks(PostgresBooks(self.engine), self.books, self.desk.clock)
        verified = verify(actor=FINANCE)
        assert [each.breaks for each in verified.results if not each.holds] == []
        agree = next(r for r in verified.results if r.check is Check.VENDOR_BOOKS_AGREE)
        assert agree.looked_at > 0


@contextmanager
def open_house(database_url: str, **secrets: str) -> Iterator[House]:
    with ExitStack() as stack:
        opened = stack.enter_context(world(autopilot=False, **secrets))
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
        desk.bank = cast("InMemoryBank", StripeDisputes(stripe))
        yield House(desk, opened, engine, books, airwallex)
