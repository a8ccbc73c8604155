"""
The intake: a group of questions a step, saved as they are answered.

An answer that calls for urgent care stops the intake at once, in words that say what to
do instead.
"""

from typing import Any

import reflex as rx

from application.catalogue.queries import ViewService
from application.consultations.intake import IntakeProgress, SaveAnswers, SubmitIntake
from application.consultations.viewing import ViewConsultation
from domain.catalogue.answers import UnfitAnswer
from domain.catalogue.questionnaire import Questionnaire
from domain.catalogue.questionnaire_data import questionnaire_from_data
from domain.catalogue.service import Mode
from domain.consultations.consultation import ConsultationStatus
from domain.shared.ids import to_wire
from entrypoints.portal.pages.papers import upload_trouble
from entrypoints.portal.pages.patient.intake_questions import (
    Question,
    Step,
    question_of,
    read_answer,
    steps_of,
)
from entrypoints.portal.security.access import Audience, allowed
from entrypoints.portal.states.page import PageState, acting, ask, id_in_address, opening

ROUTE = "/consultations/[consultation_id]/intake"

_NEEDED = "Please answer this question."


class IntakeState(PageState, rx.State):
    """The step at hand. The answers themselves stay on the server."""

    service: str = ""
    address: str = ""
    step: int = 0
    steps: list[int] = []
    title: str = ""
    questions: list[Question] = []
    stops: list[str] = []
    saved: str = ""
    first_mistake: str = ""
    tries: int = 0

    _answers: dict[str, Any] = {}
    _asked: frozenset[str] = frozenset()
    _mistakes: dict[str, str] = {}
    _service_id: Any = None
    _version: int = 0
    _booked: bool = False

    @allowed(Audience.PATIENT)
    async def load(self) -> Any:
        """Take the intake up where it was left; send people on who have sent it."""
        async with opening(self):
            return await self._begin()
        return None

    @allowed(Audience.PATIENT)
    async def answer(self, link_id: str, typed: Any) -> None:
        """Take one answer and save all of them."""
        async with acting(self):
            questionnaire = await self._questionnaire()
            item = questionnaire.find(str(link_id))
            if item is None:
                return
            answers = dict(self._answers)
            answers[item.link_id] = read_answer(item, typed, answers.get(item.link_id))
            self._mistakes.pop(item.link_id, None)
            try:
                await self._save(answers)
            except UnfitAnswer as unfit:
                self._mistakes[item.link_id] = str(unfit)
            self._show(questionnaire)

    @allowed(Audience.PATIENT)
    async def go_on(self) -> Any:
        """To the next step, or to the time or the payment after the last one."""
        async with acting(self):
            questionnaire = await self._questionnaire()
            steps = steps_of(questionnaire, self._asked)
            self._find_gaps(steps[self.step])
            if self.first_mistake:
                self.tries += 1
                self._show(questionnaire)
                return None
            if self.step + 1 < len(steps):
                self.step += 1
                self._show(questionnaire)
                return None
            return rx.redirect(f"{self.address}/{'time' if self._booked else 'review'}")
        return None

    @allowed(Audience.PATIENT)
    async def go_back(self) -> None:
        """To the step before."""
        async with acting(self):
            self.step = max(0, self.step - 1)
            self._show(await self._questionnaire())

    @allowed(Audience.PATIENT)
    async def stop(self) -> Any:
        """Close an intake that must not go on, and keep what was told for the record."""
        async with acting(self):
            await ask(self, SubmitIntake, consultation_id=id_in_address(self, "consultation"))
            return rx.redirect(self.address)

    async def _begin(self) -> Any:
        consultation_id = id_in_address(self, "consultation")
        view = await ask(self, ViewConsultation, consultation_id=consultation_id)
        self.address = f"/consultations/{to_wire('consultation', consultation_id)}"
        if view.summary.status is not ConsultationStatus.DRAFT:
            return rx.redirect(self.address)
        self.service = view.summary.service_name
        self._service_id, self._version = view.summary.service_id, view.service_version
        self._booked = view.summary.mode is not Mode.ASYNC
        questionnaire = await self._questionnaire()
        answers = dict(view.answers)
        answers |= self._uploaded(questionnaire, answers)
        await self._save(answers)
        self.step = self._first_open(questionnaire)
        self._show(questionnaire)
        return None

    def _uploaded(self, questionnaire: Questionnaire, answers: dict[str, Any]) -> dict[str, Any]:
        """The file that an upload form has just sent, as an answer to its question."""
        query = self.router.url.query_parameters
        item = questionnaire.find(query.get("question", ""))
        document = query.get("document", "")
        if item is None or not document:
            self.trouble = upload_trouble(query)
            return {}
        before = answers.get(item.link_id) or []
        return {item.link_id: [*before, document] if item.repeats else document}

    async def _questionnaire(self) -> Questionnaire:
        service = await ask(self, ViewService, service_id=self._service_id, version=self._version)
        return questionnaire_from_data(service.questionnaire)

    async def _save(self, answers: dict[str, Any]) -> None:
        progress: IntakeProgress = await ask(
            self,
            SaveAnswers,
            consultation_id=id_in_address(self, "consultation"),
            answers=answers,
        )
        self._asked = progress.asked
        self._answers = {
            link_id: answer
            for link_id, answer in answers.items()
            if link_id in progress.asked and answer not in (None, "", [])
        }
        self.stops = list(progress.stops)
        self.saved = "All answers are saved."

    def _find_gaps(self, step: Step) -> None:
        for item in step.items:
            if item.required and item.link_id not in self._answers:
                self._mistakes.setdefault(item.link_id, _NEEDED)
        wrong = [item.link_id for item in step.items if item.link_id in self._mistakes]
        self.first_mistake = wrong[0] if wrong else ""

    def _first_open(self, questionnaire: Questionnaire) -> int:
        wanted = self.router.url.query_parameters.get("question", "")
        for index, step in enumerate(steps := steps_of(questionnaire, self._asked)):
            for item in step.items:
                is_open = item.required and item.link_id not in self._answers
                if item.link_id == wanted or (is_open and not wanted):
                    return index
        return max(0, len(steps) - 1) if self._answers else 0

    def _show(self, questionnaire: Questionnaire) -> None:
        steps = steps_of(questionnaire, self._asked)
        self.step = min(self.step, max(0, len(steps) - 1))
        at_hand = steps[self.step]
        self.steps = list(range(len(steps)))
        self.title = at_hand.title
        self.questions = [
            question_of(item, self._answers, mistake=self._mistakes.get(item.link_id, ""))
            for item in at_hand.items
        ]
