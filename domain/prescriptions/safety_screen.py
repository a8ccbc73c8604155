"""
The safety screen: what speaks against a prescription for this patient.

It also names what could not be checked. Pure: the same prescription, patient and rule
pack give the same findings.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum
from itertools import combinations

from attrs import field, frozen

from domain.prescriptions.dosage import Dosage
from domain.prescriptions.medication import Ingredient, Medication
from domain.prescriptions.rule_pack import IngredientRule, Pregnancy, RulePack, Severity
from domain.shared.errors import Unavailable


class CannotScreen(Unavailable):
    """No rule pack is in force on this day; without one nothing can be signed."""


class FindingKind(StrEnum):
    """What was checked."""

    ALLERGY = "allergy"
    INTERACTION = "interaction"
    DUPLICATE = "duplicate"
    CONDITION = "condition"
    AGE = "age"
    PREGNANCY = "pregnancy"
    DOSE = "dose"


class NotChecked(StrEnum):
    """What the screen could not say anything about, and why."""

    NO_ALLERGIES_RECORDED = "no_allergies_recorded"
    NO_CONDITIONS_RECORDED = "no_conditions_recorded"
    NO_MEDICATIONS_RECORDED = "no_medications_recorded"
    PREGNANCY_UNKNOWN = "pregnancy_unknown"
    INGREDIENT_NOT_IN_PACK = "ingredient_not_in_pack"
    DOSE_LIMIT_UNKNOWN = "dose_limit_unknown"
    UNCODED_ENTRY = "uncoded_entry"  # the patient wrote in words what has no code


@frozen(kw_only=True)
class PatientFacts:
    """
    What the screen knows of the patient. None = nothing was recorded, () = "none" was.

    Args:
        allergies: Codes of substances or allergy classes.
        conditions: Codes of conditions.
        medications: Codes of substances that are taken already.
        has_uncoded: Something was written in words only.
    """

    age: int
    pregnancy: Pregnancy
    allergies: tuple[str, ...] | None = field(default=None, repr=False)
    conditions: tuple[str, ...] | None = field(default=None, repr=False)
    medications: tuple[str, ...] | None = field(default=None, repr=False)
    has_uncoded: bool = False


@frozen(kw_only=True)
class Finding:
    """
    Something that speaks against it. `code` names the very same finding each time.
    """

    code: str
    kind: FindingKind
    severity: Severity
    message: str


@frozen(kw_only=True)
class SafetyScreen:
    """All findings, the gravest first, and the gaps."""

    rule_pack: str
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]


@frozen(kw_only=True)
class ScreenedItem:
    """A medicine and how it is taken."""

    medication: Medication
    dosage: Dosage


def screen(items: Iterable[ScreenedItem], *, patient: PatientFacts, pack: RulePack) -> SafetyScreen:
    """Check a prescription against a patient by a pack of rules."""
    listed = tuple(items)
    found: dict[str, Finding] = {}
    for finding in (
        *_allergies(listed, patient, pack),
        *_interactions(listed, patient, pack),
        *_duplicates(listed, patient, pack),
        *_patient_limits(listed, patient, pack),
        *_doses(listed, pack),
    ):
        found.setdefault(finding.code, finding)
    grave_first = sorted(
        found.values(), key=lambda one: (one.severity is not Severity.CONTRAINDICATED, one.code)
    )
    return SafetyScreen(
        rule_pack=pack.version,
        findings=tuple(grave_first),
        not_checked=_gaps(listed, patient, pack),
    )


def _ingredients(items: Iterable[ScreenedItem]) -> Iterator[Ingredient]:
    for item in items:
        yield from item.medication.ingredients


def _rule(pack: RulePack, code: str) -> IngredientRule:
    return pack.ingredients.get(code) or IngredientRule(code=code)


def _allergies(
    items: tuple[ScreenedItem, ...], patient: PatientFacts, pack: RulePack
) -> Iterator[Finding]:
    allergies = frozenset(patient.allergies or ())
    for ingredient in _ingredients(items):
        reacting = allergies & (_rule(pack, ingredient.code).allergy_classes | {ingredient.code})
        for allergy in sorted(reacting):
            yield Finding(
                code=f"allergy:{allergy}:{ingredient.code}",
                kind=FindingKind.ALLERGY,
                severity=Severity.CONTRAINDICATED,
                message=f"The patient has recorded an allergy to {_words(allergy)}; "
                f"{ingredient.name} may cause a reaction.",
            )


def _interactions(
    items: tuple[ScreenedItem, ...], patient: PatientFacts, pack: RulePack
) -> Iterator[Finding]:
    prescribed = sorted({ingredient.code for ingredient in _ingredients(items)})
    taken = sorted(set(patient.medications or ()) - set(prescribed))
    pairs = [*combinations(prescribed, 2), *((new, old) for new in prescribed for old in taken)]
    for one, other in pairs:
        first, second = pack.groups_of(one), pack.groups_of(other)
        for rule in pack.interactions:
            if _pairs_up(rule.pair, first, second):
                yield Finding(
                    code=f"interaction:{':'.join(sorted((one, other)))}",
                    kind=FindingKind.INTERACTION,
                    severity=rule.severity,
                    message=f"{_words(one).capitalize()} with {_words(other)}: {rule.effect}",
                )


def _pairs_up(pair: frozenset[str], first: frozenset[str], second: frozenset[str]) -> bool:
    members = tuple(pair)
    if len(members) == 1:
        return members[0] in first and members[0] in second
    one, other = members
    return (one in first and other in second) or (other in first and one in second)


def _duplicates(
    items: tuple[ScreenedItem, ...], patient: PatientFacts, pack: RulePack
) -> Iterator[Finding]:
    substances = [ingredient.code for item in items for ingredient in item.medication.ingredients]
    taken = list(patient.medications or ())
    pairs = [*combinations(substances, 2), *((new, old) for new in substances for old in taken)]
    for one, other in pairs:
        shared = _rule(pack, one).therapy_classes & _rule(pack, other).therapy_classes
        same = {f"the same substance, {_words(one)}"} if one == other else set()
        for therapy in sorted(same or {_words(code) for code in shared}):
            yield Finding(
                code=f"duplicate:{':'.join(sorted((one, other)))}",
                kind=FindingKind.DUPLICATE,
                severity=Severity.WARNING,
                message=f"Two medicines of one kind: {therapy}.",
            )


def _patient_limits(
    items: tuple[ScreenedItem, ...], patient: PatientFacts, pack: RulePack
) -> Iterator[Finding]:
    for ingredient in _ingredients(items):
        rule = _rule(pack, ingredient.code)
        if rule.minimum_age is not None and patient.age < rule.minimum_age:
            yield Finding(
                code=f"age:{ingredient.code}",
                kind=FindingKind.AGE,
                severity=Severity.CONTRAINDICATED,
                message=f"{ingredient.name} is not for patients under {rule.minimum_age}.",
            )
        if rule.pregnancy is not None and patient.pregnancy is Pregnancy.PREGNANT:
            yield Finding(
                code=f"pregnancy:{ingredient.code}",
                kind=FindingKind.PREGNANCY,
                severity=rule.pregnancy,
                message=f"{ingredient.name} can harm an unborn child.",
            )
        for condition in sorted(rule.conditions.keys() & set(patient.conditions or ())):
            yield Finding(
                code=f"condition:{condition}:{ingredient.code}",
                kind=FindingKind.CONDITION,
                severity=rule.conditions[condition],
                message=f"{ingredient.name} and {_words(condition)} do not go together.",
            )


def _doses(items: tuple[ScreenedItem, ...], pack: RulePack) -> Iterator[Finding]:
    daily: dict[str, Decimal] = {}
    names: dict[str, str] = {}
    for item in items:
        for ingredient in item.medication.ingredients:
            if ingredient.amount_unit == _rule(pack, ingredient.code).max_daily_unit:
                amount = item.dosage.units_per_day * ingredient.amount
                daily[ingredient.code] = daily.get(ingredient.code, Decimal(0)) + amount
                names[ingredient.code] = ingredient.name
    for code, amount in daily.items():
        rule = _rule(pack, code)
        if rule.max_daily is not None and amount > rule.max_daily:
            yield Finding(
                code=f"dose:{code}",
                kind=FindingKind.DOSE,
                severity=Severity.CONTRAINDICATED
                if amount > 2 * rule.max_daily
                else Severity.WARNING,
                message=f"{names[code]}: {_number(amount)} {rule.max_daily_unit} a day; "
                f"at most {_number(rule.max_daily)} {rule.max_daily_unit} are recommended.",
            )


def _gaps(
    items: tuple[ScreenedItem, ...], patient: PatientFacts, pack: RulePack
) -> tuple[NotChecked, ...]:
    ingredients = tuple(_ingredients(items))
    unlimited = any(
        rule.max_daily is None or rule.max_daily_unit != ingredient.amount_unit
        for ingredient in ingredients
        if (rule := pack.ingredients.get(ingredient.code)) is not None
    )
    gaps = {
        NotChecked.NO_ALLERGIES_RECORDED: patient.allergies is None,
        NotChecked.NO_CONDITIONS_RECORDED: patient.conditions is None,
        NotChecked.NO_MEDICATIONS_RECORDED: patient.medications is None,
        NotChecked.PREGNANCY_UNKNOWN: patient.pregnancy is Pregnancy.UNKNOWN,
        NotChecked.INGREDIENT_NOT_IN_PACK: any(
            ingredient.code not in pack.ingredients for ingredient in ingredients
        ),
        NotChecked.DOSE_LIMIT_UNKNOWN: unlimited,
        NotChecked.UNCODED_ENTRY: patient.has_uncoded,
    }
    return tuple(gap for gap, applies in gaps.items() if applies)


def _words(code: str) -> str:
    return code.replace("_", " ")


def _number(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
