"""
Care over the API: from the first answer to the signed prescription.
"""

from datetime import timedelta
from typing import Any

import pytest

from application.consultations.assignment import QueueConsultation
from application.orders.creation import CreateOrder
from application.shared.access import SYSTEM
from domain.shared.ids import ConsultationId, PrescriptionId, from_wire, to_wire
from tests.builders.care import ANSWERS, OTHER_PHARMACY, PHARMACY
from tests.builders.catalogue import SERVICE
from tests.entrypoints.api.world import World

LINE = {
    "medication_code": "amoxicillin-500mg-capsule",
    "dose": "1",
    "times_per_day": 3,
    "days": 7,
    "quantity": 21,
}


def read(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.get_json()


def begin(world: World) -> str:
    started = world.post(
        "/consultations", "patient", json={"service_id": to_wire("service", SERVICE)}
    )
    wire_id: str = read(started, 201)["consultation_id"]
    return f"/consultations/{wire_id}"


def waiting(world: World) -> str:
    path = begin(world)
    read(world.put(f"{path}/answers", "patient", json={"answers": ANSWERS}))
    assert read(world.post(f"{path}/submission", "patient"))["status"] == "awaiting_payment"
    world.container.resolve(QueueConsultation)(
        actor=SYSTEM,
        consultation_id=ConsultationId(from_wire("consultation", path.rpartition("/")[2])),
    )
    return path


def opened(world: World) -> str:
    path = waiting(world)
    assert world.post(f"{path}/claim", "physician").status_code == 204
    assert world.post(f"{path}/opening", "physician").status_code == 204
    return path


def drafted(world: World, path: str) -> str:
    draft = world.post(f"{path}/prescriptions", "physician", json={"lines": [LINE]})
    return f"/prescriptions/{read(draft, 201)['prescription_id']}"


def signed(world: World, path: str) -> str:
    prescription = drafted(world, path)
    shown = read(world.get(f"{prescription}/screen", "physician"))
    body = {
        "content_hash": shown["content_hash"],
        "acknowledged": [finding["code"] for finding in shown["findings"]],
    }
    assert world.post(f"{prescription}/signature", "physician", json=body).status_code == 204
    return prescription


class TestIntake:
    def test_says_what_is_missing(self, world: World) -> None:
        path = begin(world)

        progress = read(world.put(f"{path}/answers", "patient", json={"answers": {}}))

        assert progress["status"] == "draft"
        assert progress["missing"] == ["onset"]

    def test_an_unknown_question_is_named(self, world: World) -> None:
        refused = world.put(f"{begin(world)}/answers", "patient", json={"answers": {"mood": "x"}})

        assert read(refused, 422)["errors"][0]["field"] == "answers.mood"

    def test_cannot_be_handed_in_half(self, world: World) -> None:
        assert world.post(f"{begin(world)}/submission", "patient").status_code == 409

    def test_urgent_answers_stop_it_and_say_what_to_do(self, world: World) -> None:
        path = begin(world)
        answers = {"answers": {"onset": "sudden"}}

        told = read(world.put(f"{path}/answers", "patient", json=answers))
        read(world.post(f"{path}/submission", "patient"))
        view = read(world.get(path, "patient"))

        assert told["stops"] == ["Call an ambulance."]
        assert (view["status"], view["stops"]) == ("stopped", ["Call an ambulance."])


class TestWaiting:
    def test_is_seen_from_both_sides(self, world: World) -> None:
        path = waiting(world)

        view = read(world.get(path, "patient"))
        queue = read(world.get("/queue", "physician"))["items"]

        assert (view["status"], view["position"]) == ("waiting", 1)
        assert [item["consultation_id"] for item in queue] == [view["consultation_id"]]
        assert view["price"] == {"amount": 5400, "currency": "AUD"} or view["price"]["amount"] > 0

    def test_can_be_claimed_once(self, world: World) -> None:
        path = waiting(world)

        first = world.post(f"{path}/claim", "physician")
        second = world.post(f"{path}/claim", "other_physician")

        assert (first.status_code, second.status_code) == (204, 409)

    def test_a_claim_can_be_given_back(self, world: World) -> None:
        path = waiting(world)
        world.post(f"{path}/claim", "physician")

        assert world.post(f"{path}/return", "physician").status_code == 204
        assert read(world.get(path, "patient"))["status"] == "waiting"

    def test_operations_hands_it_to_another(self, world: World) -> None:
        path = waiting(world)
        world.post(f"{path}/claim", "physician")
        others = read(world.get("/me", "other_physician"))["physician_id"]

        handed = world.post(
            f"{path}/reassignment",
            "operations",
            json={"physician_id": others, "reason": "ill"},
        )

        assert handed.status_code == 204
        assert world.get(f"{path}/workspace", "other_physician").status_code == 200
        assert world.get(f"{path}/workspace", "physician").status_code == 404

    def test_the_patient_may_cancel(self, world: World) -> None:
        path = waiting(world)

        assert world.post(f"{path}/cancellation", "patient", json={}).status_code == 204

        view = read(world.get(path, "patient"))
        assert (view["status"], view["cancellation"]) == ("cancelled", "patient_changed_mind")


class TestLists:
    def test_come_in_pages(self, world: World) -> None:
        for _ in range(3):
            waiting(world)

        first = read(world.get("/consultations?limit=2", "patient"))
        second = read(
            world.get("/consultations", "patient", query_string={"cursor": first["next_cursor"]})
        )

        ids = [item["consultation_id"] for item in first["items"] + second["items"]]
        assert len(set(ids)) == 3
        assert second["next_cursor"] is None

    def test_physicians_see_what_they_took(self, world: World) -> None:
        path = opened(world)
        waiting(world)

        mine = read(world.get("/consultations?as_physician=true&status=in_progress", "physician"))

        assert [f"/consultations/{one['consultation_id']}" for one in mine["items"]] == [path]

    @pytest.mark.parametrize("query", ["as_physician=maybe", "status=lost"])
    def test_refuse_what_cannot_be_asked(self, world: World, query: str) -> None:
        assert world.get(f"/consultations?{query}", "physician").status_code == 422


class TestMessages:
    def test_go_both_ways_and_say_when_they_were_read(self, world: World) -> None:
        path = opened(world)
        world.post(f"{path}/messages", "patient", json={"body": "It hurts again."})
        read(world.get(f"{path}/messages", "physician"))
        world.post(f"{path}/messages", "physician", json={"body": "Since when?"})

        letters = read(world.get(f"{path}/messages", "patient"))["items"]

        assert [(one["sender"], one["body"]) for one in letters] == [
            ("patient", "It hurts again."),
            ("physician", "Since when?"),
        ]
        assert all(one["read_at"] for one in letters)


class TestCare:
    def test_the_workspace_shows_all_that_is_needed(self, world: World) -> None:
        path = opened(world)

        shown = read(world.get(f"{path}/workspace", "physician"))

        assert shown["patient"]["name"] == "Noah Tremblay"
        assert {one["link_id"] for one in shown["answers"]} == set(ANSWERS)
        assert shown["note"]["signed_at"] is None

    def test_a_note_is_final_once_signed(self, world: World) -> None:
        path = opened(world)
        note = {"assessment": "Tension headache.", "plan": "Rest."}
        assert world.put(f"{path}/note", "physician", json=note).status_code == 204
        assert world.post(f"{path}/note/signature", "physician").status_code == 204

        rewritten = world.put(f"{path}/note", "physician", json=note)
        world.post(f"{path}/note/addenda", "physician", json={"text": "Called back."})

        shown = read(world.get(f"{path}/workspace", "physician"))["note"]
        assert rewritten.status_code == 409
        assert [one["text"] for one in shown["addenda"]] == ["Called back."]

    def test_completing_plans_the_follow_up(self, world: World) -> None:
        path = opened(world)
        world.put(f"{path}/note", "physician", json={"assessment": "Well.", "plan": "Rest."})
        world.post(f"{path}/note/signature", "physician")
        due_at = (world.clock.now() + timedelta(days=7)).isoformat()

        done = world.post(
            f"{path}/completion",
            "physician",
            json={"outcome": "treated", "follow_up": {"due_at": due_at, "instructions": "Write."}},
        )

        view = read(world.get(path, "patient"))
        assert done.status_code == 204
        assert (view["status"], view["outcome"], view["advice"]) == (
            "completed",
            "treated",
            "Rest.",
        )
        assert view["follow_ups"][0]["instructions"] == "Write."

    def test_a_time_without_a_zone_is_refused(self, world: World) -> None:
        refused = world.post(
            f"{opened(world)}/completion",
            "physician",
            json={"outcome": "treated", "follow_up": {"due_at": "2026-04-01T10:00:00"}},
        )

        assert read(refused, 422)["errors"][0]["field"] == "follow_up.due_at"

    def test_staff_see_the_timeline(self, world: World) -> None:
        path = opened(world)

        entries = read(world.get(f"{path}/timeline", "operations"))["items"]

        assert [entry["type"] for entry in entries][:2] == [
            "ConsultationStarted",
            "IntakeSubmitted",
        ]
        assert world.get(f"{path}/timeline", "physician").status_code == 403


class TestPrescriptions:
    def test_medicines_are_found(self, world: World) -> None:
        found = read(world.get("/medications?words=amoxicillin", "physician"))["items"]

        assert "amoxicillin-500mg-capsule" in {one["code"] for one in found}
        assert world.get("/medications", "physician").status_code == 422
        assert world.get("/medications?words=amoxicillin", "patient").status_code == 403

    def test_exactly_what_was_shown_is_signed(self, world: World) -> None:
        path = opened(world)
        prescription = signed(world, path)

        seen = read(world.get(prescription, "patient"))
        listed = read(world.get("/prescriptions", "patient"))["items"]
        of_consultation = read(world.get(f"{path}/prescriptions", "patient"))["items"]

        assert seen["status"] == "signed"
        assert seen["items"][0]["quantity"] == 21
        assert listed == of_consultation == [seen]

    def test_something_else_than_was_shown_is_not(self, world: World) -> None:
        prescription = drafted(world, opened(world))

        refused = world.post(
            f"{prescription}/signature", "physician", json={"content_hash": "0" * 64}
        )

        assert read(refused, 409)["code"] == "content_changed"

    def test_a_draft_is_the_physicians(self, world: World) -> None:
        prescription = drafted(world, opened(world))

        assert world.get(prescription, "patient").status_code == 404
        assert world.get(prescription, "physician").status_code == 200

    def test_a_draft_is_changed_and_thrown_away(self, world: World) -> None:
        path = opened(world)
        prescription = drafted(world, path)
        body = {
            "consultation_id": path.rpartition("/")[2],
            "lines": [LINE | {"quantity": 14}],
        }

        read(world.put(prescription, "physician", json=body))
        changed = read(world.get(prescription, "physician"))
        discarded = world.delete(prescription, "physician")

        assert changed["items"][0]["quantity"] == 14
        assert discarded.status_code == 204

    def test_the_outcome_of_a_withdrawal_is_coded(self, world: World) -> None:
        prescription = signed(world, opened(world))

        cancelled = world.post(
            f"{prescription}/cancellation", "physician", json={"reason": "clinical_change"}
        )

        assert read(cancelled)["outcome"] == "cancelled"
        assert read(world.get(prescription, "patient"))["status"] == "cancelled"


class TestOrders:
    @pytest.fixture
    def prescription(self, world: World) -> str:
        path = signed(world, opened(world))
        prescription_id = from_wire("prescription", path.rpartition("/")[2])
        world.container.resolve(CreateOrder)(
            actor=SYSTEM, prescription_id=PrescriptionId(prescription_id)
        )
        return path

    def test_are_followed_by_patient_and_prescriber(self, world: World, prescription: str) -> None:
        mine = read(world.get("/orders", "patient"))["items"]
        of_prescription = read(world.get(f"{prescription}/orders", "physician"))["items"]
        order = read(world.get(f"/orders/{mine[0]['order_id']}", "patient"))

        assert mine == of_prescription == [order]
        assert order["status"] == "created"

    def test_go_to_the_pharmacy_that_the_patient_chooses(
        self, world: World, prescription: str
    ) -> None:
        found = read(world.get("/pharmacies?place=AU-NSW", "patient"))["items"]
        order = read(world.get(f"{prescription}/orders", "patient"))["items"][0]
        chosen = {"pharmacy_id": to_wire("pharmacy", OTHER_PHARMACY)}

        put = world.put(f"/orders/{order['order_id']}/pharmacy", "patient", json=chosen)

        after = read(world.get(f"/orders/{order['order_id']}", "patient"))
        assert {one["pharmacy_id"] for one in found} == {
            to_wire("pharmacy", PHARMACY),
            to_wire("pharmacy", OTHER_PHARMACY),
        }
        assert put.status_code == 204
        assert after["pharmacy"]["name"] == "Village Pharmacy"

    def test_are_called_back_with_a_code(self, world: World, prescription: str) -> None:
        order = read(world.get(f"{prescription}/orders", "patient"))["items"][0]

        cancelled = world.post(f"/orders/{order['order_id']}/cancellation", "patient", json={})

        assert read(cancelled)["outcome"] == "cancelled"
