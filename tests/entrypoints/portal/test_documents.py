"""
Files in and out of the portal, over the real use cases, scanner and storage.
"""

import asyncio
from typing import Any

import httpx
import pytest
from attrs import evolve
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from domain.documents import LARGEST
from domain.shared.ids import ConsultationId, DocumentId, from_wire, to_wire
from entrypoints.portal.http.site import one_port
from entrypoints.portal.pages.papers import with_names
from entrypoints.portal.pages.patient.consultation import ConsultationState
from entrypoints.portal.pages.physician.workspace import WorkspaceState
from entrypoints.portal.security.cookies import FORM_SEAL, SESSION
from entrypoints.portal.security.form_tokens import token_for
from entrypoints.portal.settings import PortalSettings
from tests.entrypoints.api.world import World
from tests.entrypoints.portal.document_answers import document_views
from tests.entrypoints.portal.http_browser import ADDRESS, HttpBrowser
from tests.entrypoints.portal.tabs import open_state
from tests.journeys.browser.people import small_png

SEAL = "a-seal"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture
def consultation_id(world: World) -> ConsultationId:
    return world.clinic.opened()


class Visitor:
    """Somebody with a session, and what they send and open."""

    def __init__(self, world: World, person: str, consultation_id: ConsultationId) -> None:
        async def reflex(scope: Scope, receive: Receive, send: Send) -> None:
            await PlainTextResponse("reflex")(scope, receive, send)

        settings = PortalSettings(public_url=ADDRESS)
        self.browser = HttpBrowser(one_port(settings, lambda _: True)(reflex))
        self.browser.cookies.set(SESSION, world.tokens[person])
        self.browser.cookies.set(FORM_SEAL, SEAL)
        self.session = world.tokens[person]
        self.wire = to_wire("consultation", consultation_id)

    def upload(self, content: bytes, name: str = "rash.png", **headers: str) -> httpx.Response:
        page = f"/consultations/{self.wire}"
        return self.browser.post(
            "/files/documents",
            data={
                "form_token": token_for(SEAL),
                "back": page,
                "consultation": page,
                "kind": "result",
            },
            files={"file": (name, content, "image/png")},
            headers={"referer": f"{ADDRESS}{page}", "host": "portal.test", **headers},
        )

    def page(self, state_class: Any, query: str = "") -> Any:
        address = f"/x?consultation_id={self.wire}{query}"

        async def opened() -> Any:
            state = await open_state(state_class, self.session, address=address)
            await state.load()
            return state

        return asyncio.run(opened())


@pytest.fixture
def patient(world: World, consultation_id: ConsultationId) -> Visitor:
    return Visitor(world, "patient", consultation_id)


def test_a_picture_goes_from_the_patient_to_the_physician_as_it_is(
    world: World, consultation_id: ConsultationId, patient: Visitor
) -> None:
    answer = patient.upload(small_png())
    physician = Visitor(world, "physician", consultation_id)

    assert answer.status_code == 303
    assert f"/consultations/{patient.wire}?document=" in answer.headers["location"]
    (listed,) = patient.page(ConsultationState).papers
    assert (listed.name, listed.words) == ("rash.png", "")
    assert listed.detail.startswith("Test result · 1 kB")
    (seen,) = physician.page(WorkspaceState).papers
    opened = physician.browser.get(seen.address)
    assert opened.content == small_png()
    assert opened.headers["content-type"] == "image/png"
    assert opened.headers["content-disposition"] == "attachment; filename*=UTF-8''rash.png"
    assert opened.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert opened.headers["cache-control"] == "no-store"


def test_another_patient_cannot_tell_that_it_is_there(
    world: World, consultation_id: ConsultationId, patient: Visitor
) -> None:
    patient.upload(small_png())
    (listed,) = patient.page(ConsultationState).papers

    stranger = Visitor(world, "stranger", consultation_id)

    assert stranger.browser.get(listed.address).status_code == 404


def test_a_file_is_known_by_its_content_whatever_it_is_called(patient: Visitor) -> None:
    answer = patient.upload(b"<html><script>alert(1)</script></html>", "rash.png")
    page = patient.page(ConsultationState, "&problem=unfit_media_type")

    assert "problem=unfit_media_type" in answer.headers["location"]
    assert page.papers == []
    assert page.trouble == "Attach a PDF, or a JPEG, PNG or HEIC picture."


def test_one_that_is_too_large_leads_back_unread(patient: Visitor) -> None:
    answer = patient.upload(small_png(), **{"content-length": str(LARGEST + 100_000)})

    assert answer.headers["location"] == (
        f"/consultations/{patient.wire}?problem=document_too_large"
    )


def test_one_that_is_too_large_for_no_page_of_ours_is_refused(patient: Visitor) -> None:
    answer = patient.upload(
        small_png(),
        **{"content-length": str(LARGEST + 100_000), "referer": "https://elsewhere.test/"},
    )

    assert answer.status_code == 413


def test_one_that_is_too_large_by_a_byte_is_refused_by_the_use_case(patient: Visitor) -> None:
    picture = small_png()

    answer = patient.upload(picture + b"\0" * (LARGEST + 1 - len(picture)))

    assert "problem=document_too_large" in answer.headers["location"]


def test_malware_is_told_of_and_never_handed_out(patient: Visitor) -> None:
    answer = patient.upload(b"%PDF-1.7\n" + EICAR, "result.pdf")
    page = patient.page(ConsultationState, "&problem=document_unsafe")

    assert "problem=document_unsafe" in answer.headers["location"]
    assert "harmful" in page.trouble
    (listed,) = page.papers
    assert (listed.words, listed.address) == ("Not safe to open", "")


def test_a_form_of_another_site_stores_nothing(patient: Visitor) -> None:
    answer = patient.upload(small_png(), origin="https://elsewhere.test")

    assert "problem=expired" in answer.headers["location"]
    assert patient.page(ConsultationState).papers == []


def test_answers_name_the_file_that_was_attached(patient: Visitor) -> None:
    wire = patient.upload(small_png()).headers["location"].rpartition("document=")[2]
    document_id = DocumentId(from_wire("document", wire))
    view = evolve(document_views()[0], id=document_id, filename="rash.png")

    assert with_names(f"{wire}, and more", [view]) == "rash.png, and more"
    assert with_names(wire, []) == "a file"
