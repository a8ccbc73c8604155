"""
A clinic in real processes that the journeys share: staff, services, two active physicians.

Each journey brings patients of its own. What a journey stops, it starts again.
"""

import contextlib
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
from attrs import define, evolve, field
from sqlalchemy import text

from application.audit.verification import VerifyAuditTrail
from application.identity.queries import ViewAccount
from application.ledger.books import VerifyBooks
from application.ledger.maturity import MatureEarnings
from application.payments.initiation import StartPayment
from application.payouts.initiation import RequestPayout
from application.payouts.queries import PayoutView, ViewPayout
from application.shared.access import SYSTEM, Actor
from application.wallets.queries import ViewWallet
from domain.consultations.consultation import ConsultationStatus
from domain.consultations.outcome import ConsultationOutcome
from domain.orders.fulfilment import OrderStatus
from domain.payouts.payout import PayoutStatus
from domain.shared.ids import ConsultationId, PayoutId, PrescriptionId
from domain.shared.money import Currency, Money
from entrypoints.config import Settings
from entrypoints.container import Container
from entrypoints.seeding import cast, scripts
from entrypoints.seeding.clinic import Clinic, own_physician
from entrypoints.seeding.clinic_day import ClinicDay
from entrypoints.seeding.clock import TravellingClock
from entrypoints.seeding.parts import PatientScript
from entrypoints.seeding.settling import wait_until_settled
from tests.journeys.platform import Platform
from tests.waiting import eventually

UseCase = TypeVar("UseCase")

SERVICE = "migraine-review"
STALLED_AFTER_SECONDS = 2
"""How soon the journeys' workers take over from one that was killed."""


@define(eq=False)
class House:
    """The running clinic, its vendors, and what can be seen from outside of both."""

    platform: Platform
    clinic: Clinic = field(init=False)
    day: ClinicDay = field(init=False)
    moreau: Actor = field(init=False)
    okafor: Actor = field(init=False)
    http: httpx.Client = field(init=False)
    _scripted: dict[int, int] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.clinic = Clinic(self.platform.container, cast.PASSWORD)
        self.day = ClinicDay(
            self.clinic, TravellingClock(), "http://portal.test/paid", lambda _: None
        )
        self.http = httpx.Client(trust_env=False, timeout=30)

    def open(self) -> None:
        """Make it ready for patients."""
        self.day.open_the_house()
        with ThreadPoolExecutor() as pool:
            self.moreau, self.okafor = pool.map(self.day.onboard, (cast.MOREAU, cast.OKAFOR))

    def close(self) -> None:
        self.http.close()
        self.platform.close()

    # People

    def use(self, kind: type[UseCase]) -> UseCase:
        return self.clinic.use(kind)

    def patient(self, script: PatientScript = cast.MAYA) -> Actor:
        """Register somebody like in the script, under an address of their own."""
        return self.clinic.register_patient(
            evolve(script, email=f"{secrets.token_hex(6)}@patients.example")
        )

    def address_of(self, person: Actor) -> str:
        assert person.user_id is not None
        return self.use(ViewAccount)(actor=person, user_id=person.user_id).email

    def submitted(self, patient: Actor, service: str = SERVICE) -> ConsultationId:
        answers = {
            SERVICE: scripts.MIGRAINE_ANSWERS,
            "repeat-prescription": scripts.REPEAT_ANSWERS,
        }[service]
        consultation_id = self.clinic.begin(patient, self.day.services[service], answers)
        self.clinic.submit(patient, consultation_id)
        return consultation_id

    def pay(self, patient: Actor, consultation_id: ConsultationId) -> None:
        self.clinic.pay(patient, consultation_id, return_url=self.day.return_url)

    def begin_to_pay(self, patient: Actor, consultation_id: ConsultationId) -> None:
        """Pay on the processor's page, and do not wait until we know."""
        to_make = self.use(StartPayment)(
            actor=patient, consultation_id=consultation_id, return_url=self.day.return_url
        )
        intent = to_make.client_secret.split("_secret_")[0]
        self.control("stripe/pay", payment_intent=intent)

    def wait_until_waiting(self, patient: Actor, consultation_id: ConsultationId) -> None:
        self.clinic.wait_for_status(patient, consultation_id, {ConsultationStatus.WAITING})

    def waiting(self, patient: Actor, service: str = SERVICE) -> ConsultationId:
        consultation_id = self.submitted(patient, service)
        self.pay(patient, consultation_id)
        return consultation_id

    def treated(self, patient: Actor, physician: Actor) -> ConsultationId:
        """From intake to outcome, without a prescription."""
        consultation_id = self.waiting(patient)
        self.treat(physician, consultation_id)
        return consultation_id

    def prescribed(self, patient: Actor, physician: Actor) -> tuple[ConsultationId, PrescriptionId]:
        """From intake to outcome, with a medicine that is on its way."""
        consultation_id = self.waiting(patient)
        self.clinic.claim(physician, consultation_id)
        self.clinic.examine(physician, consultation_id, scripts.MIGRAINE_NOTE)
        prescription_id = self.clinic.prescribe(physician, consultation_id, scripts.SUMATRIPTAN)
        self.clinic.conclude(physician, consultation_id, ConsultationOutcome.PRESCRIBED)
        return consultation_id, prescription_id

    def wait_until_supplied(self, patient: Actor, prescription_id: PrescriptionId) -> None:
        """Wait for the pharmacy; more than one order would never do."""
        done = ([OrderStatus.DELIVERED], [OrderStatus.COLLECTED])
        eventually(
            lambda: (
                [order.status for order in self.clinic.orders_of(patient, prescription_id)] in done
            ),
            "the medicine is with the patient",
        )

    def wait_until_paid(self, payout_id: PayoutId) -> None:
        eventually(
            lambda: self.payout(payout_id).status is PayoutStatus.PAID, "the bank has the money"
        )

    def treat(self, physician: Actor, consultation_id: ConsultationId) -> None:
        self.clinic.claim(physician, consultation_id)
        self.clinic.examine(physician, consultation_id, scripts.MIGRAINE_NOTE)
        self.clinic.conclude(physician, consultation_id, ConsultationOutcome.TREATED)

    # Money

    def earned(self, physician: Actor) -> Money:
        """Treat somebody, and wait until the earning can be withdrawn."""
        before = self.available(physician)
        consultation_id = self.treated(self.patient(), physician)
        eventually(
            lambda: (
                self.one("select count(*) from lot where consultation_id = :id", id=consultation_id)
                == 1
            ),
            "the physician has earned",
        )
        return self.available(physician) - before

    def available(self, physician: Actor) -> Money:
        """What can be withdrawn now; what has cleared is made available first."""
        self.use(MatureEarnings)(actor=SYSTEM)
        wallets = self.use(ViewWallet)(actor=physician, physician_id=own_physician(physician))
        return wallets[0].balances.available if wallets else Money.zero(Currency("AUD"))

    def withdraw(self, physician: Actor, amount: Money) -> PayoutId:
        return self.use(RequestPayout)(
            actor=physician, physician_id=own_physician(physician), amount=amount
        )

    def payout(self, payout_id: PayoutId) -> PayoutView:
        return self.use(ViewPayout)(actor=SYSTEM, payout_id=payout_id)

    # What can be seen

    def rows(self, query: str, **parameters: Any) -> list[Any]:
        with self.platform.container.engine.connect() as connection:
            return list(connection.execute(text(query), parameters).all())

    def one(self, query: str, **parameters: Any) -> Any:
        with self.platform.container.engine.connect() as connection:
            return connection.execute(text(query), parameters).scalar_one()

    def payment_of(self, consultation_id: ConsultationId) -> Any:
        """The row of the one payment of a consultation."""
        query = "select id, reference, status from payment where consultation_id = :id"
        (payment,) = self.rows(query, id=consultation_id)
        return payment

    def postings_of(self, cause: str) -> list[str]:
        """The reasons of the entries that a cause made, sorted; a double would show."""
        query = "select reason from ledger.journal_entry where cause = :cause order by reason"
        return [row.reason for row in self.rows(query, cause=cause)]

    def settle(self) -> None:
        """Wait until no reaction and no webhook is left; none was given up."""
        wait_until_settled(self.platform.container)
        dead = self.rows("select vendor, kind, last_error from webhook where status = 'dead'")
        assert not dead, dead

    def assert_sound(self) -> None:
        """Everything is done, the books are right in every way, the audit trail is whole."""
        self.settle()
        verified = self.use(VerifyBooks)(actor=self.day.operator)
        broken = [found for each in verified.results for found in each.breaks]
        assert not broken, broken
        trail = self.use(VerifyAuditTrail)(actor=SYSTEM)
        assert trail.entries > 0
        assert not trail.findings, trail.findings

    @contextlib.contextmanager
    def later(self, by: timedelta) -> Iterator[Container]:
        """The same platform for somebody who works at a later time."""
        settings = Settings.from_environment(self.platform.environment)
        container = Container(settings, TravellingClock(behind=-by))
        try:
            yield container
        finally:
            container.close()

    # Processes

    def kill(self, label: str) -> None:
        self.platform.children.pop(label).kill()

    def stop(self, label: str) -> None:
        self.platform.children.pop(label).stop()

    def start(self, name: str, label: str = "") -> None:
        self.platform.start(name, label)

    def logs(self) -> dict[str, str]:
        """What every process has said, by its name."""
        files = Path(self.platform.directory / "logs").glob("*.log")
        return {file.stem: file.read_text(errors="replace") for file in files}

    # Vendors

    def control(self, path: str, **body: Any) -> Any:
        """Do something behind the vendors' curtain."""
        answer = self.http.post(f"{self.platform.sandbox_url}/_sandbox/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def look(self, path: str, **query: Any) -> Any:
        answer = self.http.get(f"{self.platform.sandbox_url}/{path}", params=query)
        answer.raise_for_status()
        return answer.json()

    def fault(self, vendor: str, name: str, *, times: int = 1, **more: Any) -> int:
        """Script a fault; more: `match` and the fault's own parameters."""
        number: int = self.control("faults", vendor=vendor, name=name, times=times, **more)["id"]
        self._scripted[number] = times
        return number

    def wait_until_struck(self, fault: int) -> None:
        """Wait until a scripted fault has been used at least once."""
        times = self._scripted[fault]
        eventually(
            lambda: (
                not any(
                    row["id"] == fault and row["times"] == times
                    for row in self.look("_sandbox/faults")["scripted"]
                )
            ),
            "the fault strikes",
        )

    def deliveries(self, vendor: str, event_type: str) -> list[Any]:
        """What a vendor sent us of a kind, the newest first."""
        sent = self.look("_sandbox/deliveries", vendor=vendor)["data"]
        return [delivery for delivery in sent if delivery["event_type"] == event_type]

    def vendor(self, name: str, kind: str) -> list[Any]:
        """Every object of a kind that a vendor has."""
        objects: list[Any] = self.look(f"_sandbox/state/{name}").get(kind, [])
        return objects

    def mail_to(self, address: str) -> list[Any]:
        messages: list[Any] = self.look("mail/api/messages", to=address)["messages"]
        return messages
