"""
The pharmacies' networks to test against, as fixtures of every test.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import uuid4

import httpx
import pytest
from attrs import frozen

from adapters.medications.shipped import ShippedMedications
from adapters.pharmacies.fhir.client import FhirClient, FhirServer
from adapters.pharmacies.fhir.pharmacy import FhirPharmacies
from adapters.pharmacies.photon.client import PhotonAccount, PhotonClient
from adapters.pharmacies.photon.pharmacy import PhotonPharmacies
from adapters.system.clock import SystemClock
from application.orders.ports import (
    PharmacyGateway,
    PharmacyOrder,
    Prescriber,
    Recipient,
)
from domain.orders.fulfilment import CancelOutcome, OrderStatus
from domain.prescriptions.dosage import Dosage
from domain.prescriptions.events import PrescriptionCancelReason
from domain.prescriptions.prescription import PrescriptionItem
from domain.shared.ids import OrderId, PatientId, PrescriptionId
from tests.entrypoints.sandbox.vendor_world import World, world
from tests.fakes.clock import MONDAY_NOON
from tests.fakes.orders import InMemoryPharmacyNetwork

REASON = PrescriptionCancelReason.PRESCRIBING_ERROR
MEDICINES = ShippedMedications()


def an_order(*, network_reference: str, repeats: int = 0, medicines: int = 1) -> PharmacyOrder:
    codes = ("amoxicillin-500mg-capsule", "paracetamol-500mg-tablet")
    return PharmacyOrder(
        order_id=OrderId(uuid4()),
        prescription_id=PrescriptionId(uuid4()),
        network_reference=network_reference,
        recipient=Recipient(
            patient_id=PatientId(uuid4()),
            given_name="Noah",
            family_name="Tremblay",
            date_of_birth=date(1985, 4, 12),
            sex="male",
            phone="+61412345678",
            address_lines=("12 Acacia Avenue",),
            city="Newtown",
            postal_code="2042",
            place="AU-NSW",
        ),
        prescriber=Prescriber(
            given_name="Amelia", family_name="Moreau", licence_number="MED0001234567"
        ),
        items=tuple(
            PrescriptionItem(
                medication=MEDICINES.get(code),
                dosage=Dosage(dose=Decimal("0.5"), times_per_day=3, days=7),
                quantity=21,
                repeats=repeats,
            )
            for code in codes[:medicines]
        ),
        signed_at=MONDAY_NOON,
    )


class Vendor(Protocol):
    """A gateway, and what the pharmacy behind it does."""

    @property
    def gateway(self) -> PharmacyGateway: ...

    @property
    def pharmacy(self) -> str: ...

    def goes_on(self, order: PharmacyOrder, steps: int) -> None: ...

    def cancels(self, order: PharmacyOrder) -> None: ...

    def dispenses_again(self, order: PharmacyOrder) -> None: ...


@frozen
class Memory:
    gateway: InMemoryPharmacyNetwork
    pharmacy: str = "pharmacy-1"

    def goes_on(self, order: PharmacyOrder, steps: int) -> None:
        ways = (
            OrderStatus.RECEIVED,
            OrderStatus.RECEIVED,
            OrderStatus.PREPARING,
            OrderStatus.COLLECTED,
        )
        self.gateway.cancel_outcome = {
            3: CancelOutcome.BEING_PREPARED,
            4: CancelOutcome.ALREADY_DISPENSED,
        }.get(steps, CancelOutcome.MARKED_WITH_DISPENSER)
        self.gateway.reports(order.order_id, ways[steps - 1], fills=int(steps == 4))

    def cancels(self, order: PharmacyOrder) -> None:
        self.gateway.reports(order.order_id, OrderStatus.CANCELLED)

    def dispenses_again(self, order: PharmacyOrder) -> None:
        self.gateway.reports(order.order_id, OrderStatus.COLLECTED, fills=2)


@frozen
class Photon:
    world: World
    gateway: PhotonPharmacies
    pharmacy: str = "phr_sf_mission"

    def act(self, action: str, order: PharmacyOrder) -> None:
        self.world.control(f"photon/{action}", external_id=str(order.order_id))

    def goes_on(self, order: PharmacyOrder, steps: int) -> None:
        # Placed and sent, received, ready, picked up.
        for _ in range(steps):
            self.act("advance_order", order)

    def cancels(self, order: PharmacyOrder) -> None:
        self.act("cancel_order", order)

    def dispenses_again(self, order: PharmacyOrder) -> None:
        self.act("dispense_again", order)


@frozen
class Fhir:
    world: World
    gateway: FhirPharmacies
    pharmacy: str = "pharmacy-bondi"

    def act(self, action: str, order: PharmacyOrder) -> None:
        for number in range(1, len(order.items) + 1):
            self.world.control(f"fhir-pharmacy/{action}", identifier=f"{order.order_id}.{number}")

    def goes_on(self, order: PharmacyOrder, steps: int) -> None:
        # Received, accepted, in progress, completed.
        for _ in range(steps):
            self.act("advance_task", order)

    def cancels(self, order: PharmacyOrder) -> None:
        self.act("cancel_task", order)

    def dispenses_again(self, order: PharmacyOrder) -> None:
        self.act("dispense_again", order)


@pytest.fixture
def sandbox() -> Iterator[World]:
    with world() as opened:
        yield opened


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture
def photon(sandbox: World, http: httpx.Client) -> Photon:
    account = PhotonAccount(
        url=f"{sandbox.url}/photon",
        client_id="scripted_photon_client",
        client_secret="scripted_photon_secret",
    )
    return Photon(sandbox, PhotonPharmacies(PhotonClient(http, account, SystemClock())))


@pytest.fixture
def fhir(sandbox: World, http: httpx.Client) -> Fhir:
    server = FhirServer(url=f"{sandbox.url}/fhir-pharmacy/fhir", token="scripted_fhir_token")
    return Fhir(sandbox, FhirPharmacies(FhirClient(http, server)))


@pytest.fixture(params=["memory", "photon", "fhir"])
def vendor(request: pytest.FixtureRequest) -> Vendor:
    if request.param == "memory":
        return Memory(InMemoryPharmacyNetwork())
    made: Vendor = request.getfixturevalue(request.param)
    return made


@pytest.fixture(params=["photon", "fhir"])
def remote(request: pytest.FixtureRequest) -> Photon | Fhir:
    made: Photon | Fhir = request.getfixturevalue(request.param)
    return made


def name_of(remote: Photon | Fhir) -> str:
    return "photon" if isinstance(remote, Photon) else "fhir-pharmacy"
