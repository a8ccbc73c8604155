"""
The safety screen of a draft, against the patient's record and the rules of today.
"""

from application.prescriptions.ports import PrescriptionsUnitOfWork, RulePacks
from application.shared.ports import Clock
from domain.prescriptions.prescription import Prescription
from domain.prescriptions.safety_screen import CannotScreen, SafetyScreen, screen


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
    return screen(
        prescription.screened_items,
        patient=patient_facts(patient, uow.health_profiles.find(patient.id), on=today),
        pack=pack,
    )
