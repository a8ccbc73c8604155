"""
What a page says of a deed: until when, and how often.
"""

import asyncio
from typing import Any

import pytest

from application.consultations.conversation import SendMessage
from domain.shared.errors import Unavailable
from domain.shared.ids import to_wire
from entrypoints.portal.pages.patient.consultation import ConsultationState
from tests.entrypoints.portal.patient_answers import CONSULTATION
from tests.entrypoints.portal.patient_clinic import prepare_for_patient
from tests.entrypoints.portal.tabs import Clinic, open_state

SENT = "Your message was sent."


@pytest.fixture(autouse=True)
def patients_clinic(clinic: Clinic) -> Clinic:
    prepare_for_patient(clinic)
    return clinic


async def page_after_a_message() -> Any:
    wire = to_wire("consultation", CONSULTATION)
    state = await open_state(
        ConsultationState, "patient-token", address=f"/consultations/x?consultation_id={wire}"
    )
    await state.load()
    await state.send({"body": "Better today."})
    return state


def test_a_notice_can_be_taken_away() -> None:
    async def scene() -> Any:
        state = await page_after_a_message()
        said = state.notice
        await state.dismiss(state.deed)
        return said, state.notice

    assert asyncio.run(scene()) == (SENT, "")


def test_a_notice_that_came_since_stays() -> None:
    async def scene() -> Any:
        state = await page_after_a_message()
        seen = state.deed
        await state.send({"body": "And now?"})
        await state.dismiss(seen)
        return state.notice

    assert asyncio.run(scene()) == SENT


def test_what_went_wrong_is_not_taken_away(clinic: Clinic) -> None:
    clinic.answer(SendMessage, Unavailable("It could not be sent."))

    async def scene() -> Any:
        state = await page_after_a_message()
        await state.dismiss(state.deed)
        return state.trouble

    assert asyncio.run(scene()) == "It could not be sent."


def test_a_page_that_opens_says_nothing_of_earlier_deeds() -> None:
    async def scene() -> Any:
        state = await page_after_a_message()
        await state.load()
        return state.notice

    assert asyncio.run(scene()) == ""
