"""
Names say what a thing is for; some names never do.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tests.architecture.sources import LAYERS, PROJECT, Source, sources

REFUSED_MODULES = {
    "utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "service",
    "services", "misc", "models", "lib", "tools", "types_",
}  # fmt: skip
REFUSED_CLASSES = re.compile(r"^(I[A-Z][a-z]\w*|Abstract\w*|Base[A-Z]\w*|\w+Impl|\w+DTO)$")
THE_NOUN_ITSELF = {
    "domain/catalogue/service.py",
    "entrypoints/portal/pages/patient/service.py",
    "entrypoints/portal/pages/patient/services.py",
    "entrypoints/portal/pages/operations/services.py",
}
"""A healthcare service is what the catalogue lists: here the word is the thing, not a habit."""


def refused_names(source: Source) -> Iterator[str]:
    path = PurePosixPath(source.path)
    for part in () if source.path in THE_NOUN_ITSELF else (*path.parent.parts, path.stem):
        if part in REFUSED_MODULES:
            yield f"{source.path}: a module called {part}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and REFUSED_CLASSES.match(node.name):
            yield f"{source.path}:{node.lineno}: a class called {node.name}"


def test_no_module_or_class_has_a_name_that_says_nothing() -> None:
    assert [found for source in sources() for found in refused_names(source)] == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("domain/utils.py", ""),
        ("application/common/clock.py", ""),
        ("domain/a.py", "class IPayouts: ..."),
        ("domain/a.py", "class AbstractPayouts: ..."),
        ("domain/a.py", "class PayoutsImpl: ..."),
        ("domain/a.py", "class BaseRepository: ..."),
    ],
)
def test_a_name_that_says_nothing_is_found(path: str, text: str) -> None:
    assert len(list(refused_names(Source(path, text)))) == 1


@pytest.mark.parametrize("name", ["Intake", "Identity", "IBAN", "Baseline", "Implant"])
def test_a_name_that_only_looks_alike_is_fine(name: str) -> None:
    assert list(refused_names(Source("domain/a.py", f"class {name}: ..."))) == []


@pytest.mark.parametrize("layer", LAYERS)
def test_every_folder_with_modules_is_a_package(layer: str) -> None:
    # A folder without __init__.py is invisible to the import contracts.
    folders = {file.parent for file in (PROJECT / layer).rglob("*.py")}

    assert [
        str(folder)
        for folder in sorted(folders)
        if not (folder / "__init__.py").exists() and folder.name != "versions"
    ] == []
