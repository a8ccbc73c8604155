from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from attrs import define

from tests.entrypoints.sandbox.vendor_world import World, world

OURS = "https://scripted.test/prescription"
OUTCOMES = "https://pharmacy.sandbox.test/CodeSystem/cancel-outcome"
PATIENT = {
    "resourceType": "Patient",
    "identifier": [{"system": "https://scripted.test/patient", "value": "pat-1"}],
    "name": [{"family": "Quinn", "given": ["Nora"]}],
    "gender": "female",
    "birthDate": "1990-02-03",
}


def prescription(patient: str = "urn:uuid:patient", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "identifier": [{"system": OURS, "value": "rx-1"}],
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Atorvastatin 20 mg tablet"},
        "subject": {"reference": patient},
        "authoredOn": "2026-07-01",
        "dispenseRequest": {"quantity": {"value": 30, "unit": "tablet"}},
        **more,
    }


def task(focus: str = "urn:uuid:prescription", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "identifier": [{"system": "https://scripted.test/order", "value": "ord-1"}],
        "status": "requested",
        "intent": "order",
        "focus": {"reference": focus},
        "for": {"reference": "urn:uuid:patient"},
        "owner": {"reference": "Organization/pharmacy-carlton"},
        **more,
    }


def entry(name: str, resource: dict[str, Any], condition: str | None = None) -> dict[str, Any]:
    request = {"method": "POST", "url": resource["resourceType"]}
    if condition:
        request["ifNoneExist"] = condition
    return {"fullUrl": f"urn:uuid:{name}", "resource": resource, "request": request}


def order_bundle() -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            entry("task", task(), "identifier=https://scripted.test/order|ord-1"),
            entry("prescription", prescription(), f"identifier={OURS}|rx-1"),
            entry("patient", PATIENT, "identifier=https://scripted.test/patient|pat-1"),
        ],
    }


@define
class Fhir:
    world: World

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return self.world.http.request(
            method,
            f"{self.world.url}/fhir-pharmacy/fhir{path}",
            json=body,
            headers={
                "Authorization": "Bearer scripted_fhir_token",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )

    def done(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        answer = self.ask(method, path, body, **headers)
        assert answer.status_code in {200, 201}, answer.text
        return dict(answer.json())

    def order(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """
        The Task and the MedicationRequest of a new order.
        """
        answer = self.done("POST", "", order_bundle())
        return answer["entry"][0]["resource"], answer["entry"][1]["resource"]

    def advance(self, ordered: dict[str, Any], times: int = 1) -> dict[str, Any]:
        for _ in range(times):
            self.world.control("fhir_pharmacy/advance_task", task_id=ordered["id"])
        return self.done("GET", f"/Task/{ordered['id']}")


@pytest.fixture
def fhir() -> Iterator[Fhir]:
    with world() as here:
        yield Fhir(here)


@pytest.fixture
def autopilot() -> Iterator[Fhir]:
    with world(autopilot=True) as here:
        yield Fhir(here)


class TestServer:
    def test_describes_itself_to_anybody(self, fhir: Fhir) -> None:
        answer = fhir.world.http.get(f"{fhir.world.url}/fhir-pharmacy/fhir/metadata").json()

        assert (answer["resourceType"], answer["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
        task = next(each for each in answer["rest"][0]["resource"] if each["type"] == "Task")
        assert "focus" in {each["name"] for each in task["searchParam"]}

    def test_asks_for_a_token(self, fhir: Fhir) -> None:
        answer = fhir.world.http.get(f"{fhir.world.url}/fhir-pharmacy/fhir/Patient")

        assert answer.status_code == 401
        assert answer.json()["resourceType"] == "OperationOutcome"

    def test_knows_its_pharmacies(self, fhir: Fhir) -> None:
        found = fhir.done("GET", "/Organization?address-state=VIC")

        assert found["entry"][0]["resource"]["id"] == "pharmacy-carlton"

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/Patient/none", 404),
            ("GET", "/Basic/none", 404),
            ("GET", "/Patient?shoe-size=40", 400),
            ("DELETE", "/Patient/none", 405),
        ],
    )
    def test_refuses_with_an_operation_outcome(
        self, fhir: Fhir, method: str, path: str, status: int
    ) -> None:
        answer = fhir.ask(method, path)

        assert answer.status_code == status
        if status != 405:
            assert answer.json()["issue"][0]["severity"] == "error"


class TestResources:
    def test_is_created_read_and_updated_with_versions(self, fhir: Fhir) -> None:
        created = fhir.ask("POST", "/Patient", PATIENT)
        id = created.json()["id"]
        changed = {**created.json(), "birthDate": "1990-02-04"}

        updated = fhir.ask("PUT", f"/Patient/{id}", changed, If_Match='W/"1"')
        stale = fhir.ask("PUT", f"/Patient/{id}", changed, If_Match='W/"1"')

        assert created.status_code == 201
        assert created.headers["location"].endswith(f"/Patient/{id}/_history/1")
        assert (updated.status_code, updated.headers["etag"]) == (200, 'W/"2"')
        assert stale.status_code == 412
        assert fhir.done("GET", f"/Patient/{id}")["birthDate"] == "1990-02-04"

    @pytest.mark.parametrize(
        "change",
        [
            {"status": "sent"},
            {"intent": "wish"},
            {"priority": "whenever"},
            {"subject": None},
            {"subject": {"reference": "Patient/none"}},
        ],
    )
    def test_enforces_structure_codes_and_references(
        self, fhir: Fhir, change: dict[str, Any]
    ) -> None:
        patient = fhir.done("POST", "/Patient", PATIENT)
        wrong = {**prescription(f"Patient/{patient['id']}"), **change}
        body = {key: value for key, value in wrong.items() if value is not None}

        answer = fhir.ask("POST", "/MedicationRequest", body)

        assert answer.status_code == 422
        assert answer.json()["resourceType"] == "OperationOutcome"

    def test_a_conditional_creation_finds_the_first(self, fhir: Fhir) -> None:
        condition = "identifier=https://scripted.test/patient|pat-1"
        first = fhir.ask("POST", "/Patient", PATIENT, If_None_Exist=condition)

        again = fhir.ask("POST", "/Patient", PATIENT, If_None_Exist=condition)

        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["id"] == again.json()["id"]

    def test_a_condition_that_several_meet_fails(self, fhir: Fhir) -> None:
        fhir.done("POST", "/Patient", PATIENT)
        fhir.done("POST", "/Patient", PATIENT)

        answer = fhir.ask("POST", "/Patient", PATIENT, If_None_Exist="family=Quinn")

        assert answer.status_code == 412

    def test_a_conditional_update_creates_then_changes(self, fhir: Fhir) -> None:
        path = "/Patient?identifier=https://scripted.test/patient|pat-1"

        created = fhir.ask("PUT", path, PATIENT)
        changed = fhir.ask("PUT", path, {**PATIENT, "gender": "other"})

        assert (created.status_code, changed.status_code) == (201, 200)
        assert created.json()["id"] == changed.json()["id"]

    def test_only_the_pharmacy_writes_dispenses(self, fhir: Fhir) -> None:
        body = {
            "resourceType": "MedicationDispense",
            "status": "completed",
            "medicationCodeableConcept": {"text": "x"},
        }

        assert fhir.ask("POST", "/MedicationDispense", body).status_code == 403

    def test_pages_through_what_it_finds(self, fhir: Fhir) -> None:
        for _ in range(3):
            fhir.done("POST", "/Patient", PATIENT)

        first = fhir.done("GET", "/Patient?family=quinn&_count=2")
        next_page = next(link["url"] for link in first["link"] if link["relation"] == "next")
        second = fhir.world.http.get(
            next_page, headers={"Authorization": "Bearer scripted_fhir_token"}
        ).json()

        assert first["total"] == 3
        assert (len(first["entry"]), len(second["entry"])) == (2, 1)


class TestTransactions:
    def test_resolves_references_between_entries(self, fhir: Fhir) -> None:
        ordered, prescribed = fhir.order()

        assert ordered["focus"]["reference"] == f"MedicationRequest/{prescribed['id']}"
        assert prescribed["subject"]["reference"].startswith("Patient/")

    def test_a_repeat_creates_nothing_new(self, fhir: Fhir) -> None:
        first, _ = fhir.order()
        answer = fhir.done("POST", "", order_bundle())

        assert [each["response"]["status"] for each in answer["entry"]] == ["200 OK"] * 3
        assert answer["entry"][0]["resource"]["id"] == first["id"]
        assert fhir.done("GET", "/MedicationRequest")["total"] == 1

    def test_is_all_or_nothing(self, fhir: Fhir) -> None:
        bundle = order_bundle()
        bundle["entry"][0]["resource"]["status"] = "whatever"

        answer = fhir.ask("POST", "", bundle)

        assert answer.status_code == 422
        assert fhir.done("GET", "/Patient")["total"] == 0

    def test_is_found_again_after_a_timeout(self, fhir: Fhir) -> None:
        fhir.world.fault("fhir_pharmacy", "timeout_after_commit", seconds=0)

        with pytest.raises(httpx.TransportError):
            fhir.ask("POST", "", order_bundle())

        found = fhir.done("GET", "/Task?identifier=https://scripted.test/order|ord-1")
        focus = found["entry"][0]["resource"]["focus"]["reference"]
        assert fhir.done("GET", f"/Task?focus={focus}&status=requested,received")["total"] == 1

    def test_a_batch_answers_each_on_its_own(self, fhir: Fhir) -> None:
        bundle = {
            "resourceType": "Bundle",
            "type": "batch",
            "entry": [
                {"request": {"method": "GET", "url": "Patient/none"}},
                {"resource": PATIENT, "request": {"method": "POST", "url": "Patient"}},
            ],
        }

        answer = fhir.done("POST", "", bundle)

        statuses = [each["response"]["status"][:3] for each in answer["entry"]]
        assert statuses == ["404", "201"]


class TestFulfilment:
    def test_is_dispensed_on_autopilot(self, autopilot: Fhir) -> None:
        ordered, prescribed = autopilot.order()

        for _ in range(4):
            autopilot.world.pass_time(2)

        focus = f"MedicationRequest/{prescribed['id']}"
        dispenses = autopilot.done("GET", f"/MedicationDispense?prescription={focus}")
        assert autopilot.done("GET", f"/Task/{ordered['id']}")["status"] == "completed"
        assert dispenses["total"] == 1
        assert dispenses["entry"][0]["resource"]["status"] == "completed"
        assert dispenses["entry"][0]["resource"]["quantity"]["value"] == 30
        assert autopilot.done("GET", f"/{focus}")["status"] == "completed"

    def test_a_repeat_leaves_the_prescription_active(self, fhir: Fhir) -> None:
        bundle = order_bundle()
        bundle["entry"][1]["resource"]["dispenseRequest"]["numberOfRepeatsAllowed"] = 1
        answer = fhir.done("POST", "", bundle)

        fhir.advance(answer["entry"][0]["resource"], 4)

        kept = fhir.done("GET", f"/MedicationRequest/{answer['entry'][1]['resource']['id']}")
        assert kept["status"] == "active"

    def test_a_pharmacy_can_reject(self, fhir: Fhir) -> None:
        fhir.world.fault("fhir_pharmacy", "order_rejected", reason="Out of stock")
        ordered, _ = fhir.order()

        rejected = fhir.advance(ordered)

        assert (rejected["status"], rejected["statusReason"]["text"]) == (
            "rejected",
            "Out of stock",
        )

    def test_a_pharmacy_can_dispense_twice(self, fhir: Fhir) -> None:
        ordered, prescribed = fhir.order()
        fhir.advance(ordered, 4)

        fhir.world.control("fhir_pharmacy/dispense_again", task_id=ordered["id"])

        path = f"/MedicationDispense?prescription={prescribed['id']}&status=completed"
        assert fhir.done("GET", path)["total"] == 2

    def test_a_cancelled_prescription_is_not_ordered(self, fhir: Fhir) -> None:
        bundle = order_bundle()
        bundle["entry"][1]["resource"]["status"] = "cancelled"

        assert fhir.ask("POST", "", bundle).status_code == 422


class TestCancelling:
    def cancel(self, fhir: Fhir, ordered: dict[str, Any]) -> httpx.Response:
        current = fhir.done("GET", f"/Task/{ordered['id']}")
        return fhir.ask("PUT", f"/Task/{ordered['id']}", {**current, "status": "cancelled"})

    @pytest.mark.parametrize(
        ("steps", "outcome"), [(0, "cancelled"), (1, "cancelled-with-dispenser")]
    )
    def test_says_how_it_ended(self, fhir: Fhir, steps: int, outcome: str) -> None:
        ordered, _ = fhir.order()
        fhir.advance(ordered, steps)

        answer = self.cancel(fhir, ordered).json()

        coding = answer["businessStatus"]["coding"][0]
        assert answer["status"] == "cancelled"
        assert (coding["system"], coding["code"]) == (OUTCOMES, outcome)
        assert self.cancel(fhir, ordered).json()["businessStatus"] == answer["businessStatus"]

    @pytest.mark.parametrize(
        ("steps", "outcome"),
        [(3, "not-cancelled-in-preparation"), (4, "not-cancelled-dispensed")],
    )
    def test_can_come_too_late(self, fhir: Fhir, steps: int, outcome: str) -> None:
        ordered, _ = fhir.order()
        fhir.advance(ordered, steps)

        answer = self.cancel(fhir, ordered)

        assert answer.status_code == 409
        assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == outcome

    def test_can_be_forbidden(self, fhir: Fhir) -> None:
        ordered, _ = fhir.order()
        fhir.world.fault("fhir_pharmacy", "cancel_not_permitted")

        answer = self.cancel(fhir, ordered)

        assert answer.status_code == 403
        assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == "not-permitted"
        assert self.cancel(fhir, ordered).status_code == 200

    def test_of_prescription_and_task_together_is_one_transaction(self, fhir: Fhir) -> None:
        ordered, prescribed = fhir.order()
        bundle = {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [
                {
                    "resource": {**resource, "status": "cancelled"},
                    "request": {
                        "method": "PUT",
                        "url": f"{resource['resourceType']}/{resource['id']}",
                        "ifMatch": 'W/"1"',
                    },
                }
                for resource in (prescribed, ordered)
            ],
        }

        answer = fhir.done("POST", "", bundle)

        assert [each["resource"]["status"] for each in answer["entry"]] == ["cancelled"] * 2

    def test_of_a_prescription_alone_stops_its_task(self, fhir: Fhir) -> None:
        ordered, prescribed = fhir.order()
        path = f"/MedicationRequest/{prescribed['id']}"

        fhir.done("PUT", path, {**prescribed, "status": "cancelled"})

        assert fhir.advance(ordered)["status"] == "cancelled"
        assert fhir.done("GET", "/MedicationDispense")["total"] == 0

    def test_a_pharmacy_can_cancel_after_it_dispensed(self, fhir: Fhir) -> None:
        ordered, _ = fhir.order()
        fhir.advance(ordered, 4)

        fhir.world.control("fhir_pharmacy/cancel_task", identifier="ord-1")

        assert fhir.done("GET", f"/Task/{ordered['id']}")["status"] == "cancelled"

    def test_other_steps_are_the_pharmacys(self, fhir: Fhir) -> None:
        ordered, _ = fhir.order()

        answer = fhir.ask("PUT", f"/Task/{ordered['id']}", {**ordered, "status": "completed"})

        assert answer.status_code == 403


class TestNotices:
    def test_are_signed_and_carry_the_resource(self, fhir: Fhir) -> None:
        ordered, _ = fhir.order()
        fhir.world.run_due()
        fhir.world.ear.heard.clear()
        fhir.advance(ordered)
        fhir.world.run_due()

        heard = fhir.world.ear.heard[0]

        stamp = heard.headers["x-pharmacy-timestamp"]
        expected = hmac.new(
            b"whsec_fhir_pharmacy_scripted", stamp.encode() + b"." + heard.raw, hashlib.sha256
        ).hexdigest()
        assert heard.path == "/webhooks/fhir-pharmacy"
        assert heard.headers["x-pharmacy-signature"] == expected
        assert heard.json["type"] == "history"
        assert heard.json["entry"][1]["resource"]["status"] == "received"
        assert heard.json["entry"][1]["fullUrl"].endswith(f"/fhir/Task/{ordered['id']}")

    def test_come_again_until_acknowledged(self, fhir: Fhir) -> None:
        fhir.world.ear.status = 503
        fhir.order()
        fhir.world.run_due()
        seen = len(fhir.world.ear.heard)

        fhir.world.ear.status = 200
        fhir.world.pass_time(30)

        assert len(fhir.world.ear.heard) == 2 * seen
