from datetime import date
from decimal import Decimal

import pytest

from adapters.medications.shipped import ShippedMedications
from adapters.rule_packs.shipped import ShippedRulePacks, read_pack
from domain.prescriptions.dosage import Dosage
from domain.prescriptions.medication import MedicationUnknown
from domain.prescriptions.rule_pack import Pregnancy, RulePack
from domain.prescriptions.safety_screen import PatientFacts, ScreenedItem, screen

MEDICATIONS = ShippedMedications()


@pytest.fixture(scope="module")
def pack() -> RulePack:
    found = ShippedRulePacks().current(date(2026, 10, 15))
    assert found is not None
    return found


def test_there_is_no_pack_for_other_times() -> None:
    packs = ShippedRulePacks()

    assert packs.current(date(2025, 12, 31)) is None
    assert packs.current(date(2028, 1, 1)) is None


def test_every_substance_has_rules(pack: RulePack) -> None:
    substances = {code for one in MEDICATIONS.all() for code in one.ingredient_codes}

    assert substances <= set(pack.ingredients)


def test_interactions_name_what_the_pack_knows(pack: RulePack) -> None:
    known = set(pack.ingredients) | {
        therapy for rule in pack.ingredients.values() for therapy in rule.therapy_classes
    }

    assert {one for rule in pack.interactions for one in rule.pair} <= known


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("amox 500", "Amoxicillin 500 mg capsule"),
        ("para", "Paracetamol 500 mg tablet"),
        ("ser 100", "Sertraline 100 mg tablet"),
        ("250 mg/5 susp", "Amoxicillin 250 mg/5 mL oral suspension"),
    ],
)
def test_search_finds_what_is_begun_to_be_typed(words: str, first: str) -> None:
    assert MEDICATIONS.search(words, limit=5)[0].title == first


def test_search_returns_choices_and_never_a_guess() -> None:
    assert len(MEDICATIONS.search("amoxicillin", limit=20)) == 4
    assert MEDICATIONS.search("amoxicilin", limit=20) == []
    assert MEDICATIONS.search("  ", limit=20) == []


def test_codes_are_unique_and_found() -> None:
    listed = MEDICATIONS.all()

    assert len({one.code for one in listed}) == len(listed) >= 60
    assert all(MEDICATIONS.get(one.code) == one for one in listed)
    with pytest.raises(MedicationUnknown):
        MEDICATIONS.get("moonstone-1")


@pytest.mark.parametrize("medication", MEDICATIONS.all(), ids=lambda one: str(one.code))
def test_an_ordinary_dose_for_a_healthy_adult_raises_nothing(
    medication: object, pack: RulePack
) -> None:
    found = screen(
        [
            ScreenedItem(
                medication=medication,  # type: ignore[arg-type]
                dosage=Dosage(dose=Decimal(1), times_per_day=1),
            )
        ],
        patient=PatientFacts(
            age=40,
            pregnancy=Pregnancy.NOT_PREGNANT,
            allergies=(),
            conditions=(),
            medications=(),
        ),
        pack=pack,
    )

    assert found.findings == ()


@pytest.mark.parametrize(
    ("code", "facts", "finding"),
    [
        (
            "amoxicillin-500mg-capsule",
            {"allergies": ("penicillins",)},
            "allergy:penicillins:amoxicillin",
        ),
        (
            "ibuprofen-400mg-tablet",
            {"medications": ("warfarin",)},
            "interaction:ibuprofen:warfarin",
        ),
        ("sildenafil-50mg-tablet", {"medications": ("glyceryl_trinitrate",)}, None),
        ("doxycycline-100mg-tablet", {"pregnancy": Pregnancy.PREGNANT}, "pregnancy:doxycycline"),
        ("propranolol-40mg-tablet", {"conditions": ("asthma",)}, "condition:asthma:propranolol"),
        ("sertraline-50mg-tablet", {"age": 12}, "age:sertraline"),
    ],
)
def test_what_every_physician_knows_is_found(
    code: str, facts: dict[str, object], finding: str | None, pack: RulePack
) -> None:
    everything = {
        "age": 40,
        "pregnancy": Pregnancy.NOT_PREGNANT,
        "allergies": (),
        "conditions": (),
        "medications": (),
        **facts,
    }
    found = screen(
        [
            ScreenedItem(
                medication=MEDICATIONS.get(code), dosage=Dosage(dose=Decimal(1), times_per_day=1)
            )
        ],
        patient=PatientFacts(**everything),  # type: ignore[arg-type]
        pack=pack,
    )

    codes = [one.code for one in found.findings]
    assert codes
    assert finding is None or finding in codes


def test_a_pack_is_read_as_it_is_written() -> None:
    pack = read_pack(
        {
            "version": "1",
            "effective_from": "2026-01-01",
            "effective_until": "2026-01-31",
            "ingredients": [{"code": "a", "allergy_classes": [], "therapy_classes": ["b"]}],
            "interactions": [],
        }
    )

    assert pack.in_force(date(2026, 1, 31))
    assert not pack.in_force(date(2026, 2, 1))
    assert pack.ingredients["a"].max_daily is None
