"""
Services by appointment, on video or the phone.
"""

from entrypoints.seeding.questions import (
    EMERGENCY,
    IN_AUSTRALIA,
    VISIT_REFUND,
    answered,
    choice,
    flag,
    number,
    words,
    yes_no,
)

VIDEO_VISIT = {
    **IN_AUSTRALIA,
    "name": "Video GP visit",
    "summary": "Twenty minutes with a general practitioner, at a time that suits you.",
    "mode": "video",
    "price_minor": 6900,
    "platform_fee_minor": 690,
    "capture_on": "completed",
    "duration_minutes": 20,
    "specialties": ["general_practice"],
    "refund_policy": VISIT_REFUND,
    "eligibility": {"jurisdictions": ["AU"], "minimum_age": 18},
    "questionnaire": {
        "title": "Before your visit",
        "items": [
            words("reason", "What would you like to talk about?", required=True),
            choice(
                "urgency",
                "How has it been over the last two days?",
                {"better": "Better", "same": "The same", "worse": "Worse"},
                required=True,
            ),
            choice(
                "symptoms",
                "Do you have any of these?",
                {
                    "fever": "Fever",
                    "cough": "Cough",
                    "pain": "Pain",
                    "rash": "Rash",
                    "low_mood": "Low mood or worry",
                    "none": "None of these",
                },
                required=True,
                repeats=True,
            ),
            {
                "link_id": "temperature",
                "type": "decimal",
                "text": "Your temperature, if you measured it",
                "unit": "°C",
                "minimum": "33",
                "maximum": "44",
                "enable_when": [answered("symptoms", "fever")],
            },
            number(
                "pain_score",
                "How strong is the pain, from 0 to 10?",
                0,
                10,
                required=True,
                enable_when=[answered("symptoms", "pain")],
            ),
            yes_no(
                "emergency_signs",
                "Chest pain, trouble breathing, a weak face or arm, or heavy bleeding?",
            ),
            words("medicines", "Which medicines do you take?"),
        ],
        "red_flags": [
            flag(
                "emergency_signs",
                f"These can be signs of an emergency. {EMERGENCY}",
                answered("emergency_signs", value=True),
            ),
            flag(
                "high_fever",
                "Temperature of 39.5 or more.",
                answered("temperature", "39.5", ">="),
                "warn",
            ),
            flag("severe_pain", "Pain of 8 or more.", answered("pain_score", 8, ">="), "warn"),
        ],
    },
}

SLEEP = {
    **IN_AUSTRALIA,
    "name": "Sleep consultation",
    "summary": "Half an hour on the phone about trouble sleeping, and a plan to sleep better.",
    "mode": "phone",
    "price_minor": 8900,
    "platform_fee_minor": 890,
    "capture_on": "completed",
    "duration_minutes": 30,
    "specialties": ["sleep_medicine"],
    "refund_policy": VISIT_REFUND,
    "eligibility": {"jurisdictions": ["AU"], "minimum_age": 18},
    "questionnaire": {
        "title": "About your sleep",
        "items": [
            choice(
                "trouble",
                "What troubles you?",
                {
                    "falling": "Falling asleep",
                    "staying": "Staying asleep",
                    "early": "Waking too early",
                    "snoring": "Snoring, or pauses in breathing",
                    "tired": "Being tired by day",
                },
                required=True,
                repeats=True,
            ),
            number("hours", "How many hours do you sleep on most nights?", 0, 16, required=True),
            number("months", "For how many months?", 0, 600, required=True),
            yes_no(
                "pauses",
                "Has anybody seen you stop breathing in your sleep?",
                enable_when=[answered("trouble", "snoring")],
            ),
            yes_no("asleep_driving", "Have you nodded off while driving or at work?"),
            number("coffee", "How many cups of coffee or tea a day?", 0, 30),
            words("tried", "What have you tried so far?"),
            yes_no(
                "self_harm",
                "In the last two weeks, have you had thoughts of harming yourself?",
                help="You are not alone. We ask everybody.",
            ),
        ],
        "red_flags": [
            flag(
                "self_harm",
                "Please talk to somebody now: Lifeline 13 11 14, day and night. "
                "If you are in danger, call 000.",
                answered("self_harm", value=True),
            ),
            flag(
                "asleep_driving",
                "Nods off while driving or at work: advise on driving, consider sleep apnoea.",
                answered("asleep_driving", value=True),
                "warn",
            ),
            flag(
                "sleep_apnoea",
                "Breathing stops in sleep: sleep study.",
                answered("pauses", value=True),
                "warn",
            ),
        ],
    },
}
