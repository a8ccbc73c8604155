"""
Prescribing within a consultation: search, dose, screen, and sign exactly what was shown.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from application.identity.queries import ViewAccount
from application.prescriptions.drafting import (
    DiscardDraft,
    DraftPrescription,
    PrescriptionLine,
    ScreenPrescription,
    SearchMedications,
)
from application.prescriptions.queries import ListPrescriptionsOfConsultation
from application.prescriptions.signing import SignPrescription
from application.prescriptions.views import ScreenedPrescription
from domain.prescriptions.dosage import Timing
from domain.prescriptions.prescription import OverrideReason, PrescriptionStatus
from domain.prescriptions.rule_pack import Severity
from domain.prescriptions.safety_screen import NotChecked
from domain.shared.errors import InvalidInput
from domain.shared.ids import PrescriptionId, from_wire, to_wire
from entrypoints.portal.pages.patient.consultation import Medicine
from entrypoints.portal.pages.physician.workspace import WorkspaceState
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import acting, actor_of, ask, step_up

NOT_CHECKED_WORDS = {
    NotChecked.NO_ALLERGIES_RECORDED: "Allergies: the patient was not asked.",
    NotChecked.NO_CONDITIONS_RECORDED: "Conditions: the patient was not asked.",
    NotChecked.NO_MEDICATIONS_RECORDED: "Interactions: the patient's medicines are not known.",
    NotChecked.PREGNANCY_UNKNOWN: "Pregnancy: not known.",
    NotChecked.INGREDIENT_NOT_IN_PACK: "A substance that the rules do not cover.",
    NotChecked.DOSE_LIMIT_UNKNOWN: "The dose: no limit is known for this patient.",
    NotChecked.UNCODED_ENTRY: "Something that the patient wrote in their own words.",
}
OVERRIDE_WORDS = {
    OverrideReason.BENEFIT_OUTWEIGHS_RISK: "The benefit outweighs the risk",
    OverrideReason.TOLERATED_BEFORE: "Tolerated before",
    OverrideReason.WILL_MONITOR: "I will monitor this",
    OverrideReason.NO_ALTERNATIVE: "There is no alternative",
    OverrideReason.RECORD_IS_WRONG: "The record is wrong",
}


class UnfitLine(InvalidInput):
    """A number of the dose is missing or is none."""


@dataclass(frozen=True)
class MedicationChoice:
    """A medicine that fits the words."""

    code: str
    title: str
    unit: str
    controlled: bool
    max_repeats: int


@dataclass(frozen=True)
class SafetyFinding:
    """Something that speaks against it."""

    code: str
    message: str
    grave: bool


@dataclass(frozen=True)
class Signed:
    """A prescription of this consultation that is no draft any more."""

    medicines: list[Medicine]
    words: str


_NO_CHOICE = MedicationChoice("", "", "", False, 0)


class PrescribingState(WorkspaceState):
    """The draft at hand. What is signed is what `shown_hash` covers, and nothing else."""

    choices: list[MedicationChoice] = []
    searched: str = ""
    chosen: MedicationChoice = _NO_CHOICE
    draft: list[Medicine] = []
    findings: list[SafetyFinding] = []
    gaps: list[str] = []
    shown_hash: str = ""
    rule_pack: str = ""
    needs_code: bool = False
    has_factor: bool = True
    signed: list[Signed] = []
    lines: int = 0

    _draft_id: str = ""
    _lines: list[PrescriptionLine] = []

    @allowed(Audience.PHYSICIAN)
    async def look_up(self) -> None:
        """Show what was prescribed here, and the draft that was left."""
        async with acting(self):
            await self._list()

    @allowed(Audience.PHYSICIAN)
    async def search(self, words: str) -> None:
        """Offer medicines that fit the words; never a guess."""
        words = str(words).strip()
        async with acting(self):
            found = await ask(self, SearchMedications, words=words, limit=8) if words else ()
            self.choices = [
                MedicationChoice(
                    one.code, one.title, one.dose_unit, one.controlled, one.max_repeats
                )
                for one in found
            ]
            self.searched = words

    @allowed(Audience.PHYSICIAN)
    async def choose(self, code: str) -> None:
        """Take one of the offered medicines."""
        self.chosen = next((one for one in self.choices if one.code == code), _NO_CHOICE)

    @allowed(Audience.PHYSICIAN)
    async def add_line(self, form: dict[str, Any]) -> None:
        """Put the medicine into the draft, and screen the whole of it."""
        async with acting(self):
            lines = [*self._lines, line_of(self.chosen.code, form)]
            prescription_id = await ask(
                self,
                DraftPrescription,
                consultation_id=self._id(),
                lines=lines,
                prescription_id=self._draft(),
            )
            self._lines = lines
            self.lines = len(lines)
            self._draft_id = to_wire("prescription", prescription_id)
            self.chosen, self.choices, self.searched = _NO_CHOICE, [], ""
            await self._screen()

    @allowed(Audience.PHYSICIAN)
    async def screen_again(self) -> None:
        """Look at the draft as things are now."""
        async with acting(self):
            await self._screen()

    @allowed(Audience.PHYSICIAN)
    async def discard(self) -> None:
        """Throw the draft away."""
        async with acting(self):
            draft = self._draft()
            if draft is not None:
                await ask(self, DiscardDraft, prescription_id=draft)
            self._forget_draft()
            await self._list()

    @allowed(Audience.PHYSICIAN)
    async def sign(self, form: dict[str, Any]) -> None:
        """Sign what is shown, with a reason for each contraindication."""
        async with acting(self):
            if self.needs_code:
                await step_up(self, str(form.get("code", "")))
            overrides = {
                one.code: OverrideReason(str(form.get(one.code, "")))
                for one in self.findings
                if one.grave and form.get(one.code)
            }
            await ask(
                self,
                SignPrescription,
                prescription_id=self._draft(),
                content_hash=self.shown_hash,
                overrides=overrides,
                acknowledged=[one.code for one in self.findings if form.get(one.code)],
            )
            self._forget_draft()
            await self._list()
            self.notice = "The prescription is signed and on its way."

    def _draft(self) -> PrescriptionId | None:
        if not self._draft_id:
            return None
        return PrescriptionId(from_wire("prescription", self._draft_id))

    def _forget_draft(self) -> None:
        self._draft_id, self._lines, self.lines = "", [], 0
        self.draft, self.findings, self.gaps, self.shown_hash = [], [], [], ""

    async def _list(self) -> None:
        found = await ask(self, ListPrescriptionsOfConsultation, consultation_id=self._id())
        self.signed = [
            Signed(medicines=_medicines(one.items), words=_status_words(one.status))
            for one in found
            if one.status not in (PrescriptionStatus.DRAFT, PrescriptionStatus.DISCARDED)
        ]
        drafts = [one for one in found if one.status is PrescriptionStatus.DRAFT]
        if drafts and not self._draft_id:
            self._draft_id = to_wire("prescription", drafts[-1].prescription_id)
            await self._screen()

    async def _screen(self) -> None:
        shown: ScreenedPrescription = await ask(
            self, ScreenPrescription, prescription_id=self._draft()
        )
        self.draft = _medicines(shown.prescription.items)
        self.findings = [
            SafetyFinding(one.code, one.message, one.severity is Severity.CONTRAINDICATED)
            for one in shown.findings
        ]
        self.gaps = [NOT_CHECKED_WORDS[one] for one in shown.not_checked]
        self.shown_hash, self.rule_pack = shown.content_hash, shown.rule_pack
        self.needs_code = shown.needs_second_factor
        if self.needs_code:
            account = await ask(self, ViewAccount, user_id=(await actor_of(self)).user_id)
            self.has_factor = account.has_second_factor


def line_of(code: str, form: dict[str, Any]) -> PrescriptionLine:
    """
    A line of a prescription, from the dose form.

    Raises:
        UnfitLine: A number is missing or is none.
    """
    days = str(form.get("days", "")).strip()
    return PrescriptionLine(
        medication_code=code,
        dose=_decimal(form, "dose", "dose"),
        times_per_day=_whole(form, "times_per_day", "times a day"),
        quantity=_whole(form, "quantity", "quantity"),
        days=_whole(form, "days", "days") if days else None,
        as_needed=bool(form.get("as_needed")),
        timing=Timing(str(form.get("timing", Timing.ANY.value))),
        note=str(form.get("note", "")).strip(),
        repeats=_whole(form, "repeats", "repeats") if form.get("repeats") else 0,
        substitution_allowed=not form.get("no_substitution"),
    )


def _whole(form: dict[str, Any], name: str, words: str) -> int:
    text = str(form.get(name, "")).strip()
    if not text.isdigit():
        raise UnfitLine(f"Give the {words} as a whole number.", field=name)
    return int(text)


def _decimal(form: dict[str, Any], name: str, words: str) -> Decimal:
    try:
        return Decimal(str(form.get(name, "")).strip().replace(",", "."))
    except InvalidOperation:
        raise UnfitLine(f"Give the {words} as a number.", field=name) from None


def _medicines(items: Any) -> list[Medicine]:
    return [
        Medicine(
            title=item.title,
            instructions=item.instructions,
            amount=f"{item.quantity} {item.unit}{'' if item.quantity == 1 else 's'}"
            + (f", {item.repeats} repeats" if item.repeats else ", no repeats"),
        )
        for item in items
    ]


def _status_words(status: PrescriptionStatus) -> str:
    return {
        PrescriptionStatus.SIGNED: "Signed",
        PrescriptionStatus.COMPLETED: "Supplied",
        PrescriptionStatus.CANCELLED: "Cancelled",
    }.get(status, status.value.capitalize())
