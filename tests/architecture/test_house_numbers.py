"""
No module over 500 lines, no function over 70.
"""

import ast
from collections.abc import Iterator

from tests.architecture.sources import Source, sources

LONGEST_MODULE = 500
LONGEST_FUNCTION = 70


def too_long(source: Source) -> Iterator[str]:
    if source.is_migration:
        return
    lines = source.text.count("\n")
    if lines > LONGEST_MODULE:
        yield f"{source.path}: {lines} lines"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{source.path}:{node.lineno}: {node.name} has {length} lines"


def test_modules_and_functions_keep_to_the_house_numbers() -> None:
    assert [found for source in sources() for found in too_long(source)] == []


def test_a_long_module_is_found() -> None:
    assert list(too_long(Source("a.py", "x = 1\n" * 500))) == []
    assert list(too_long(Source("a.py", "x = 1\n" * 501))) == ["a.py: 501 lines"]


def test_a_long_function_is_found() -> None:
    text = "async def f():\n" + "    x = 1\n" * 70

    assert list(too_long(Source("a.py", text))) == ["a.py:1: f has 71 lines"]
