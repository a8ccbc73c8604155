"""
The month's consultations, hour by hour: patients ask and pay, physicians take and treat.

Patients and physicians do not wait for each other within an hour; between two hours
everything that follows by itself has followed.
"""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from attrs import define, field
from stripe import CardError

from application.consultations.cancellation import CancelConsultation
from application.shared.access import Actor
from domain.consultations.outcome import ConsultationOutcome
from domain.shared.ids import ConsultationId
from entrypoints.month import people
from entrypoints.month.plan import Case, Fate
from entrypoints.seeding import scripts
from entrypoints.seeding.clinic import Clinic
from entrypoints.seeding.clinic_day import ClinicDay
from entrypoints.seeding.parts import MedicineScript

Thing = TypeVar("Thing")
Outcome = TypeVar("Outcome")

_DECLINED = "pm_card_visa_chargeDeclined"
_ANSWERS = {
    "skin-consultation": scripts.RASH_ANSWERS,
    "repeat-prescription": scripts.REPEAT_ANSWERS,
    "migraine-review": scripts.MIGRAINE_ANSWERS,
}
_NOTES = {
    "skin-consultation": scripts.RASH_NOTE,
    "repeat-prescription": scripts.REPEAT_NOTE,
    "migraine-review": scripts.MIGRAINE_NOTE,
}
_MEDICINES: dict[str, MedicineScript] = {
    "skin-consultation": scripts.HYDROCORTISONE,
    "repeat-prescription": scripts.PERINDOPRIL,
    "migraine-review": scripts.SUMATRIPTAN,
}
_NOT_TREATED = frozenset({Fate.CALLED_OFF_EARLY, Fate.CALLED_OFF_LATE, Fate.CALLED_OFF_BY_US})


@define(eq=False)
class Practice:
    """
    Plays cases. `many` of them at once.

    Args:
        consultations: By the number of the case.
        intents: The processor's names of their payments.
    """

    clinic: Clinic
    day: ClinicDay
    many: int = 4
    physicians: dict[int, Actor] = field(factory=dict, init=False)
    patients: dict[int, Actor] = field(factory=dict, init=False)
    consultations: dict[int, ConsultationId] = field(factory=dict, init=False)
    intents: dict[int, str] = field(factory=dict, init=False)
    cases: dict[int, Case] = field(factory=dict, init=False)

    def at_once(self, things: Iterable[Thing], do: Callable[[Thing], Outcome]) -> Sequence[Outcome]:
        """Do something for all of them, several at a time; the first failure is raised."""
        with ThreadPoolExecutor(self.many) as pool:
            return list(pool.map(do, things))

    def hire(self, physicians: int) -> None:
        """Take physicians from application to active."""

        def onboard(number: int) -> None:
            self.physicians[number] = self.day.onboard(people.physician(number))

        self.at_once(range(physicians), onboard)

    def welcome(self, cases: Sequence[Case]) -> None:
        """Register who comes for the first time."""

        def register(number: int) -> None:
            self.patients[number] = self.clinic.register_patient(people.patient(number))

        new = {case.patient for case in cases} - self.patients.keys()
        self.at_once(sorted(new), register)

    def ask(self, cases: Sequence[Case]) -> None:
        """Patients answer a questionnaire and pay."""
        self.cases |= {case.number: case for case in cases}
        self.at_once(cases, self._ask)

    def take(self, cases: Sequence[Case]) -> None:
        """Physicians take what waits; some patients have thought better of it."""
        self.at_once(cases, self._take)

    def treat(self, cases: Sequence[Case]) -> None:
        """Physicians examine, prescribe and conclude; some do not get that far."""
        self.at_once(cases, self._treat)

    def patient_of(self, case: Case) -> Actor:
        """Whose case it is."""
        return self.patients[case.patient]

    def _ask(self, case: Case) -> None:
        patient = self.patient_of(case)
        consultation_id = self.clinic.begin(
            patient, self.day.services[case.service], _ANSWERS[case.service]
        )
        self.consultations[case.number] = consultation_id
        self.clinic.submit(patient, consultation_id)
        return_url = self.day.return_url
        if case.fate is Fate.DECLINED_FIRST:
            with contextlib.suppress(CardError):
                self.clinic.enter_card(
                    patient, consultation_id, return_url=return_url, card=_DECLINED
                )
        self.intents[case.number] = self.clinic.enter_card(
            patient, consultation_id, return_url=return_url
        )

    def _take(self, case: Case) -> None:
        consultation_id = self.consultations[case.number]
        if case.fate is Fate.CALLED_OFF_EARLY:
            self._call_off(self.patient_of(case), consultation_id)
        else:
            self.clinic.claim(self.physicians[case.physician], consultation_id)

    def _treat(self, case: Case) -> None:
        consultation_id = self.consultations[case.number]
        if case.fate is Fate.CALLED_OFF_LATE:
            self._call_off(self.patient_of(case), consultation_id)
        elif case.fate is Fate.CALLED_OFF_BY_US:
            self._call_off(self.day.operator, consultation_id)
        if case.fate in _NOT_TREATED:
            return
        physician = self.physicians[case.physician]
        self.clinic.examine(physician, consultation_id, _NOTES[case.service])
        outcome = ConsultationOutcome.TREATED
        if case.with_medicine:
            outcome = ConsultationOutcome.PRESCRIBED
            self.clinic.prescribe(physician, consultation_id, _MEDICINES[case.service])
        self.clinic.conclude(physician, consultation_id, outcome)

    def _call_off(self, actor: Actor, consultation_id: ConsultationId) -> None:
        self.clinic.use(CancelConsultation)(actor=actor, consultation_id=consultation_id)
