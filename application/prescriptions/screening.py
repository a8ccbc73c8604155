"""
The safety screen of a draft, against the patient's record and the rules of today.
"""

from application.prescriptions.ports import PrescriptionsUnitOfWork, RulePacks
from application.shared.ports import Clock
from domain.patients.health_profile import HealthEntry, HealthFacts, PregnancyStatus
from domain.patients.patient import Patient, Sex
from domain.prescriptions.prescription import Prescription
from domain.prescriptions.rule_pack import Pregnancy
from domain.prescriptions.safety_screen import CannotScreen, PatientFacts, SafetyScreen, screen


def screen_now(
    uow: PrescriptionsUnitOfWork, packs: RulePacks, clock: Clock, prescription: Prescription
) -> SafetyScreen:
    """
    Check a prescription as things are now.

    Raises:
        CannotScreen: No rule pack is in force.
    """
    patient = uow.patients.read(prescription.patient_id)
    today = patient.today(clock.now())
    pack = packs.current(today)
    if pack is None:
        raise CannotScreen("No safety rules are in force today; nothing can be signed.")
    facts = uow.health_profiles.read(patient.id).facts
    return screen(
        prescription.screened_items,
        patient=PatientFacts(
            age=patient.age(clock.now()),
            pregnancy=_pregnancy(patient, facts),
            allergies=_codes(facts.allergies),
            conditions=_codes(facts.conditions),
            medications=_codes(facts.medications),
            has_uncoded=facts.has_uncoded,
        ),
        pack=pack,
    )


def _codes(entries: tuple[HealthEntry, ...] | None) -> tuple[str, ...] | None:
    if entries is None:
        return None
    return tuple(entry.code for entry in entries if entry.code is not None)


def _pregnancy(patient: Patient, facts: HealthFacts) -> Pregnancy:
    if patient.sex is Sex.MALE and facts.pregnancy is PregnancyStatus.UNKNOWN:
        return Pregnancy.NOT_APPLICABLE
    return Pregnancy(facts.pregnancy.value)
