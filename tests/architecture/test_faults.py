"""
Every fault of a vendor that we know of is played by a test that says so.
"""

from tests.architecture.faults import FAULTS, REAL, TABLE, Played, as_markdown, played_in
from tests.architecture.sources import Source, sources

PLAYED = sorted(set(played_in(sources())))


def test_marks_name_faults_that_there_are_where_they_are_real() -> None:
    wrong = [each for each in PLAYED if each.fault not in FAULTS or not each.path.startswith(REAL)]

    assert wrong == []


def test_every_fault_is_played() -> None:
    assert sorted(set(FAULTS) - {each.fault for each in PLAYED}) == []


def test_the_table_says_what_the_marks_say() -> None:
    assert TABLE.read_text() == as_markdown(PLAYED), "run python -m tests.architecture.faults"


def test_marks_are_found_on_functions_parameters_and_modules() -> None:
    on_functions = Source(
        "tests/journeys/test_one.py",
        "@pytest.mark.fault(4, 11)\ndef test_a(): ...\n"
        "@pytest.mark.parametrize('x', [pytest.param(1, marks=pytest.mark.fault(7))])\n"
        "def test_b(): ...\n"
        "def test_c(): ...\n",
    )
    on_a_module = Source(
        "tests/journeys/test_two.py", "pytestmark = [pytest.mark.fault(9)]\ndef test_d(): ...\n"
    )

    assert sorted(played_in([on_functions, on_a_module])) == [
        Played(4, "tests/journeys/test_one.py", "test_a"),
        Played(7, "tests/journeys/test_one.py", "test_b"),
        Played(9, "tests/journeys/test_two.py", "test_d"),
        Played(11, "tests/journeys/test_one.py", "test_a"),
    ]
