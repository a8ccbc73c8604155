"""
People over the API: signing in, registering, physicians' way in, hours, files, notices.
"""

import io
from typing import Any

import pytest

from domain.shared.ids import to_wire
from tests.builders.catalogue import VISIT
from tests.builders.physicians import PLAN
from tests.entrypoints.api.belongings import own_everything
from tests.entrypoints.api.bodies import BODIES
from tests.entrypoints.api.world import World

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def read(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.get_json()


def sign_in(world: World, name: str, email: str, password: str) -> None:
    issued = read(world.post("/sessions", json={"email": email, "password": password}), 201)
    world.tokens[name] = issued["token"]


class TestSigningIn:
    def test_a_new_patient_can_at_once(self, world: World) -> None:
        body = BODIES["register_patient"]
        made = read(world.post("/patients", json=body), 201)
        sign_in(world, "ada", body["email"], body["password"])

        me = read(world.get("/me", "ada"))

        assert me["patient_id"] == made["patient_id"]
        assert me["roles"] == ["patient"]
        assert world.get(f"/patients/{made['patient_id']}", "ada").status_code == 200

    def test_a_wrong_password_is_refused_and_locks_in_the_end(self, world: World) -> None:
        body = BODIES["register_patient"]
        world.post("/patients", json=body)
        wrong = {"email": body["email"], "password": "wrong"}

        statuses = [world.post("/sessions", json=wrong).status_code for _ in range(6)]
        locked = world.post("/sessions", json=wrong)

        assert statuses[0] == 401
        assert locked.status_code == 429
        assert int(locked.headers["Retry-After"]) > 0

    def test_a_token_ends_with_signing_out(self, world: World) -> None:
        assert world.delete("/sessions/current", "patient").status_code == 204
        assert world.get("/me", "patient").status_code == 401

    def test_a_taken_address_is_refused(self, world: World) -> None:
        body = BODIES["register_patient"]
        world.post("/patients", json=body)

        assert read(world.post("/patients", json=body), 409)["code"] == "email_taken"

    @pytest.mark.parametrize("place", ["Australia", "", "AU-NEWSOUTHWALES"])
    def test_an_unfit_place_is_refused(self, world: World, place: str) -> None:
        refused = world.post("/patients", json={**BODIES["register_patient"], "place": place})

        assert refused.status_code == 422


class TestBecomingAPhysician:
    def test_from_an_account_to_an_application(self, world: World) -> None:
        account = BODIES["register_user"]
        read(world.post("/users", json=account), 201)
        sign_in(world, "ada", account["email"], account["password"])
        applied = read(world.post("/physicians", "ada", json=BODIES["apply_as_physician"]), 201)
        path = f"/physicians/{applied['physician_id']}"

        licence = read(world.post(f"{path}/licences", "ada", json=BODIES["add_licence"]), 201)
        offered = read(
            world.post(
                f"{path}/contracts",
                "operations",
                json={
                    "commission_plan_id": to_wire("commission_plan", PLAN),
                    "commission_plan_version": 1,
                },
            ),
            201,
        )
        signed = world.post(f"{path}/contracts/{offered['contract_id']}/signature", "ada")
        attest = f"{path}/licences/{licence['licence_id']}/attestations"
        evidence = {"evidence": "register, page 3"}
        first = world.post(attest, "operations", json=evidence)
        again = world.post(attest, "operations", json=evidence)
        second = world.post(attest, "administrator", json=evidence)

        checklist = read(world.get(f"{path}/onboarding", "ada"))
        assert [one.status_code for one in (signed, first, again, second)] == [204, 204, 409, 204]
        assert {step["name"]: step["state"] for step in checklist["steps"]} == {
            "identity": "to_do",
            "licences": "done",
            "contract": "done",
            "payout_account": "to_do",
        }

    def test_staff_see_who_waits(self, world: World) -> None:
        account = BODIES["register_user"]
        world.post("/users", json=account)
        sign_in(world, "ada", account["email"], account["password"])
        world.post("/physicians", "ada", json=BODIES["apply_as_physician"])

        waiting = read(world.get("/physicians", "operations"))["items"]
        active = read(world.get("/physicians?status=active", "operations"))["items"]

        assert [one["name"] for one in waiting] == ["Dr Ada Berg"]
        assert len(active) == 2

    def test_a_suspension_keeps_from_the_queue_and_can_end(self, world: World) -> None:
        physician_id = read(world.get("/me", "physician"))["physician_id"]
        path = f"/physicians/{physician_id}"
        world.clinic.waiting()

        world.put(f"{path}/suspension", "operations", json={"reason": "under_review"})
        while_suspended = read(world.get("/queue", "physician"))["items"]
        hidden = world.get(path, "patient").status_code
        world.delete(f"{path}/suspension", "operations")

        assert (while_suspended, hidden) == ([], 404)
        assert len(read(world.get("/queue", "physician"))["items"]) == 1
        assert read(world.get(path, "patient"))["name"]


class TestTimes:
    @pytest.fixture
    def visit(self, world: World) -> str:
        body = {"code": "video-visit", "offer": VISIT}
        published = read(world.post("/services", "operations", json=body), 201)
        service_id: str = published["service_id"]
        return service_id

    @pytest.fixture
    def physician(self, world: World) -> str:
        wire_id: str = read(world.get("/me", "physician"))["physician_id"]
        hours = {
            "time_zone": "Australia/Sydney",
            "weekly": [
                {"weekday": day, "hours": {"start": "09:00", "end": "17:00"}} for day in range(5)
            ],
        }
        read(world.put(f"/physicians/{wire_id}/availability", "physician", json=hours))
        return wire_id

    def test_hours_are_shown_as_they_were_set(self, world: World, physician: str) -> None:
        shown = read(world.get(f"/physicians/{physician}/availability", "physician"))

        assert shown["weekly"][0] == {"weekday": 0, "hours": {"start": "09:00", "end": "17:00"}}
        assert shown["minimum_notice_minutes"] == 120

    @pytest.mark.parametrize(
        "hours", [{"start": "9", "end": "17"}, {"start": "17:00", "end": "9:00"}]
    )
    def test_unfit_hours_are_refused(
        self, world: World, physician: str, hours: dict[str, str]
    ) -> None:
        refused = world.put(
            f"/physicians/{physician}/availability",
            "physician",
            json={"time_zone": "Australia/Sydney", "weekly": [{"weekday": 1, "hours": hours}]},
        )

        assert refused.status_code == 422

    def test_a_slot_is_found_held_and_given_back(
        self, world: World, visit: str, physician: str
    ) -> None:
        slots = read(world.get(f"/services/{visit}/slots?place=AU-NSW", "patient"))["items"]
        started = read(world.post("/consultations", "patient", json={"service_id": visit}), 201)
        path = f"/consultations/{started['consultation_id']}/appointment"
        chosen = {"physician_id": physician, "start_at": slots[0]["start_at"]}

        held = world.post(path, "patient", json=chosen)
        shown = read(world.get(path, "patient"))
        mine = read(world.get("/appointments", "physician"))["items"]
        given_back = world.delete(path, "patient")

        assert held.status_code == 201
        assert (shown["status"], shown["start_at"]) == ("held", slots[0]["start_at"])
        assert mine == [shown]
        assert given_back.status_code == 204

    def test_leave_closes_the_days(self, world: World, visit: str, physician: str) -> None:
        path = f"/services/{visit}/slots?place=AU&to=2026-03-06T00:00:00Z"
        before = read(world.get(path, "patient"))["items"]

        days = {"first_on": "2026-03-02", "last_on": "2026-03-08"}
        affected = read(world.post(f"/physicians/{physician}/leave", "physician", json=days))

        assert before
        assert affected["items"] == []
        assert read(world.get(path, "patient"))["items"] == []

    def test_the_calendar_is_a_feed(self, world: World, physician: str) -> None:
        feed = world.get(f"/physicians/{physician}/calendar", "physician")

        assert feed.content_type.startswith("text/calendar")
        assert feed.text.startswith("BEGIN:VCALENDAR")

    def test_a_retired_service_is_offered_no_longer(self, world: World, visit: str) -> None:
        assert world.post(f"/services/{visit}/retirement", "operations").status_code == 204
        assert visit not in world.get("/services").text


class TestDocuments:
    def upload(
        self, world: World, content: bytes, name: str = "a.pdf", key: str | None = None
    ) -> Any:
        patient_id = read(world.get("/me", "patient"))["patient_id"]
        return world.post(
            f"/patients/{patient_id}/documents",
            "patient",
            data={"kind": "result", "file": (io.BytesIO(content), name)},
            headers={"Idempotency-Key": key} if key else {},
        )

    def test_what_was_uploaded_comes_back_as_an_attachment(self, world: World) -> None:
        uploaded = read(self.upload(world, PDF, "Blutbild \u00e4.pdf"), 201)

        opened = world.get(f"/documents/{uploaded['document_id']}/content", "patient")

        assert uploaded["status"] == "clean"
        assert opened.data == PDF
        assert opened.content_type == "application/pdf"
        assert opened.headers["Content-Disposition"] == (
            "attachment; filename=\"Blutbild _.pdf\"; filename*=UTF-8''Blutbild%20%C3%A4.pdf"
        )
        assert opened.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in opened.headers["Content-Security-Policy"]
        assert opened.headers["Cache-Control"] == "no-store"
        assert "ETag" not in opened.headers

    def test_is_listed_for_its_patient(self, world: World) -> None:
        read(self.upload(world, PDF), 201)
        patient_id = read(world.get("/me", "patient"))["patient_id"]

        listed = read(world.get(f"/patients/{patient_id}/documents", "patient"))["items"]

        assert [(one["filename"], one["media_type"]) for one in listed] == [
            ("a.pdf", "application/pdf")
        ]

    @pytest.mark.parametrize("content", [b"", b"<script>alert(1)</script>", b"PK\x03\x04zip"])
    def test_what_is_no_document_is_refused(self, world: World, content: bytes) -> None:
        assert self.upload(world, content).status_code == 422

    def test_malware_is_never_handed_out(self, world: World) -> None:
        uploaded = read(self.upload(world, PDF + EICAR), 201)

        assert uploaded["status"] == "refused"
        assert (
            world.get(f"/documents/{uploaded['document_id']}/content", "patient").status_code == 409
        )

    def test_a_form_without_a_file_is_refused(self, world: World) -> None:
        patient_id = read(world.get("/me", "patient"))["patient_id"]

        refused = world.post(
            f"/patients/{patient_id}/documents", "patient", data={"kind": "result"}
        )

        assert read(refused, 422)["errors"][0]["field"] == "file"

    def test_a_repeated_upload_is_one(self, world: World) -> None:
        first = self.upload(world, PDF, key="k1")
        second = self.upload(world, PDF, key="k1")
        other = self.upload(world, PDF + b"\n", key="k1")

        assert first.data == second.data
        assert other.status_code == 422


class TestNotifications:
    def test_are_listed_and_marked(self, world: World) -> None:
        owned = own_everything(world)
        listed = read(world.get("/notifications?time_zone=Australia/Sydney", "patient"))["items"]

        seen = world.post(owned.path("/notifications/{notification_id}/seen"), "patient")

        assert [one["template"] for one in listed] == ["consultation_claimed"]
        assert seen.status_code == 204
        assert read(world.get("/notifications/unseen", "patient"))["unseen"] == 0

    def test_an_unknown_zone_is_refused(self, world: World) -> None:
        assert world.get("/notifications?time_zone=Mars/Base", "patient").status_code == 422


class TestFindingPhysicians:
    def test_is_by_name_or_reference(self, world: World) -> None:
        owned = own_everything(world)
        known = read(world.get(owned.path("/physicians/{physician_id}"), "finance"))
        wanted = {"physician_id": owned.ids["physician_id"], "name": known["name"]}
        wanted["status"] = "active"

        def found(words: str) -> list[dict[str, str]]:
            query = {"words": words}
            answer = world.get("/operations/physicians", "finance", query_string=query)
            return read(answer)["items"]  # type: ignore[no-any-return]

        assert wanted in found(known["name"].lower())
        assert found(owned.ids["physician_id"]) == [wanted]
        assert found("nobody") == []

    @pytest.mark.parametrize("query", [{}, {"words": ""}, {"words": "ph_x"}], ids=str)
    def test_needs_something_to_look_for(self, world: World, query: dict[str, str]) -> None:
        assert world.get("/operations/physicians", "finance", query_string=query).status_code == 422
