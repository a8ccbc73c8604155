"""
Nothing is skipped, silenced wholesale, or swallowed.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, sources

SKIPPED = re.compile(r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)\b|unittest\.skip")
BARE_SILENCE = re.compile(r"#\s*type:\s*ignore(?!\[)|#\s*noqa(?!:)")


def swallowed(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and all(_does_nothing(one) for one in node.body):
            yield f"{source.path}:{node.lineno}: an exception is swallowed"


def silenced(source: Source) -> Iterator[str]:
    if source.path == "tests/architecture/test_honesty.py":
        return
    for number, line in enumerate(source.text.splitlines(), start=1):
        if SKIPPED.search(line):
            yield f"{source.path}:{number}: a test is skipped"
        if BARE_SILENCE.search(line):
            yield f"{source.path}:{number}: a check is silenced without saying which"


def _does_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def test_no_exception_is_swallowed() -> None:
    assert [found for source in sources() for found in swallowed(source)] == []


def test_no_test_is_skipped_and_no_check_silenced_wholesale() -> None:
    assert [found for source in sources() for found in silenced(source)] == []


@pytest.mark.parametrize("body", ["pass", "...", "'never mind'"])
def test_a_swallowed_exception_is_found(body: str) -> None:
    text = f"try:\n    f()\nexcept ValueError:\n    {body}\n"

    assert len(list(swallowed(Source("a.py", text)))) == 1


@pytest.mark.parametrize(
    "line",
    ["@pytest.mark.skip", "@pytest.mark.xfail(strict=True)", "x = 1  # noqa", "# type: ignore"],
)
def test_a_silenced_line_is_found(line: str) -> None:
    assert len(list(silenced(Source("a.py", line)))) == 1


@pytest.mark.parametrize("line", ["x = 1  # noqa: S101", "x = 1  # type: ignore[misc]"])
def test_a_check_silenced_by_name_is_fine(line: str) -> None:
    assert list(silenced(Source("a.py", line))) == []
