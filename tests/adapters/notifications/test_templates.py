from string import Formatter

import pytest

from adapters.message_templates.shipped import ShippedTemplates
from application.notifications.ports import TemplateUnknown
from domain.notifications import Channel

TEMPLATES = ShippedTemplates(portal_url="https://care.example/")
PROMISE = {"consultation": "co_1", "promised_by": "2026-03-02T16:00:00+00:00"}
# Words that would say what somebody is treated for, or with.
CLINICAL = ("prescription", "medic", "médicament", "ordonnance", "diagnos", "pharma", "symptom")


def say(template: str, locale: str = "en", channel: Channel = Channel.EMAIL, **data: str) -> str:
    message = TEMPLATES.render(
        template,
        channel=channel,
        locale=locale,
        time_zone="Europe/Paris",
        data={**PROMISE, **data},
    )
    return message.subject + "\n" + message.text


def test_every_template_is_there_in_every_language() -> None:
    for words in TEMPLATES._languages.values():
        assert {name for name in words if not name.startswith("_")} == set(TEMPLATES.names)


def test_languages_ask_for_the_same_facts() -> None:
    def facts(words: dict[str, dict[str, object]], name: str) -> set[str | None]:
        texts = [words[name]["subject"], *words[name]["text"]]  # type: ignore[misc]
        return {fact for text in texts for _, fact, _, _ in Formatter().parse(str(text))}

    english, french = TEMPLATES._languages["en"], TEMPLATES._languages["fr"]
    for name in TEMPLATES.names:
        assert facts(english, name) == facts(french, name), name


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_nothing_clinical_leaves_the_platform(locale: str) -> None:
    words = TEMPLATES._languages[locale]
    for name in TEMPLATES.names:
        said = f"{words[name]['subject']} {' '.join(words[name]['text'])}".lower()
        assert not [one for one in CLINICAL if one in said.replace("médecin", "")], name


def test_times_are_told_by_the_persons_clock_and_language() -> None:
    assert "March 2, 2026" in say("consultation_queued", "en-US")
    assert "2 mars 2026" in say("consultation_queued", "fr")
    assert "17:00" in say("consultation_queued", "fr-FR")


def test_a_paragraph_without_its_fact_is_left_out() -> None:
    message = TEMPLATES.render(
        "consultation_queued",
        channel=Channel.PORTAL,
        locale="en",
        time_zone="UTC",
        data={"consultation": "co_1"},
    )

    assert message.text == "Thank you. Your consultation is with us."


def test_links_lead_to_the_thing() -> None:
    assert "https://care.example/consultations/co_1" in say("consultation_claimed")
    assert "https://care.example/\n" in say("order_ready")


def test_an_unknown_language_is_told_in_english() -> None:
    assert "A physician is looking after you." in say("consultation_claimed", "pt-BR")


def test_a_text_message_fits_into_two_parts() -> None:
    for name in TEMPLATES.names:
        if Channel.SMS in TEMPLATES.channels(name):
            for locale in ("en", "fr"):
                assert len(say(name, locale, Channel.SMS)) < 200


def test_html_is_escaped() -> None:
    message = TEMPLATES.render(
        "consultation_claimed",
        channel=Channel.EMAIL,
        locale="en",
        time_zone="UTC",
        data={"consultation": '"><script>'},
    )

    assert "<script>" not in message.html


def test_an_unknown_template_is_a_mistake() -> None:
    with pytest.raises(TemplateUnknown):
        TEMPLATES.channels("nonsense")
