"""
What will happen in the month, decided before it begins: the same for the same seed.

Days count from 1. Patients ask on the first thirty; afterwards the money still comes to rest.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from random import Random

from attrs import evolve, frozen

DAYS_OF_PRACTICE = 30
DAYS = 35
PAYDAYS = (8, 15, 22, 29)
FUNDING_IS_LOST_ON = 15
_CLEARS_AFTER = 3
_FORTUNES_FROM, _FORTUNES_UNTIL = 1, 22
_PATIENT_COMES_BACK = 5


class Fate(StrEnum):
    """How a consultation ends, and what becomes of its money."""

    TREATED = "treated"
    DECLINED_FIRST = "the first card is declined"
    CALLED_OFF_EARLY = "called off before a physician took it"
    CALLED_OFF_LATE = "called off by the patient after it was taken"
    CALLED_OFF_BY_US = "called off by us after it was taken"
    REFUNDED = "refunded after delivery"
    REFUNDED_IN_PART = "refunded in part after delivery"
    REFUNDED_TWICE = "refunded in two parts"
    REFUNDED_BY_PLATFORM = "refunded at our cost"
    REFUNDED_AFTER_PAYOUT = "refunded after the physician was paid out"
    REFUNDED_AT_VENDOR = "refunded at the processor's dashboard"
    REFUND_FAILED = "refunded, and the refund failed later"
    DISPUTE_WON = "disputed and won"
    DISPUTE_LOST = "disputed and lost"
    DISPUTE_REINSTATED = "disputed, dropped, withdrawn again and reinstated"


class Deed(StrEnum):
    """What somebody does about an earlier consultation."""

    REFUND = "refund"
    REFUND_PART = "refund_part"
    REFUND_BY_PLATFORM = "refund_by_platform"
    REFUND_AT_VENDOR = "refund_at_vendor"
    FAIL_REFUND = "fail_refund"
    DISPUTE = "dispute"
    ANSWER_DISPUTE = "answer_dispute"
    WIN_DISPUTE = "win_dispute"
    LOSE_DISPUTE = "lose_dispute"
    DROP_DISPUTE = "drop_dispute"
    WITHDRAW_AGAIN = "withdraw_again"
    REINSTATE = "reinstate"


# Out of a thousand consultations; each of these happens at least once.
_PER_THOUSAND: Mapping[Fate, int] = {
    Fate.DECLINED_FIRST: 20,
    Fate.CALLED_OFF_EARLY: 25,
    Fate.CALLED_OFF_LATE: 20,
    Fate.CALLED_OFF_BY_US: 15,
    Fate.REFUNDED: 15,
    Fate.REFUNDED_IN_PART: 20,
    Fate.REFUNDED_TWICE: 5,
    Fate.REFUNDED_BY_PLATFORM: 5,
    Fate.REFUNDED_AFTER_PAYOUT: 15,
    Fate.REFUNDED_AT_VENDOR: 10,
    Fate.REFUND_FAILED: 5,
    Fate.DISPUTE_WON: 5,
    Fate.DISPUTE_LOST: 5,
    Fate.DISPUTE_REINSTATED: 5,
}
_SERVICES = {"skin-consultation": 4, "repeat-prescription": 3, "migraine-review": 3}


@frozen(kw_only=True)
class Case:
    """One consultation."""

    number: int
    day: int
    patient: int
    physician: int
    service: str
    fate: Fate
    with_medicine: bool


@frozen(kw_only=True)
class Errand:
    """Something to do about a case, on a later day."""

    day: int
    deed: Deed
    case: int


@frozen(kw_only=True)
class Plan:
    """The month."""

    physicians: int
    patients: int
    cases: Sequence[Case]
    errands: Sequence[Errand]

    def cases_on(self, day: int) -> list[Case]:
        """Who asks on a day."""
        return [case for case in self.cases if case.day == day]

    def errands_on(self, day: int) -> list[Errand]:
        """What is done on a day about earlier cases, in this order."""
        return [errand for errand in self.errands if errand.day == day]


def make_plan(*, seed: int, physicians: int, consultations: int) -> Plan:
    """Decide everything that chance decides."""
    chance = Random(seed)  # noqa: S311 - a story, not a secret
    patients = max(1, -(-consultations // _PATIENT_COMES_BACK))
    fates = _fates(consultations, chance)
    cases = [
        Case(
            number=number,
            day=_day_for(fate, chance),
            patient=0,
            physician=number % physicians,
            service=_service(chance),
            fate=fate,
            with_medicine=chance.random() < 0.2,
        )
        for number, fate in enumerate(fates)
    ]
    cases.sort(key=lambda case: (case.day, case.number))
    # In turn, so that nobody comes twice on a day.
    cases = [evolve(case, patient=turn % patients) for turn, case in enumerate(cases)]
    errands = sorted(
        (errand for case in cases for errand in _errands(case)),
        key=lambda errand: (errand.day, errand.case),
    )
    return Plan(physicians=physicians, patients=patients, cases=cases, errands=errands)


def counted(cases: Sequence[Case]) -> Mapping[Fate, int]:
    """How many have each fate."""
    counts: dict[Fate, int] = defaultdict(int)
    for case in cases:
        counts[case.fate] += 1
    return counts


def payday_after(day: int) -> int:
    """The first payday on which what was earned on a day is paid out."""
    return next(payday for payday in PAYDAYS if payday >= day + _CLEARS_AFTER)


def _fates(consultations: int, chance: Random) -> list[Fate]:
    special = [
        fate
        for fate, share in _PER_THOUSAND.items()
        for _ in range(max(1, round(consultations * share / 1000)))
    ]
    fates = [*special, *[Fate.TREATED] * max(0, consultations - len(special))][:consultations]
    chance.shuffle(fates)
    return fates


def _day_for(fate: Fate, chance: Random) -> int:
    if fate is Fate.TREATED:
        return chance.randint(1, DAYS_OF_PRACTICE)
    # What has an aftermath happens early enough to see it.
    return chance.randint(_FORTUNES_FROM, _FORTUNES_UNTIL)


def _service(chance: Random) -> str:
    return chance.choices(list(_SERVICES), list(_SERVICES.values()))[0]


def _errands(case: Case) -> list[Errand]:
    return [
        Errand(day=case.day + later, deed=deed, case=case.number)
        for later, deed in _aftermath(case)
    ]


def _aftermath(case: Case) -> tuple[tuple[int, Deed], ...]:
    if case.fate is Fate.REFUNDED_AFTER_PAYOUT:
        return ((payday_after(case.day) + 2 - case.day, Deed.REFUND),)
    return _AFTERMATH.get(case.fate, ())


_AFTERMATH: Mapping[Fate, tuple[tuple[int, Deed], ...]] = {
    Fate.REFUNDED: ((1, Deed.REFUND),),
    Fate.REFUNDED_IN_PART: ((1, Deed.REFUND_PART),),
    Fate.REFUNDED_TWICE: ((1, Deed.REFUND_PART), (4, Deed.REFUND_PART)),
    Fate.REFUNDED_BY_PLATFORM: ((2, Deed.REFUND_BY_PLATFORM),),
    Fate.REFUNDED_AT_VENDOR: ((1, Deed.REFUND_AT_VENDOR),),
    Fate.REFUND_FAILED: ((1, Deed.REFUND), (3, Deed.FAIL_REFUND)),
    Fate.DISPUTE_WON: ((3, Deed.DISPUTE), (4, Deed.ANSWER_DISPUTE), (9, Deed.WIN_DISPUTE)),
    Fate.DISPUTE_LOST: ((3, Deed.DISPUTE), (9, Deed.LOSE_DISPUTE)),
    Fate.DISPUTE_REINSTATED: (
        (3, Deed.DISPUTE),
        (5, Deed.DROP_DISPUTE),
        (7, Deed.WITHDRAW_AGAIN),
        (10, Deed.REINSTATE),
    ),
}
