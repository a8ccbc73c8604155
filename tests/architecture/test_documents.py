"""
What the documents promise is there.
"""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import PROJECT

DECISIONS = sorted((PROJECT / "docs/decisions").glob("*.md"))
LONGEST_DECISION = 700
"""Words: about a page."""
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def documents() -> list[Path]:
    top = [PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return top + sorted((PROJECT / "docs").rglob("*.md"))


def broken_links(document: Path) -> list[str]:
    return [
        link
        for link in LINK.findall(document.read_text())
        if "://" not in link
        and not link.startswith("mailto:")
        and not (document.parent / link).exists()
    ]


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    assert broken_links(document) == []


def test_a_link_to_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[here](page.md) [there](gone.md#part) [web](https://example.org)")

    assert broken_links(page) == ["gone.md"]


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name.partition("-")[0]) for path in DECISIONS]

    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 6


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_why_what_and_what_follows_on_one_page(decision: Path) -> None:
    text = decision.read_text()

    assert re.findall(r"^\*\*(\w+)\.\*\* \S", text, re.MULTILINE) == [
        "Context",
        "Decision",
        "Consequences",
    ]
    assert len(text.split()) < LONGEST_DECISION


def test_the_changelog_begins_with_what_is_unreleased() -> None:
    headings = re.findall(r"^## (.+)$", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert headings[0] == "[Unreleased]"


def test_every_make_target_that_is_written_about_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    mentioned = {
        target
        for document in documents()
        for target in re.findall(r"(?:^|`)make ([a-z]+)", document.read_text(), re.MULTILINE)
    }

    assert mentioned - targets == set()
    assert {"up", "test"} <= mentioned


def test_every_target_of_the_makefile_explains_itself() -> None:
    targets = re.findall(r"^([a-z]+):(.*)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)

    assert [name for name, rest in targets if "## " not in rest] == []
