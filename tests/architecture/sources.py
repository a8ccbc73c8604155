"""
The project's own Python files, read once.
"""

import ast
from functools import cache
from pathlib import Path

from attrs import field, frozen

PROJECT = Path(__file__).resolve().parents[2]
LAYERS = ("domain", "application", "adapters", "entrypoints")
TREES = (*LAYERS, "tests", "benchmarks")


@frozen
class Source:
    """
    One module. `path` is relative to the project.
    """

    path: str
    text: str = field(repr=False)

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def is_migration(self) -> bool:
        return "/migrations/versions/" in self.path


@cache
def sources() -> tuple[Source, ...]:
    files = [PROJECT / "bootstrap.py", PROJECT / "rxconfig.py"]
    for tree in TREES:
        files += sorted((PROJECT / tree).rglob("*.py"))
    return tuple(Source(str(file.relative_to(PROJECT)), file.read_text()) for file in files)
