"""
The demo clinic's services are good services.
"""

from typing import Any

import pytest

from application.catalogue.publication import PublishService
from application.shared.access import SYSTEM
from domain.catalogue.answers import CheckedAnswers, check_answers
from domain.catalogue.questionnaire_data import questionnaire_from_data
from entrypoints.seeding.catalogue import SERVICES
from tests.fakes.clock import FixedClock, SequentialIds
from tests.fakes.unit_of_work import FakeUnitOfWork

MIGRAINE = {
    "onset": "hour",
    "signs": ["none"],
    "known_migraine": True,
    "differs": False,
    "days_a_month": 4,
    "painkiller_days": 3,
    "aura": False,
    "tried": "Ibuprofen, which helps a little.",
    "pregnancy": "no",
}


def check(code: str, answers: dict[str, Any]) -> CheckedAnswers:
    return check_answers(questionnaire_from_data(SERVICES[code]["questionnaire"]), answers)


@pytest.mark.parametrize("code", SERVICES)
def test_every_service_can_be_published_twice_without_a_second_version(code: str) -> None:
    uow = FakeUnitOfWork()
    publish = PublishService(uow, FixedClock(), SequentialIds())

    service_id = publish(actor=SYSTEM, code=code, offer=SERVICES[code])
    publish(actor=SYSTEM, code=code, offer=SERVICES[code])

    assert uow.services.read(service_id).current.number == 1


@pytest.mark.parametrize(
    ("code", "answers", "stops", "warnings"),
    [
        ("migraine-review", MIGRAINE, [], []),
        ("migraine-review", {**MIGRAINE, "onset": "seconds"}, ["thunderclap_headache"], []),
        ("migraine-review", {**MIGRAINE, "signs": ["speech"]}, ["focal_signs"], []),
        (
            "migraine-review",
            {**MIGRAINE, "painkiller_days": 12, "aura": True, "contraception": "combined"},
            [],
            ["medication_overuse", "aura_with_oestrogen"],
        ),
        (
            "skin-consultation",
            {
                "problem": "rash",
                "since": "days",
                "where": ["legs"],
                "rash_feel": ["numb"],
                "rash_blanches": False,
                "fever": True,
                "swelling": False,
                "pregnancy": "possibly",
            },
            ["non_blanching_rash"],
            ["pregnancy"],
        ),
        (
            "repeat-prescription",
            {
                "medicine": "Ramipril 5 mg",
                "dose": "One in the morning",
                "taking_for": "year",
                "works": True,
                "side_effects": False,
                "for_blood_pressure": True,
                "systolic": 182,
                "diastolic": 95,
                "chest_pain": False,
                "pregnancy": "not_applicable",
            },
            ["severe_hypertension"],
            [],
        ),
        (
            "video-visit",
            {
                "reason": "A cough",
                "urgency": "same",
                "symptoms": ["fever", "cough"],
                "temperature": "39.5",
                "emergency_signs": False,
            },
            [],
            ["high_fever"],
        ),
        (
            "sleep-consultation",
            {
                "trouble": ["snoring", "tired"],
                "hours": 6,
                "months": 12,
                "pauses": True,
                "asleep_driving": False,
                "self_harm": False,
            },
            [],
            ["sleep_apnoea"],
        ),
    ],
)
def test_answers_raise_the_flags_that_they_should(
    code: str, answers: dict[str, Any], stops: list[str], warnings: list[str]
) -> None:
    checked = check(code, answers)

    assert checked.is_complete
    assert [flag.code for flag in checked.stops] == stops
    assert [flag.code for flag in checked.red_flags if flag not in checked.stops] == warnings
