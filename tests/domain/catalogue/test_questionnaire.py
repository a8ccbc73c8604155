"""
Questionnaires and the answers to them.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from domain.catalogue.answers import (
    AnswersMissing,
    QuestionNotAsked,
    UnfitAnswer,
    UnknownQuestion,
    check_answers,
    prune_answers,
)
from domain.catalogue.conditions import MalformedCondition, RedFlagEffect
from domain.catalogue.questionnaire import MalformedQuestionnaire
from domain.catalogue.questionnaire_data import questionnaire_data, questionnaire_from_data
from domain.shared.ids import to_wire
from tests.builders.catalogue import QUESTIONNAIRE

DOCUMENT = to_wire("document", UUID(int=7))
EVERY_KIND = questionnaire_from_data(
    {
        "title": "Everything",
        "items": [
            {"link_id": "read", "type": "display", "text": "Please read this."},
            {"link_id": "well", "type": "boolean", "text": "Well?"},
            {
                "link_id": "sides",
                "type": "choice",
                "text": "Which sides?",
                "repeats": True,
                "options": [
                    {"code": "left", "display": "Left"},
                    {"code": "right", "display": "Right"},
                ],
            },
            {"link_id": "words", "type": "text", "text": "Say more", "max_length": 10},
            {
                "link_id": "pain",
                "type": "integer",
                "text": "Pain",
                "minimum": 0,
                "maximum": 10,
            },
            {
                "link_id": "fever",
                "type": "decimal",
                "text": "Temperature",
                "minimum": "30.0",
                "maximum": "45",
            },
            {"link_id": "since", "type": "date", "text": "Since"},
            {"link_id": "photos", "type": "attachment", "text": "Photos", "repeats": True},
            {
                "link_id": "more",
                "type": "group",
                "text": "More",
                "enable_when": [
                    {"question": "pain", "operator": ">=", "value": 7},
                    {"question": "fever", "operator": ">", "value": "38.5"},
                ],
                "enable_behavior": "any",
                "items": [
                    {"link_id": "where", "type": "text", "text": "Where?", "required": True},
                    {
                        "link_id": "how",
                        "type": "text",
                        "text": "How?",
                        "enable_when": [{"question": "where", "operator": "exists", "value": True}],
                    },
                ],
            },
        ],
        "red_flags": [
            {
                "code": "feverish_for_long",
                "effect": "warn",
                "message": "Look at the fever first.",
                "when": {
                    "all": [
                        {"question": "fever", "operator": ">=", "value": "39"},
                        {"not": {"question": "since", "operator": ">", "value": "2026-02-20"}},
                    ]
                },
            },
            {
                "code": "unbearable",
                "message": "Seek urgent care.",
                "when": {
                    "any": [
                        {"question": "pain", "operator": "=", "value": 10},
                        {"question": "sides", "operator": "!=", "value": "left"},
                    ]
                },
            },
        ],
    }
)


class TestCheckingAnswers:
    def test_takes_every_kind_and_spells_it_one_way(self) -> None:
        given = {
            "well": False,
            "sides": ["left"],
            "words": " a lot ",
            "pain": 3,
            "fever": 37.5,
            "since": "2026-02-01",
            "photos": [DOCUMENT],
        }

        checked = check_answers(EVERY_KIND, given)

        assert checked.answers == {**given, "words": "a lot", "fever": "37.5"}
        assert check_answers(EVERY_KIND, checked.answers).answers == checked.answers
        assert checked.is_complete

    @pytest.mark.parametrize(
        ("link_id", "answer"),
        [
            ("well", "yes"),
            ("well", 1),
            ("sides", "left"),
            ("sides", ["above"]),
            ("sides", ["left"] * 21),
            ("words", 5),
            ("words", "far too long a text"),
            ("pain", 11),
            ("pain", -1),
            ("pain", 3.0),
            ("pain", True),
            ("fever", "warm"),
            ("fever", "29.9"),
            ("fever", "NaN"),
            ("fever", True),
            ("since", "yesterday"),
            ("since", 20260201),
            ("photos", ["co_00000000000000000000000007"]),
            ("photos", [7]),
        ],
    )
    def test_refuses_an_unfit_answer_and_names_the_question(
        self, link_id: str, answer: object
    ) -> None:
        with pytest.raises(UnfitAnswer) as refused:
            check_answers(EVERY_KIND, {link_id: answer})

        assert refused.value.field == f"answers.{link_id}"

    @pytest.mark.parametrize("link_id", ["nothing", "read", "more"])
    def test_refuses_an_answer_to_no_question(self, link_id: str) -> None:
        with pytest.raises(UnknownQuestion) as refused:
            check_answers(EVERY_KIND, {link_id: "x"})

        assert refused.value.field == f"answers.{link_id}"

    @pytest.mark.parametrize("blank", [None, "", "   "])
    def test_counts_a_blank_as_no_answer(self, blank: str | None) -> None:
        assert check_answers(EVERY_KIND, {"words": blank, "sides": []}).answers == {}

    @pytest.mark.parametrize(
        ("answers", "missing"),
        [
            ({}, ()),
            ({"pain": 6}, ()),
            ({"pain": 7}, ("where",)),
            ({"fever": "38.6"}, ("where",)),
            ({"pain": 7, "where": "head"}, ()),
        ],
    )
    def test_asks_what_the_answers_so_far_call_for(
        self, answers: Mapping[str, Any], missing: tuple[str, ...]
    ) -> None:
        assert check_answers(EVERY_KIND, answers).missing == missing

    def test_shows_an_item_only_once_the_one_before_it_is_answered(self) -> None:
        assert "how" not in check_answers(EVERY_KIND, {"pain": 8}).enabled
        assert "how" in check_answers(EVERY_KIND, {"pain": 8, "where": "head"}).enabled

    def test_refuses_an_answer_that_the_others_rule_out(self) -> None:
        with pytest.raises(QuestionNotAsked) as refused:
            check_answers(EVERY_KIND, {"pain": 1, "where": "head"})

        assert refused.value.field == "answers.where"

    def test_does_not_count_an_answer_that_is_ruled_out_itself(self) -> None:
        with pytest.raises(QuestionNotAsked):
            check_answers(EVERY_KIND, {"pain": 1, "where": "head", "how": "suddenly"})

    def test_drops_what_a_change_of_mind_ruled_out(self) -> None:
        pruned = prune_answers(EVERY_KIND, {"pain": 1, "where": "head", "how": "suddenly"})

        assert pruned == {"pain": 1}

    def test_insists_on_required_answers_only_when_told_to(self) -> None:
        checked = check_answers(EVERY_KIND, {"pain": 9})

        with pytest.raises(AnswersMissing) as refused:
            checked.require_complete()

        assert refused.value.link_ids == ("where",)


class TestRedFlags:
    def test_stop_or_warn(self) -> None:
        checked = check_answers(EVERY_KIND, {"pain": 10, "where": "head", "fever": "39.0"})

        assert [(flag.code, flag.effect) for flag in checked.red_flags] == [
            ("feverish_for_long", RedFlagEffect.WARN),
            ("unbearable", RedFlagEffect.STOP),
        ]
        assert [flag.code for flag in checked.stops] == ["unbearable"]

    def test_look_at_every_part(self) -> None:
        checked = check_answers(
            EVERY_KIND, {"fever": "39.0", "where": "head", "since": "2026-02-21"}
        )

        assert checked.red_flags == ()

    @pytest.mark.parametrize(
        ("sides", "raised"), [([], False), (["left"], False), (["right"], True)]
    )
    def test_are_not_raised_by_what_was_not_answered(
        self, *, sides: list[str], raised: bool
    ) -> None:
        assert bool(check_answers(EVERY_KIND, {"sides": sides}).red_flags) is raised


class TestQuestionnaireData:
    @pytest.mark.parametrize("questionnaire", [EVERY_KIND, questionnaire_from_data(QUESTIONNAIRE)])
    def test_survives_being_written_and_read(self, questionnaire: Any) -> None:
        assert questionnaire_from_data(questionnaire_data(questionnaire)) == questionnaire

    @pytest.mark.parametrize(
        "items",
        [
            [],
            [{"link_id": "a", "type": "display", "text": "Only words"}],
            [{"link_id": "A", "type": "text", "text": "x"}],
            [{"link_id": "a", "type": "text", "text": " "}],
            [{"link_id": "a", "type": "song", "text": "x"}],
            [{"link_id": "a", "type": "text"}],
            [{"link_id": "a", "type": "text", "text": "x", "requird": True}],
            [{"link_id": "a", "type": "text", "text": "x"}] * 2,
            [{"link_id": "a", "type": "choice", "text": "x"}],
            [{"link_id": "a", "type": "group", "text": "x"}],
            [{"link_id": "a", "type": "text", "text": "x", "minimum": 1}],
            [{"link_id": "a", "type": "integer", "text": "x", "minimum": 2, "maximum": 1}],
            [{"link_id": "a", "type": "integer", "text": "x", "max_length": 2}],
            [
                {
                    "link_id": "a",
                    "type": "text",
                    "text": "x",
                    "enable_when": [{"question": "b", "operator": "exists", "value": True}],
                },
                {"link_id": "b", "type": "text", "text": "x"},
            ],
            [
                {"link_id": "a", "type": "text", "text": "x"},
                {
                    "link_id": "b",
                    "type": "text",
                    "text": "x",
                    "enable_when": [{"question": "a", "operator": ">", "value": "m"}],
                },
            ],
            [
                {"link_id": "a", "type": "boolean", "text": "x"},
                {
                    "link_id": "b",
                    "type": "text",
                    "text": "x",
                    "enable_when": [{"question": "a", "operator": "=", "value": "true"}],
                },
            ],
            [
                {"link_id": "a", "type": "integer", "text": "x"},
                {
                    "link_id": "b",
                    "type": "text",
                    "text": "x",
                    "enable_when": [{"question": "a", "operator": "=", "value": True}],
                },
            ],
        ],
    )
    def test_refuses_what_could_not_be_answered(self, items: list[dict[str, Any]]) -> None:
        with pytest.raises(MalformedQuestionnaire):
            questionnaire_from_data({"title": "Broken", "items": items})

    @pytest.mark.parametrize(
        "red_flags",
        [
            [{"code": "x", "message": "m", "when": {"all": []}}],
            [
                {
                    "code": "x",
                    "message": "m",
                    "when": {"question": "y", "operator": "exists", "value": True},
                }
            ],
            [
                {
                    "code": "x",
                    "message": "m",
                    "when": {"question": "onset", "operator": "=", "value": "slow"},
                }
            ],
        ],
    )
    def test_refuses_red_flags_that_could_never_be_raised(
        self, red_flags: list[dict[str, Any]]
    ) -> None:
        with pytest.raises(MalformedQuestionnaire):
            questionnaire_from_data({**QUESTIONNAIRE, "red_flags": red_flags})

    def test_refuses_to_compare_existence_with_a_value(self) -> None:
        with pytest.raises(MalformedCondition):
            questionnaire_from_data(
                {
                    **QUESTIONNAIRE,
                    "red_flags": [
                        {
                            "code": "x",
                            "message": "m",
                            "when": {"question": "onset", "operator": "exists", "value": "sudden"},
                        }
                    ],
                }
            )
