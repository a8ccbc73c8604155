"""
Prescriptions, medicines and rules, in memory.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from attrs import define, field

from domain.prescriptions.medication import Ingredient, Medication, MedicationUnknown
from domain.prescriptions.prescription import (
    Prescription,
    PrescriptionNotFound,
    PrescriptionStatus,
)
from domain.prescriptions.rule_pack import (
    IngredientRule,
    InteractionRule,
    RulePack,
    Severity,
)
from domain.shared.ids import ConsultationId, PatientId, PrescriptionId
from tests.fakes.aggregates import Aggregates, Collector


@define(eq=False)
class InMemoryPrescriptions:
    _uow: Collector
    _store: Aggregates = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._store = Aggregates(self._uow)

    def add(self, prescription: Prescription) -> None:
        self._store.put(prescription.id, prescription)

    def get(self, prescription_id: PrescriptionId) -> Prescription:
        found: Prescription | None = self._store.find(prescription_id)
        if found is None:
            raise PrescriptionNotFound("There is no such prescription.")
        return found

    def read(self, prescription_id: PrescriptionId) -> Prescription:
        return self.get(prescription_id)

    def save(self, prescription: Prescription) -> None:
        self._store.put(prescription.id, prescription)

    def of_consultation(self, consultation_id: ConsultationId) -> Sequence[Prescription]:
        return [one for one in self.all() if one.consultation_id == consultation_id]

    def of_patient(self, patient_id: PatientId) -> Sequence[Prescription]:
        return [one for one in reversed(self.all()) if one.patient_id == patient_id]

    def signed_in(self, consultation_id: ConsultationId) -> Sequence[PrescriptionId]:
        in_force = {PrescriptionStatus.SIGNED, PrescriptionStatus.COMPLETED}
        return [one.id for one in self.of_consultation(consultation_id) if one.status in in_force]

    def all(self) -> list[Prescription]:
        return sorted(self._store.all(), key=lambda one: one.id)

    def snapshot(self) -> Any:
        return self._store.snapshot()

    def restore(self, snapshot: Any) -> None:
        self._store.restore(snapshot)


def _medicine(name: str, milligrams: int, *, controlled: bool = False) -> Medication:
    return Medication(
        code=f"{name}-{milligrams}",
        name=name.capitalize(),
        form="tablet",
        strength=f"{milligrams} mg",
        route="oral",
        dose_unit="tablet",
        ingredients=(
            Ingredient(
                code=name, name=name.capitalize(), amount=Decimal(milligrams), amount_unit="mg"
            ),
        ),
        controlled=controlled,
    )


AMOXICILLIN = _medicine("amoxicillin", 500)
WARFARIN = _medicine("warfarin", 5)
IBUPROFEN = _medicine("ibuprofen", 400)
DIAZEPAM = _medicine("diazepam", 5, controlled=True)


@define(eq=False)
class InMemoryMedications:
    known: tuple[Medication, ...] = (AMOXICILLIN, WARFARIN, IBUPROFEN, DIAZEPAM)

    def search(self, words: str, *, limit: int) -> Sequence[Medication]:
        wanted = words.lower().split()
        return [one for one in self.known if all(word in one.title.lower() for word in wanted)][
            :limit
        ]

    def get(self, code: str) -> Medication:
        for medication in self.known:
            if medication.code == code:
                return medication
        raise MedicationUnknown("There is no such medicine.", field="medication_code")


A_RULE_PACK = RulePack(
    version="2026-03",
    effective_from=date(2026, 1, 1),
    effective_until=date(2026, 12, 31),
    ingredients={
        "amoxicillin": IngredientRule(
            code="amoxicillin",
            allergy_classes=frozenset({"penicillins"}),
            therapy_classes=frozenset({"penicillin_antibiotic"}),
            max_daily=Decimal(3000),
        ),
        "warfarin": IngredientRule(
            code="warfarin",
            therapy_classes=frozenset({"anticoagulant"}),
            max_daily=Decimal(15),
            pregnancy=Severity.CONTRAINDICATED,
        ),
        "ibuprofen": IngredientRule(
            code="ibuprofen",
            allergy_classes=frozenset({"nsaids"}),
            therapy_classes=frozenset({"nsaid"}),
            max_daily=Decimal(2400),
            minimum_age=12,
            conditions={"peptic_ulcer": Severity.CONTRAINDICATED},
        ),
        "diazepam": IngredientRule(
            code="diazepam",
            therapy_classes=frozenset({"benzodiazepine"}),
            max_daily=Decimal(40),
        ),
    },
    interactions=(
        InteractionRule(
            pair=frozenset({"warfarin", "nsaid"}),
            severity=Severity.CONTRAINDICATED,
            effect="the risk of bleeding rises.",
        ),
    ),
)


@define(eq=False)
class InMemoryRulePacks:
    packs: list[RulePack] = field(factory=lambda: [A_RULE_PACK])

    def current(self, on: date) -> RulePack | None:
        return next((pack for pack in self.packs if pack.in_force(on)), None)
