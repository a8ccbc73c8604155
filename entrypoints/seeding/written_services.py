"""
Services in writing: patient and physician each in their own time.
"""

from entrypoints.seeding.questions import (
    EMERGENCY,
    IN_AUSTRALIA,
    PREGNANCY_FLAG,
    PREGNANT,
    WRITTEN_REFUND,
    answered,
    choice,
    display,
    flag,
    group,
    number,
    words,
    yes_no,
)

SKIN = {
    **IN_AUSTRALIA,
    "name": "Skin consultation",
    "summary": "Send photos of a rash, spot or mole. A physician writes back within four hours.",
    "mode": "async",
    "price_minor": 4900,
    "platform_fee_minor": 490,
    "capture_on": "claimed",
    "promised_response_minutes": 240,
    "specialties": ["dermatology", "general_practice"],
    "refund_policy": WRITTEN_REFUND,
    "eligibility": {"jurisdictions": ["AU"], "minimum_age": 16},
    "questionnaire": {
        "title": "About your skin",
        "items": [
            choice(
                "problem",
                "What is it about?",
                {
                    "rash": "A rash",
                    "acne": "Acne",
                    "mole": "A mole or a dark spot",
                    "sore": "A sore or a wound",
                    "other": "Something else",
                },
                required=True,
            ),
            choice(
                "since",
                "Since when?",
                {
                    "today": "Today",
                    "days": "A few days",
                    "weeks": "A few weeks",
                    "months": "Longer",
                },
                required=True,
            ),
            choice(
                "where",
                "Where on your body?",
                {
                    "face": "Face",
                    "scalp": "Scalp",
                    "trunk": "Chest, belly or back",
                    "arms": "Arms or hands",
                    "legs": "Legs or feet",
                    "genital": "Genital area",
                },
                required=True,
                repeats=True,
            ),
            group(
                "rash_details",
                "About the rash",
                [
                    choice(
                        "rash_feel",
                        "How does it feel?",
                        {
                            "itchy": "It itches",
                            "painful": "It hurts",
                            "numb": "I do not feel it",
                        },
                        required=True,
                        repeats=True,
                    ),
                    yes_no(
                        "rash_blanches",
                        "Does the colour fade when you press a glass on it?",
                        help="Press the side of a clear drinking glass firmly on the rash.",
                    ),
                    yes_no("fever", "Do you have a fever, or feel very unwell?"),
                ],
                enable_when=[answered("problem", "rash")],
            ),
            group(
                "mole_details",
                "About the mole or spot",
                [
                    yes_no("mole_changed", "Has it changed in size, shape or colour?"),
                    yes_no("mole_bleeds", "Does it bleed or not heal?"),
                ],
                enable_when=[answered("problem", "mole")],
            ),
            yes_no("swelling", "Are your lips, tongue or face swelling, or is it hard to breathe?"),
            {
                "link_id": "photos",
                "type": "attachment",
                "text": "Photos: one from a distance, one close up, in daylight",
                "repeats": True,
            },
            words("tried", "What have you tried so far?"),
            PREGNANT,
            words("story", "What else should the physician know?"),
        ],
        "red_flags": [
            flag(
                "anaphylaxis",
                f"This can be a severe allergic reaction. {EMERGENCY}",
                answered("swelling", value=True),
            ),
            flag(
                "non_blanching_rash",
                f"A rash that does not fade under glass, with fever, can be dangerous. {EMERGENCY}",
                {"all": [answered("rash_blanches", value=False), answered("fever", value=True)]},
            ),
            flag(
                "changing_mole",
                "A changing or bleeding mole: consider melanoma and examination in person.",
                {
                    "any": [
                        answered("mole_changed", value=True),
                        answered("mole_bleeds", value=True),
                    ]
                },
                "warn",
            ),
            PREGNANCY_FLAG,
        ],
    },
}

REPEAT_PRESCRIPTION = {
    **IN_AUSTRALIA,
    "name": "Repeat prescription review",
    "summary": "For a medicine that you take already and that works. Answered within two hours.",
    "mode": "async",
    "price_minor": 2900,
    "platform_fee_minor": 290,
    "capture_on": "completed",
    "promised_response_minutes": 120,
    "specialties": ["general_practice"],
    "refund_policy": WRITTEN_REFUND,
    "eligibility": {"jurisdictions": ["AU"], "minimum_age": 18},
    "questionnaire": {
        "title": "About your medicine",
        "items": [
            display(
                "scope",
                "We do not renew opioids, sleeping tablets or other controlled medicines here.",
            ),
            words("medicine", "Which medicine, and in which strength?", required=True),
            words("dose", "How do you take it?", required=True),
            choice(
                "taking_for",
                "How long have you taken it?",
                {
                    "months": "Less than six months",
                    "year": "Six months to two years",
                    "longer": "Longer",
                },
                required=True,
            ),
            {
                "link_id": "last_review_on",
                "type": "date",
                "text": "When did a physician last review it with you?",
            },
            yes_no("works", "Does it work as it should?"),
            yes_no("side_effects", "Do you notice side effects?"),
            words(
                "which_side_effects",
                "Which ones?",
                required=True,
                enable_when=[answered("side_effects", value=True)],
            ),
            yes_no("for_blood_pressure", "Is it for your blood pressure?"),
            group(
                "blood_pressure",
                "Your latest reading",
                [
                    number("systolic", "The upper number", 60, 280, unit="mmHg", required=True),
                    number("diastolic", "The lower number", 30, 180, unit="mmHg", required=True),
                ],
                enable_when=[answered("for_blood_pressure", value=True)],
            ),
            yes_no("chest_pain", "Do you have chest pain, or are you short of breath at rest?"),
            words("other_medicines", "What else do you take, over the counter included?"),
            PREGNANT,
        ],
        "red_flags": [
            flag(
                "chest_pain",
                f"Chest pain needs to be seen at once. {EMERGENCY}",
                answered("chest_pain", value=True),
            ),
            flag(
                "severe_hypertension",
                f"Your blood pressure is dangerously high. {EMERGENCY}",
                {"any": [answered("systolic", 180, ">="), answered("diastolic", 120, ">=")]},
            ),
            flag(
                "not_working",
                "The medicine does not work as it should, or has side effects: review, not repeat.",
                {"any": [answered("works", value=False), answered("side_effects", value=True)]},
                "warn",
            ),
            PREGNANCY_FLAG,
        ],
    },
}

MIGRAINE = {
    **IN_AUSTRALIA,
    "name": "Migraine review",
    "summary": "For adults with known migraine. A physician reviews it and plans with you.",
    "mode": "async",
    "price_minor": 5900,
    "platform_fee_minor": 590,
    "capture_on": "claimed",
    "promised_response_minutes": 480,
    "specialties": ["neurology", "general_practice"],
    "refund_policy": WRITTEN_REFUND,
    "eligibility": {"jurisdictions": ["AU"], "minimum_age": 18, "maximum_age": 70},
    "questionnaire": {
        "title": "About your migraine",
        "items": [
            choice(
                "onset",
                "How did the latest headache reach its worst?",
                {
                    "seconds": "Within seconds, like a clap of thunder",
                    "hour": "Within an hour",
                    "hours": "Over several hours",
                },
                required=True,
            ),
            choice(
                "signs",
                "Did any of these come with it?",
                {
                    "weakness": "Weakness or numbness on one side",
                    "speech": "Trouble speaking",
                    "neck_fever": "Fever with a stiff neck",
                    "injury": "A blow to the head in the last week",
                    "vision_loss": "Loss of sight",
                    "none": "None of these",
                },
                required=True,
                repeats=True,
            ),
            yes_no("known_migraine", "Has a physician told you before that you have migraine?"),
            yes_no("differs", "Is this headache different from your usual ones?"),
            number(
                "days_a_month",
                "On how many days a month do you have a headache?",
                0,
                31,
                required=True,
            ),
            number(
                "painkiller_days",
                "On how many days a month do you take something against it?",
                0,
                31,
                required=True,
                enable_when=[answered("days_a_month", 0, ">")],
            ),
            yes_no("aura", "Do you see flashes or lines before it begins?"),
            choice(
                "contraception",
                "Do you use hormonal contraception?",
                {
                    "none": "No",
                    "combined": "With oestrogen, such as a combined pill",
                    "progestogen": "Without oestrogen",
                },
                enable_when=[answered("aura", value=True)],
            ),
            words("tried", "What have you tried, and did it help?", required=True),
            PREGNANT,
        ],
        "red_flags": [
            flag(
                "thunderclap_headache",
                f"A headache that is at its worst within seconds must be seen now. {EMERGENCY}",
                answered("onset", "seconds"),
            ),
            flag(
                "focal_signs",
                f"Weakness, trouble speaking or loss of sight must be seen now. {EMERGENCY}",
                {
                    "any": [
                        answered("signs", "weakness"),
                        answered("signs", "speech"),
                        answered("signs", "vision_loss"),
                    ]
                },
            ),
            flag(
                "meningism",
                f"Fever with a stiff neck must be seen now. {EMERGENCY}",
                answered("signs", "neck_fever"),
            ),
            flag(
                "head_injury",
                f"A headache after a blow to the head must be examined. {EMERGENCY}",
                answered("signs", "injury"),
            ),
            flag(
                "new_headache",
                "Not known as migraine, or unlike the usual: consider examination in person.",
                {"any": [answered("known_migraine", value=False), answered("differs", value=True)]},
                "warn",
            ),
            flag(
                "medication_overuse",
                "Painkillers on ten days a month or more: consider medication overuse.",
                answered("painkiller_days", 10, ">="),
                "warn",
            ),
            flag(
                "aura_with_oestrogen",
                "Aura with combined contraception: risk of stroke.",
                {"all": [answered("aura", value=True), answered("contraception", "combined")]},
                "warn",
            ),
            PREGNANCY_FLAG,
        ],
    },
}
