"""
Who may import whom. The contracts themselves stand in pyproject.toml.
"""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import LAYERS, PROJECT, Source, sources

OWN = {*LAYERS, "tests", "benchmarks", "bootstrap"}
NOT_VENDORS = {
    "postgres", "jobs", "security", "system", "cache", "fhir", "pharmacies", "identity_checks",
    "licence_registries", "documents",
}  # fmt: skip
"""Adapter packages that several vendors share, or that speak to no vendor."""


def imported(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.partition(".")[0]


def foreign(source: Source) -> set[str]:
    return set(imported(source)) - OWN - set(sys.stdlib_module_names)


def test_the_contracts_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    finished = subprocess.run(
        [sys.executable, str(linter), "--no-cache"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert finished.returncode == 0, finished.stdout


@pytest.mark.parametrize("layer", ["domain", "application"])
def test_the_core_needs_the_standard_library_and_attrs_alone(layer: str) -> None:
    assert {
        source.path: foreign(source) - {"attrs"}
        for source in sources()
        if source.path.startswith(f"{layer}/") and foreign(source) - {"attrs"}
    } == {}


def test_only_the_composition_root_uses_the_container_library() -> None:
    assert [
        source.path
        for source in sources()
        if "punq" in imported(source)
        and not source.path.startswith("entrypoints/container")
        and not source.path.startswith("tests/")
    ] == []


def test_every_vendor_is_in_the_contract_of_independence() -> None:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (contract,) = [one for one in settings["contracts"] if one["name"].startswith("Vendor")]
    vendors = {
        f"adapters.{folder.name}"
        for folder in (PROJECT / "adapters").iterdir()
        if (folder / "__init__.py").exists() and folder.name not in NOT_VENDORS
    }

    assert vendors <= set(contract["modules"])


def test_a_framework_in_the_core_is_found() -> None:
    source = Source("domain/a.py", "from sqlalchemy.orm import Session\nimport datetime, attrs")

    assert foreign(source) == {"sqlalchemy", "attrs"}
