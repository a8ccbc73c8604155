"""
What the patients of the demo clinic answer, and what its physicians write.
"""

from collections.abc import Mapping
from typing import Any

from entrypoints.seeding.parts import MedicineScript

MIGRAINE_ANSWERS: Mapping[str, Any] = {
    "onset": "hours",
    "signs": ["none"],
    "known_migraine": True,
    "differs": False,
    "days_a_month": 6,
    "painkiller_days": 4,
    "aura": False,
    "tried": "Ibuprofen and lying down in the dark. It helps a little.",
    "pregnancy": "no",
}
THUNDERCLAP_ANSWERS: Mapping[str, Any] = {**MIGRAINE_ANSWERS, "onset": "seconds"}
RASH_ANSWERS: Mapping[str, Any] = {
    "problem": "rash",
    "since": "days",
    "where": ["arms"],
    "rash_feel": ["itchy"],
    "rash_blanches": True,
    "fever": False,
    "swelling": False,
    "tried": "A moisturiser.",
    "pregnancy": "not_applicable",
    "story": "It came after gardening.",
}
MOLE_ANSWERS: Mapping[str, Any] = {
    "problem": "mole",
    "since": "months",
    "where": ["trunk"],
    "mole_changed": True,
    "mole_bleeds": False,
    "swelling": False,
    "pregnancy": "no",
}
REPEAT_ANSWERS: Mapping[str, Any] = {
    "medicine": "Perindopril 5 mg",
    "dose": "One tablet every morning",
    "taking_for": "longer",
    "works": True,
    "side_effects": False,
    "for_blood_pressure": True,
    "systolic": 128,
    "diastolic": 80,
    "chest_pain": False,
    "pregnancy": "no",
}
VISIT_ANSWERS: Mapping[str, Any] = {
    "reason": "A cough that does not go away.",
    "urgency": "same",
    "symptoms": ["cough"],
    "emergency_signs": False,
    "medicines": "None",
}

MIGRAINE_NOTE = (
    "Six days of throbbing one-sided headache a month, with nausea. No red flags.",
    "Questionnaire reviewed. No focal signs reported.",
    "Migraine without aura.",
    "Sumatriptan at onset. Keep a headache diary. Review in two weeks.",
)
RASH_NOTE = (
    "Itchy rash on both forearms after gardening, for three days.",
    "Photos not sent. Blanches, no fever.",
    "Contact dermatitis.",
    "Hydrocortisone cream for a week, gloves in the garden. Come back if it spreads.",
)
REPEAT_NOTE = (
    "Takes perindopril for years, feels well, no side effects.",
    "Home blood pressure 128/80.",
    "Hypertension, well controlled.",
    "Continue. Blood test for kidney function within three months.",
)

SUMATRIPTAN = MedicineScript(
    words="sumatriptan", dose="1", times_per_day=2, quantity=6, note="At the first sign of pain."
)
HYDROCORTISONE = MedicineScript(
    words="hydrocortisone", dose="1", times_per_day=2, quantity=30, days=7
)
PERINDOPRIL = MedicineScript(words="perindopril", dose="1", times_per_day=1, quantity=30, repeats=2)
