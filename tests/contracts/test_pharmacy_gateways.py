"""
What is asked of a network of pharmacies: in memory, as Photon and as a FHIR server.

The vendors are the sandbox's, over real HTTP.
"""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from attrs import evolve

from adapters.pharmacies.networks import ConnectedNetworks
from application.orders.ports import (
    PharmacyOutcomeUnknown,
    PharmacyRefused,
    PharmacyUnreachable,
    PrescriberMustSign,
)
from domain.orders.fulfilment import CancelOutcome, OrderStatus
from domain.orders.pharmacy import Network
from tests.contracts.pharmacy_vendors import (
    REASON,
    Fhir,
    Memory,
    Photon,
    Vendor,
    an_order,
    name_of,
)
from tests.fakes.orders import InMemoryPharmacyNetwork


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


def test_a_network_that_is_not_connected_is_unreachable() -> None:
    memory = InMemoryPharmacyNetwork()
    networks = ConnectedNetworks({Network.FHIR: memory})

    assert networks.gateway(Network.FHIR) is memory
    with pytest.raises(PharmacyUnreachable):
        networks.gateway(Network.PHOTON)
