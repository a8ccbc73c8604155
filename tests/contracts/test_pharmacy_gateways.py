"""
What is asked of a network of pharmacies: in memory, as Photon and as a FHIR server.

The vendors are the sandbox's, over real HTTP.
"""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Protocol
from uuid import uuid4

import httpx
import pytest
from attrs import evolve, frozen

from adapters.medications.shipped import ShippedMedications
from adapters.pharmacies.fhir.client import FhirClient, FhirServer
from adapters.pharmacies.fhir.pharmacy import FhirPharmacies
from adapters.pharmacies.fhir.webhooks import FhirPharmacyWebhooks
from adapters.pharmacies.networks import ConnectedNetworks
from adapters.pharmacies.photon.client import PhotonAccount, PhotonClient
from adapters.pharmacies.photon.pharmacy import PhotonPharmacies
from adapters.pharmacies.photon.webhooks import PhotonWebhooks
from adapters.system.clock import SystemClock
from application.orders.ports import (
    PharmacyGateway,
    PharmacyOrder,
    PharmacyOutcomeUnknown,
    PharmacyRefused,
    PharmacyUnreachable,
    Prescriber,
    PrescriberMustSign,
    Recipient,
)
from application.webhooks.ports import ForgedWebhook, MalformedWebhook, WebhookVerifier
from domain.orders.fulfilment import CancelOutcome, OrderStatus
from domain.orders.pharmacy import Network
from domain.prescriptions.dosage import Dosage
from domain.prescriptions.events import PrescriptionCancelReason
from domain.prescriptions.prescription import PrescriptionItem
from domain.shared.ids import OrderId, PatientId, PrescriptionId
from tests.entrypoints.sandbox.vendor_world import Heard, World, world
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
    with httpx.Client(trust_env=False, timeout=0.5) as client:
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


class TestEveryNetwork:
    def test_takes_an_order_and_finds_it_by_our_identifier(self, vendor: Vendor) -> None:
        order = an_order(network_reference=vendor.pharmacy, medicines=2)
        assert vendor.gateway.find(order.order_id) is None

        sent = vendor.gateway.send(order)
        found = vendor.gateway.find(order.order_id)

        assert found is not None
        assert found.reference == sent.reference
        assert sent.status is found.status is OrderStatus.SENT
        assert vendor.gateway.status(sent.reference) == found

    def test_sending_again_finds_the_first(self, vendor: Vendor) -> None:
        order = an_order(network_reference=vendor.pharmacy)

        first = vendor.gateway.send(order)
        second = vendor.gateway.send(order)

        assert first.reference == second.reference

    def test_tells_how_far_it_is_until_the_patient_has_it(self, vendor: Vendor) -> None:
        order = an_order(network_reference=vendor.pharmacy)
        reference = vendor.gateway.send(order).reference
        vendor.goes_on(order, 2)
        received = vendor.gateway.status(reference)
        assert received is not None
        assert received.status is OrderStatus.RECEIVED

        vendor.goes_on(order, 4 if isinstance(vendor, Memory) else 2)
        done = vendor.gateway.status(reference)

        assert done is not None
        assert done.status is OrderStatus.COLLECTED
        assert done.fills == 1

    def test_what_waits_is_given_back(self, vendor: Vendor) -> None:
        order = an_order(network_reference=vendor.pharmacy, medicines=2)
        reference = vendor.gateway.send(order).reference

        outcomes = [vendor.gateway.cancel(reference, reason=REASON) for _ in range(2)]

        assert outcomes == [CancelOutcome.CANCELLED, CancelOutcome.CANCELLED]
        found = vendor.gateway.status(reference)
        assert found is not None
        assert found.status is OrderStatus.CANCELLED

    def test_what_the_pharmacy_has_is_marked(self, vendor: Vendor) -> None:
        order = an_order(network_reference=vendor.pharmacy)
        reference = vendor.gateway.send(order).reference
        vendor.goes_on(order, 1)

        outcome = vendor.gateway.cancel(reference, reason=REASON)

        assert outcome is CancelOutcome.MARKED_WITH_DISPENSER

    @pytest.mark.parametrize(
        ("steps", "outcome"),
        [(3, CancelOutcome.BEING_PREPARED), (4, CancelOutcome.ALREADY_DISPENSED)],
    )
    def test_what_is_prepared_or_dispensed_is_not_given_back(
        self, vendor: Vendor, steps: int, outcome: CancelOutcome
    ) -> None:
        order = an_order(network_reference=vendor.pharmacy)
        reference = vendor.gateway.send(order).reference
        vendor.goes_on(order, steps)

        assert vendor.gateway.cancel(reference, reason=REASON) is outcome

    def test_what_it_never_had_is_not_found(self, vendor: Vendor) -> None:
        reference = f"remote-{uuid4()}"

        assert vendor.gateway.status(reference) is None
        assert vendor.gateway.cancel(reference, reason=REASON) is CancelOutcome.NOT_FOUND

    def test_a_pharmacy_can_cancel_too(self, vendor: Vendor) -> None:
        order = an_order(network_reference=vendor.pharmacy)
        reference = vendor.gateway.send(order).reference

        vendor.cancels(order)

        found = vendor.gateway.status(reference)
        assert found is not None
        assert found.status is OrderStatus.CANCELLED

    def test_counts_what_was_dispensed_twice(self, vendor: Vendor) -> None:
        order = an_order(network_reference=vendor.pharmacy)
        reference = vendor.gateway.send(order).reference
        vendor.goes_on(order, 4)

        vendor.dispenses_again(order)

        found = vendor.gateway.status(reference)
        assert found is not None
        assert found.fills == 2


class TestFaults:
    """What goes wrong on the way; each leaves at most one order behind."""

    @pytest.mark.parametrize(
        "fault", ["timeout_after_commit", "respond_500_after_commit", "truncated_body"]
    )
    def test_a_lost_answer_leaves_the_outcome_unknown(
        self, remote: Photon | Fhir, http: httpx.Client, fault: str
    ) -> None:
        order = an_order(network_reference=remote.pharmacy)
        strike(
            http, remote, fault, when=b"createOrder" if isinstance(remote, Photon) else b"Bundle"
        )

        with pytest.raises(PharmacyOutcomeUnknown):
            remote.gateway.send(order)

        found = remote.gateway.find(order.order_id)
        assert found is not None
        assert remote.gateway.send(order).reference == found.reference

    def test_too_many_requests_means_later(self, remote: Photon | Fhir) -> None:
        order = an_order(network_reference=remote.pharmacy)
        remote.world.fault(name_of(remote), "respond_429")

        with pytest.raises(PharmacyUnreachable):
            remote.gateway.send(order)

        assert remote.gateway.find(order.order_id) is None

    def test_an_expired_token_is_replaced_once(self, remote: Photon | Fhir) -> None:
        order = an_order(network_reference=remote.pharmacy)
        remote.gateway.find(order.order_id)
        remote.world.fault(name_of(remote), "token_expired")

        assert remote.gateway.send(order).status is OrderStatus.SENT

    def test_a_network_that_is_not_there_is_unreachable(self, remote: Photon | Fhir) -> None:
        order = an_order(network_reference=remote.pharmacy)
        remote.world.server.stop()

        with pytest.raises(PharmacyUnreachable):
            remote.gateway.send(order)

    def test_a_cancellation_that_is_not_permitted(self, remote: Photon | Fhir) -> None:
        order = an_order(network_reference=remote.pharmacy)
        reference = remote.gateway.send(order).reference
        remote.world.fault(name_of(remote), "cancel_not_permitted")

        outcome = remote.gateway.cancel(reference, reason=REASON)

        assert outcome is CancelOutcome.NOT_PERMITTED


def strike(http: httpx.Client, remote: Photon | Fhir, fault: str, *, when: bytes) -> None:
    """Let a fault strike the first request that says something, not the look-ups before it."""

    def arm(request: httpx.Request) -> None:
        if when in request.content:
            http.event_hooks = {}
            remote.world.fault(name_of(remote), fault, seconds=1)

    http.event_hooks = {"request": [arm], "response": []}


class TestPhoton:
    def test_a_prescriber_who_must_sign_there_is_waited_for(self, photon: Photon) -> None:
        order = an_order(network_reference=photon.pharmacy)
        photon.world.fault("photon", "prescriber_must_sign")
        for _ in range(2):
            with pytest.raises(PrescriberMustSign):
                photon.gateway.send(order)

        drafts = photon.world.http.get(f"{photon.world.url}/_sandbox/state/photon").json()
        (draft,) = drafts["prescription"]
        photon.world.control("photon/sign_prescription", prescription_id=draft["id"])

        assert photon.gateway.send(order).status is OrderStatus.SENT

    def test_credentials_that_may_not_sign_are_a_refusal(self, photon: Photon) -> None:
        photon.world.fault("photon", "signing_forbidden")

        with pytest.raises(PharmacyRefused):
            photon.gateway.send(an_order(network_reference=photon.pharmacy))

    def test_an_unknown_pharmacy_is_a_refusal(self, photon: Photon) -> None:
        with pytest.raises(PharmacyRefused):
            photon.gateway.send(an_order(network_reference="phr_nowhere"))

    def test_a_medicine_that_is_not_listed_is_never_replaced_by_a_similar_one(
        self, photon: Photon
    ) -> None:
        order = an_order(network_reference=photon.pharmacy)
        (item,) = order.items
        unlisted = evolve(item, medication=evolve(item.medication, name="Unobtainium"))

        with pytest.raises(PharmacyRefused):
            photon.gateway.send(evolve(order, items=(unlisted,)))

    @pytest.mark.parametrize("missing", [{"phone": None}, {"address_lines": ()}])
    def test_needs_a_telephone_and_an_address(
        self, photon: Photon, missing: dict[str, Any]
    ) -> None:
        order = an_order(network_reference=photon.pharmacy)

        with pytest.raises(PharmacyRefused):
            photon.gateway.send(evolve(order, recipient=evolve(order.recipient, **missing)))

    def test_tells_where_the_network_moved_it(self, photon: Photon) -> None:
        order = an_order(network_reference=photon.pharmacy)
        reference = photon.gateway.send(order).reference
        photon.world.control(
            "photon/reroute_order", order_id=reference, pharmacy_id="phr_la_sunset"
        )

        found = photon.gateway.status(reference)

        assert found is not None
        assert found.pharmacy == "phr_la_sunset"

    def test_a_cancelled_orders_prescriptions_are_withdrawn_as_well(self, photon: Photon) -> None:
        reference = photon.gateway.send(an_order(network_reference=photon.pharmacy)).reference

        photon.gateway.cancel(reference, reason=REASON)

        state = photon.world.http.get(f"{photon.world.url}/_sandbox/state/photon").json()
        assert [one["state"] for one in state["prescription"]] == ["CANCELED"]

    def test_an_order_that_ends_in_error_has_failed(self, photon: Photon) -> None:
        order = an_order(network_reference=photon.pharmacy)
        reference = photon.gateway.send(order).reference
        photon.act("fail_order", order)

        found = photon.gateway.status(reference)

        assert found is not None
        assert found.status is OrderStatus.FAILED


class TestFhir:
    def test_a_rejected_order_has_failed(self, fhir: Fhir) -> None:
        order = an_order(network_reference=fhir.pharmacy)
        reference = fhir.gateway.send(order).reference
        fhir.act("reject_task", order)

        found = fhir.gateway.status(reference)

        assert found is not None
        assert found.status is OrderStatus.FAILED

    def test_is_as_far_as_its_slowest_medicine(self, fhir: Fhir) -> None:
        order = an_order(network_reference=fhir.pharmacy, medicines=2)
        reference = fhir.gateway.send(order).reference
        fhir.world.control("fhir-pharmacy/advance_task", identifier=f"{order.order_id}.1")

        found = fhir.gateway.status(reference)

        assert found is not None
        assert found.status is OrderStatus.SENT

    def test_an_unknown_pharmacy_is_a_refusal(self, fhir: Fhir) -> None:
        with pytest.raises(PharmacyRefused):
            fhir.gateway.send(an_order(network_reference="pharmacy-nowhere"))

    @pytest.mark.parametrize("subject", ["../metadata", "Task/none", "Patient"])
    def test_a_message_about_no_order_of_ours_is_left_alone(self, fhir: Fhir, subject: str) -> None:
        assert fhir.gateway.resolve(subject) is None


class TestWebhooks:
    def verifier(self, remote: Photon | Fhir) -> WebhookVerifier:
        if isinstance(remote, Photon):
            return PhotonWebhooks(
                ["older", "whsec_photon_scripted"], organisation="org_scripted0001"
            )
        return FhirPharmacyWebhooks(
            ["older", "whsec_fhir_pharmacy_scripted"],
            SystemClock(),
            subscription="Subscription/platform",
        )

    def heard(self, remote: Photon | Fhir, *faults: str) -> list[Heard]:
        for fault in faults:
            remote.world.fault(name_of(remote), fault)
        order = an_order(network_reference=remote.pharmacy)
        remote.gateway.send(order)
        remote.goes_on(order, 4)
        remote.world.run_due()
        return remote.world.ear.heard

    def test_every_message_leads_back_to_the_order(self, remote: Photon | Fhir) -> None:
        order = an_order(network_reference=remote.pharmacy)
        reference = remote.gateway.send(order).reference
        remote.goes_on(order, 4)
        remote.world.run_due()

        subjects = [
            remote.gateway.resolve(event.reference)
            for one in remote.world.ear.heard
            if (
                event := self.verifier(remote).verify(
                    headers=one.headers, body=one.raw, url=one.path
                )
            ).reference
        ]

        assert subjects
        assert set(subjects) == {reference}

    @pytest.mark.parametrize(
        "fault",
        ["webhook_bad_signature", "webhook_reserialised_body", "webhook_wrong_account"],
    )
    def test_a_forged_message_is_refused(self, remote: Photon | Fhir, fault: str) -> None:
        forged = self.heard(remote, fault)

        assert self.refusals(remote, forged) == 1

    def test_an_old_notice_is_refused(self, fhir: Fhir) -> None:
        assert self.refusals(fhir, self.heard(fhir, "webhook_old_timestamp")) == 1

    def refusals(self, remote: Photon | Fhir, messages: list[Heard]) -> int:
        verifier = self.verifier(remote)
        refused = 0
        for one in messages:
            try:
                verifier.verify(headers=one.headers, body=one.raw, url=one.path)
            except ForgedWebhook:
                refused += 1
        return refused

    def test_a_genuine_message_in_an_unknown_shape(self) -> None:
        body = b'["not", "an", "event"]'
        signature = hmac.new(b"secret", body, hashlib.sha256).hexdigest()

        with pytest.raises(MalformedWebhook):
            PhotonWebhooks(["secret"]).verify(
                headers={"x-photon-signature": signature}, body=body, url=""
            )


def test_a_network_that_is_not_connected_is_unreachable() -> None:
    memory = InMemoryPharmacyNetwork()
    networks = ConnectedNetworks({Network.FHIR: memory})

    assert networks.gateway(Network.FHIR) is memory
    with pytest.raises(PharmacyUnreachable):
        networks.gateway(Network.PHOTON)
