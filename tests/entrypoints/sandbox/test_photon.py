from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from attrs import define

from tests.entrypoints.sandbox.vendor_world import World, world

CREDENTIALS = {
    "client_id": "scripted_photon_client",
    "client_secret": "scripted_photon_secret",
    "audience": "https://api.example.test",
    "grant_type": "client_credentials",
}
ADDRESS = {
    "street1": "1 Main St",
    "city": "San Francisco",
    "state": "CA",
    "postalCode": "94110",
    "country": "US",
}
CREATE_PATIENT = """
mutation ($externalId: ID, $name: NameInput!, $dateOfBirth: AWSDate!, $phone: AWSPhone!) {
  createPatient(externalId: $externalId, name: $name, dateOfBirth: $dateOfBirth, sex: FEMALE,
                phone: $phone) { id externalId name { full } }
}
"""
CREATE_PRESCRIPTION = """
mutation ($externalId: ID, $patientId: ID!, $treatmentId: ID!, $fillsAllowed: Int!) {
  createPrescription(externalId: $externalId, patientId: $patientId, treatmentId: $treatmentId,
                     dispenseQuantity: 30, dispenseUnit: "Tablet", fillsAllowed: $fillsAllowed,
                     instructions: "One a day") { id state fillsRemaining }
}
"""
CREATE_ORDER = """
mutation ($externalId: ID, $patientId: ID!, $pharmacyId: ID, $address: AddressInput!,
          $fills: [FillInput!]!) {
  createOrder(externalId: $externalId, patientId: $patientId, pharmacyId: $pharmacyId,
              address: $address, fills: $fills) { id state externalId }
}
"""
ORDER = """
query ($id: ID!) {
  order(id: $id) {
    id state externalId
    pharmacy { id name }
    fulfillment { type state trackingNumber }
    cancellation { outcome reason }
    fills { id state filledAt prescription { id state fillsRemaining } treatment { name } }
    patient { id name { full } }
  }
}
"""
CANCEL = """
mutation ($id: ID!, $reason: String) {
  cancelOrder(id: $id, reason: $reason) { id state cancellation { outcome reason } }
}
"""


@define
class Network:
    world: World
    token: str = ""

    def sign_in(self) -> None:
        answer = self.world.http.post(f"{self.world.url}/photon/oauth/token", json=CREDENTIALS)
        self.token = answer.json()["access_token"]

    def ask(self, query: str, **variables: Any) -> httpx.Response:
        return self.world.http.post(
            f"{self.world.url}/photon/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self.token}"},
        )

    def done(self, query: str, **variables: Any) -> Any:
        answer = self.ask(query, **variables).json()
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))

    def refusal(self, query: str, **variables: Any) -> str:
        return str(self.ask(query, **variables).json()["errors"][0]["extensions"]["code"])

    def patient(self, external_id: str = "pat-1") -> str:
        return str(
            self.done(
                CREATE_PATIENT,
                externalId=external_id,
                name={"first": "Nora", "last": "Quinn"},
                dateOfBirth="1990-02-03",
                phone="+14155550100",
            )["id"]
        )

    def prescription(self, patient_id: str, **more: Any) -> dict[str, Any]:
        found = self.done('{ medications(filter: {drug: {name: "atorvastatin"}}) { id name } }')
        given = {"externalId": "rx-1", "fillsAllowed": 1, "treatmentId": found[0]["id"], **more}
        return dict(self.done(CREATE_PRESCRIPTION, patientId=patient_id, **given))

    def order(self, **more: Any) -> dict[str, Any]:
        patient_id = self.patient()
        prescription = self.prescription(patient_id)
        given = {
            "externalId": "ord-1",
            "patientId": patient_id,
            "pharmacyId": "phr_sf_mission",
            "address": ADDRESS,
            "fills": [{"prescriptionId": prescription["id"]}],
            **more,
        }
        return dict(self.done(CREATE_ORDER, **given))

    def advance(self, order: dict[str, Any], times: int = 1) -> None:
        for _ in range(times):
            self.world.control("photon/advance_order", order_id=order["id"])


@pytest.fixture
def network() -> Iterator[Network]:
    with world() as here:
        signed_in = Network(here)
        signed_in.sign_in()
        yield signed_in


@pytest.fixture
def autopilot() -> Iterator[Network]:
    with world(autopilot=True) as here:
        signed_in = Network(here)
        signed_in.sign_in()
        yield signed_in


class TestSigningIn:
    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"client_secret": "wrong"}, 401),
            ({"grant_type": "password"}, 403),
            ({"audience": ""}, 403),
        ],
    )
    def test_refuses_wrong_credentials(
        self, network: Network, change: dict[str, str], status: int
    ) -> None:
        url = f"{network.world.url}/photon/oauth/token"

        answer = network.world.http.post(url, json=CREDENTIALS | change)

        assert answer.status_code == status
        assert "error" in answer.json()

    def test_takes_a_form_too(self, network: Network) -> None:
        url = f"{network.world.url}/photon/oauth/token"

        answer = network.world.http.post(url, data=CREDENTIALS)

        assert answer.json()["token_type"] == "Bearer"

    def test_refuses_a_question_without_a_token(self, network: Network) -> None:
        network.token = "nonsense"

        assert network.ask("{ organization { id } }").status_code == 401

    def test_a_token_expires(self, network: Network) -> None:
        network.world.pass_time(25 * 3600)

        assert network.ask("{ organization { id } }").status_code == 401


class TestLanguage:
    def test_refuses_a_field_that_does_not_exist(self, network: Network) -> None:
        answer = network.ask("{ organization { shoeSize } }")

        assert answer.status_code == 400
        assert "shoeSize" in answer.json()["errors"][0]["message"]

    def test_refuses_a_date_that_is_none(self, network: Network) -> None:
        answer = network.ask(
            CREATE_PATIENT,
            name={"first": "Nora", "last": "Quinn"},
            dateOfBirth="yesterday",
            phone="+14155550100",
        )

        assert answer.json()["errors"]

    def test_describes_itself(self, network: Network) -> None:
        schema = network.done("{ __schema { mutationType { fields { name } } } }")

        names = {field["name"] for field in schema["mutationType"]["fields"]}
        assert {"createPatient", "createPrescription", "createOrder", "cancelOrder"} <= names


class TestRecords:
    def test_finds_a_patient_by_our_identifier(self, network: Network) -> None:
        id = network.patient("pat-7")
        network.patient("pat-8")

        found = network.done('{ patients(filter: {externalId: "pat-7"}) { id name { full } } }')

        assert found == [{"id": id, "name": {"full": "Nora Quinn"}}]

    def test_has_pharmacies_in_several_states(self, network: Network) -> None:
        found = network.done("{ pharmacies { id address { state } fulfillmentTypes } }")

        assert {each["address"]["state"] for each in found} >= {"CA", "NY", "TX", "FL", "WA"}

    def test_finds_the_nearest_pharmacy(self, network: Network) -> None:
        found = network.done(
            "{ pharmacies(location: {latitude: 40.65, longitude: -73.95, radius: 20}) { id } }"
        )

        assert [each["id"] for each in found] == ["phr_ny_flatbush", "phr_ny_chelsea"]

    def test_finds_medicines_even_such_as_nobody_entered(self, network: Network) -> None:
        query = "query ($name: String) { medications(filter: {drug: {name: $name}}) { name } }"

        assert network.done(query, name="Rosuvastatin 10 MG") == [{"name": "Rosuvastatin 10 MG"}]
        assert network.done(query, name="unobtainium") == []

    def test_a_prescription_can_wait_for_its_prescriber(self, network: Network) -> None:
        network.world.fault("photon", "prescriber_must_sign")
        patient_id = network.patient()
        draft = network.prescription(patient_id)
        order = {
            "patientId": patient_id,
            "address": ADDRESS,
            "fills": [{"prescriptionId": draft["id"]}],
        }
        refused = network.refusal(CREATE_ORDER, **order)

        network.world.control("photon/sign_prescription", prescription_id=draft["id"])

        assert (draft["state"], refused) == ("DRAFT", "PRESCRIPTION_NOT_ACTIVE")
        assert network.done(CREATE_ORDER, **order)["state"] == "ROUTING"

    def test_signing_can_be_forbidden(self, network: Network) -> None:
        network.world.fault("photon", "signing_forbidden")
        patient_id = network.patient()
        found = network.done('{ medications(filter: {drug: {name: "atorvastatin"}}) { id } }')

        code = network.refusal(
            CREATE_PRESCRIPTION,
            patientId=patient_id,
            treatmentId=found[0]["id"],
            fillsAllowed=1,
        )

        assert code == "FORBIDDEN"


class TestOrders:
    def test_is_completed_on_autopilot(self, autopilot: Network) -> None:
        order = autopilot.order()

        for _ in range(6):
            autopilot.world.pass_time(2)

        shown = autopilot.done(ORDER, id=order["id"])
        assert shown["state"] == "COMPLETED"
        assert shown["fulfillment"]["state"] == "PICKED_UP"
        assert shown["fills"][0]["prescription"] == {
            "id": shown["fills"][0]["prescription"]["id"],
            "state": "DEPLETED",
            "fillsRemaining": 0,
        }
        assert autopilot.world.ear.events("type") == [
            "photon:prescription:created",
            "photon:order:created",
            "photon:order:placed",
            "photon:order:fulfillment",
            "photon:order:fulfillment",
            "photon:order:fulfillment",
            "photon:order:fulfillment",
            "photon:order:completed",
            "photon:prescription:depleted",
        ]

    def test_a_mail_order_is_shipped(self, network: Network) -> None:
        order = network.order(pharmacyId="phr_mail_prairie")

        network.advance(order, 3)

        shown = network.done(ORDER, id=order["id"])
        assert shown["fulfillment"]["state"] == "SHIPPED"
        assert shown["fulfillment"]["trackingNumber"]

    def test_is_found_by_our_identifier_after_a_timeout(self, network: Network) -> None:
        patient_id = network.patient()
        prescription = network.prescription(patient_id)
        network.world.fault("photon", "timeout_after_commit", seconds=0, match={"path": "/graphql"})

        with pytest.raises(httpx.TransportError):
            network.ask(
                CREATE_ORDER,
                externalId="ord-1",
                patientId=patient_id,
                pharmacyId="phr_sf_mission",
                address=ADDRESS,
                fills=[{"prescriptionId": prescription["id"]}],
            )

        found = network.done('{ orders(filter: {externalId: "ord-1"}) { state } }')
        assert found == [{"state": "PENDING"}]

    def test_an_identifier_is_not_checked_for_repetition(self, network: Network) -> None:
        network.order()
        network.order()

        assert len(network.done('{ orders(filter: {externalId: "ord-1"}) { id } }')) == 2

    def test_refuses_unknown_parts(self, network: Network) -> None:
        patient_id = network.patient()

        code = network.refusal(
            CREATE_ORDER,
            patientId=patient_id,
            address=ADDRESS,
            fills=[{"prescriptionId": "rx_none"}],
        )

        assert code == "NOT_FOUND"

    @pytest.mark.parametrize(
        ("steps", "outcome"), [(0, "CANCELED"), (1, "CANCELED_WITH_DISPENSER")]
    )
    def test_cancelling_says_who_had_it(self, network: Network, steps: int, outcome: str) -> None:
        order = network.order()
        network.advance(order, steps)

        canceled = network.done(CANCEL, id=order["id"], reason="Changed dose")

        assert canceled["state"] == "CANCELED"
        assert canceled["cancellation"] == {"outcome": outcome, "reason": "Changed dose"}
        assert network.done(CANCEL, id=order["id"]) == canceled

    @pytest.mark.parametrize(
        ("steps", "code"), [(3, "ORDER_IN_PREPARATION"), (4, "ORDER_ALREADY_DISPENSED")]
    )
    def test_a_cancellation_can_come_too_late(
        self, network: Network, steps: int, code: str
    ) -> None:
        order = network.order()
        network.advance(order, steps)

        assert network.refusal(CANCEL, id=order["id"]) == code

    def test_a_cancellation_can_be_unknown_or_forbidden(self, network: Network) -> None:
        order = network.order()
        network.world.fault("photon", "cancel_not_permitted")

        assert network.refusal(CANCEL, id="ord_none") == "FORBIDDEN"
        assert network.refusal(CANCEL, id="ord_none") == "NOT_FOUND"
        assert network.done(CANCEL, id=order["id"])["state"] == "CANCELED"

    def test_is_rerouted_until_a_pharmacy_prepares_it(self, network: Network) -> None:
        order = network.order()
        network.advance(order, 2)
        reroute = """
            mutation ($id: ID!, $to: ID!) {
              rerouteOrder(id: $id, pharmacyId: $to) { state pharmacy { id } }
            }
        """

        moved = network.done(reroute, id=order["id"], to="phr_la_sunset")
        network.advance(order, 3)

        assert moved == {"state": "PENDING", "pharmacy": {"id": "phr_la_sunset"}}
        assert (
            network.refusal(reroute, id=order["id"], to="phr_sf_mission") == "ORDER_NOT_REROUTABLE"
        )

    def test_a_pharmacy_can_refuse_it(self, network: Network) -> None:
        order = network.order()
        network.world.fault("photon", "pharmacy_rejects", reason="Out of stock")

        network.advance(order)
        network.world.run_due()

        assert network.done(ORDER, id=order["id"])["state"] == "ERROR"
        assert network.world.ear.heard[-1].json["data"]["reason"] == "Out of stock"

    def test_a_pharmacy_can_dispense_twice_and_cancel_afterwards(self, network: Network) -> None:
        order = network.order()
        network.advance(order, 4)

        network.world.control("photon/dispense_again", order_id=order["id"])
        twice = network.done(ORDER, id=order["id"])
        network.world.control("photon/cancel_order", order_id=order["id"])
        network.world.run_due()

        assert len(twice["fills"]) == 2
        assert network.world.ear.events("type").count("photon:order:completed") == 2
        assert network.world.ear.events("type")[-1] == "photon:order:canceled"


class TestWebhooks:
    def test_are_signed_over_the_raw_body(self, network: Network) -> None:
        order = network.order()
        network.world.run_due()

        heard = network.world.ear.heard[-1]

        digest = hmac.new(b"whsec_photon_scripted", heard.raw, hashlib.sha256).hexdigest()
        assert heard.path == "/webhooks/photon"
        assert heard.headers["x-photon-signature"] == digest
        assert heard.json["specversion"] == "1.0"
        assert heard.json["subject"] == order["id"]
        assert heard.json["data"]["externalId"] == "ord-1"
        assert heard.json["data"]["patient"]["externalId"] == "pat-1"
        assert heard.json["data"]["fills"][0]["prescription"]["externalId"] == "rx-1"

    def test_are_not_repeated_after_a_refusal(self, network: Network) -> None:
        network.world.ear.status = 400
        network.patient()
        network.prescription(network.patient())
        network.world.run_due()

        network.world.pass_time(3600)

        assert len(network.world.ear.heard) == 1
