from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from domain.prescriptions.dosage import Dosage, DosageUnfit, Timing
from domain.prescriptions.medication import Medication
from domain.prescriptions.rule_pack import Pregnancy, Severity
from domain.prescriptions.safety_screen import (
    FindingKind,
    NotChecked,
    PatientFacts,
    SafetyScreen,
    ScreenedItem,
    screen,
)
from tests.fakes.prescriptions import A_RULE_PACK, AMOXICILLIN, DIAZEPAM, IBUPROFEN, WARFARIN

NOBODY_SPECIAL = PatientFacts(
    age=40,
    pregnancy=Pregnancy.NOT_PREGNANT,
    allergies=(),
    conditions=(),
    medications=(),
)


def checked(*medications: Medication, **facts: Any) -> SafetyScreen:
    items = [
        ScreenedItem(medication=one, dosage=Dosage(dose=Decimal(1), times_per_day=3))
        for one in medications
    ]
    return screen(items, patient=evolve(NOBODY_SPECIAL, **facts), pack=A_RULE_PACK)


def codes(found: SafetyScreen) -> list[str]:
    return [finding.code for finding in found.findings]


class TestFindings:
    def test_nothing_speaks_against_a_plain_prescription(self) -> None:
        found = checked(AMOXICILLIN)

        assert found.findings == ()
        assert found.not_checked == ()

    @pytest.mark.parametrize("allergy", ["penicillins", "amoxicillin"])
    def test_allergy_to_the_class_or_the_substance(self, allergy: str) -> None:
        (finding,) = checked(AMOXICILLIN, allergies=(allergy,)).findings

        assert finding.kind is FindingKind.ALLERGY
        assert finding.severity is Severity.CONTRAINDICATED

    def test_interaction_with_what_is_taken_already(self) -> None:
        assert codes(checked(IBUPROFEN, medications=("warfarin",))) == [
            "interaction:ibuprofen:warfarin"
        ]

    def test_interaction_is_found_in_either_order(self) -> None:
        assert codes(checked(WARFARIN, medications=("ibuprofen",))) == [
            "interaction:ibuprofen:warfarin"
        ]

    def test_the_same_substance_twice(self) -> None:
        (finding,) = checked(DIAZEPAM, medications=("diazepam",)).findings

        assert finding.kind is FindingKind.DUPLICATE
        assert finding.severity is Severity.WARNING

    def test_a_condition(self) -> None:
        assert codes(checked(IBUPROFEN, conditions=("peptic_ulcer",))) == [
            "condition:peptic_ulcer:ibuprofen"
        ]

    def test_too_young(self) -> None:
        assert codes(checked(IBUPROFEN, age=11)) == ["age:ibuprofen"]
        assert codes(checked(IBUPROFEN, age=12)) == []

    def test_pregnancy(self) -> None:
        assert codes(checked(WARFARIN, pregnancy=Pregnancy.PREGNANT)) == ["pregnancy:warfarin"]

    @pytest.mark.parametrize(
        ("dose", "severity"),
        [(2, None), (3, Severity.WARNING), (5, Severity.CONTRAINDICATED)],
    )
    def test_a_daily_dose_over_the_limit(self, dose: int, severity: Severity | None) -> None:
        item = ScreenedItem(
            medication=AMOXICILLIN, dosage=Dosage(dose=Decimal(dose), times_per_day=3)
        )

        found = screen([item], patient=NOBODY_SPECIAL, pack=A_RULE_PACK)

        assert [finding.severity for finding in found.findings] == (
            [] if severity is None else [severity]
        )

    def test_doses_of_one_substance_add_up_over_the_prescription(self) -> None:
        item = ScreenedItem(medication=AMOXICILLIN, dosage=Dosage(dose=Decimal(2), times_per_day=3))

        found = screen([item, item], patient=NOBODY_SPECIAL, pack=A_RULE_PACK)

        assert "dose:amoxicillin" in codes(found)

    def test_the_gravest_comes_first(self) -> None:
        found = checked(
            DIAZEPAM, AMOXICILLIN, medications=("diazepam",), allergies=("penicillins",)
        )

        assert [finding.severity for finding in found.findings] == [
            Severity.CONTRAINDICATED,
            Severity.WARNING,
        ]


class TestGaps:
    @pytest.mark.parametrize(
        ("facts", "gap"),
        [
            ({"allergies": None}, NotChecked.NO_ALLERGIES_RECORDED),
            ({"conditions": None}, NotChecked.NO_CONDITIONS_RECORDED),
            ({"medications": None}, NotChecked.NO_MEDICATIONS_RECORDED),
            ({"pregnancy": Pregnancy.UNKNOWN}, NotChecked.PREGNANCY_UNKNOWN),
            ({"has_uncoded": True}, NotChecked.UNCODED_ENTRY),
        ],
    )
    def test_what_was_not_recorded_is_named(
        self, facts: dict[str, object], gap: NotChecked
    ) -> None:
        assert checked(AMOXICILLIN, **facts).not_checked == (gap,)

    def test_a_substance_without_rules_is_named(self) -> None:
        unknown = evolve(
            AMOXICILLIN, ingredients=(evolve(AMOXICILLIN.ingredients[0], code="newpill"),)
        )

        assert checked(unknown).not_checked == (NotChecked.INGREDIENT_NOT_IN_PACK,)

    def test_a_dose_in_another_unit_is_not_passed_over_in_silence(self) -> None:
        drops = evolve(
            AMOXICILLIN,
            ingredients=(evolve(AMOXICILLIN.ingredients[0], amount_unit="drop"),),
        )

        assert checked(drops).not_checked == (NotChecked.DOSE_LIMIT_UNKNOWN,)


class TestDosage:
    @pytest.mark.parametrize(
        ("dosage", "words"),
        [
            (
                Dosage(dose=Decimal(1), times_per_day=2, days=1),
                "Take 1 tablet twice a day for 1 day.",
            ),
            (
                Dosage(dose=Decimal("0.5"), times_per_day=1, timing=Timing.AT_NIGHT),
                "Take 0.5 tablet once a day at night.",
            ),
            (
                Dosage(
                    dose=Decimal(2),
                    times_per_day=4,
                    as_needed=True,
                    timing=Timing.WITH_FOOD,
                    note="For pain.",
                ),
                "Take 2 tablets up to 4 times a day as needed with food. For pain.",
            ),
        ],
    )
    def test_is_said_in_plain_words(self, dosage: Dosage, words: str) -> None:
        assert dosage.in_words(dose_unit="tablet", route="oral") == words

    @pytest.mark.parametrize(
        "parts",
        [
            {"dose": Decimal(0), "times_per_day": 1},
            {"dose": Decimal("NaN"), "times_per_day": 1},
            {"dose": Decimal(1), "times_per_day": 0},
            {"dose": Decimal(1), "times_per_day": 25},
            {"dose": Decimal(1), "times_per_day": 1, "days": 0},
            {"dose": Decimal(1), "times_per_day": 1, "note": "x" * 301},
        ],
    )
    def test_refuses_what_nobody_could_take(self, parts: dict[str, object]) -> None:
        with pytest.raises(DosageUnfit):
            Dosage(**parts)  # type: ignore[arg-type]
