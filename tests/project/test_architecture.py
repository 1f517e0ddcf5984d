"""The folders are the layers: as planned, small, and with imports that point down."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tap_clevertap"
MAX_MODULES = 16
FOLDERS = {
    "",
    "api",
    "config",
    "config/queries",
    "extraction",
    "extraction/files",
    "extraction/reconciliation",
    "extraction/slices",
    "files",
    "output",
    "records",
    "records/exported",
    "sandbox",
    "sandbox/account",
    "sandbox/endpoints",
    "sandbox/files",
    "sandbox/endpoints/counts",
    "sandbox/query",
    "sandbox/server",
    "streams",
    "streams/base",
    "streams/exported",
    "webhooks",
}
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
LAYERS = CONTRACTS["contracts"][0]["layers"]
LOWER = ("errors", "config", "api", "records", "output", "extraction", "streams", "tap")
"""Every layer but the top one, in whose modules an import of a higher one is planted."""


def folders() -> set[str]:
    """Return the folders of the package that hold modules."""
    found = {file.parent.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*.py")}
    return {"" if name == "." else name for name in found}


def layer_of(name: str) -> int:
    """Return the place of a layer, counted from the top."""
    return next(n for n, names in enumerate(LAYERS) if name in names.split(" | "))


def a_module_of(package: Path, name: str) -> Path:
    """Return a module of a layer."""
    file = package / f"{name}.py"
    return file if file.exists() else next(f for f in sorted((package / name).glob("[a-z]*.py")))


def test_the_folders_are_those_of_the_plan() -> None:
    """A new folder is a decision, and stands in the architecture page too."""
    assert folders() == FOLDERS


@pytest.mark.parametrize("package", ["tap_clevertap", "tests", "benchmarks", "reports"])
def test_no_folder_is_crowded(package: str) -> None:
    """At most 16 modules in a folder, so that it can be read at a glance."""
    files = [file for file in (ROOT / package).rglob("*.py") if file.name != "__init__.py"]
    crowd = Counter(file.parent.relative_to(ROOT).as_posix() for file in files)
    assert {folder: n for folder, n in crowd.items() if n > MAX_MODULES} == {}


@pytest.mark.parametrize("folder", sorted(FOLDERS))
def test_every_folder_states_its_promise(folder: str) -> None:
    """The package's docstring begins with one sentence."""
    text = ast.get_docstring(ast.parse((PACKAGE / folder / "__init__.py").read_text()))
    assert text is not None
    assert re.match(r"[A-Z][^\n]*\.$", text.partition("\n\n")[0].replace("\n", " "))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the package and of the rules."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the import rules of a copy."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(  # noqa: S603 - a command of our own
        command, cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_rules_hold(copy: Path) -> None:
    """The package as it is keeps all contracts."""
    checked = lint(copy)
    assert checked.returncode == 0, checked.stdout
    assert "0 broken" in checked.stdout


@pytest.mark.parametrize("is_type_only", [False, True], ids=["import", "type-only import"])
@pytest.mark.parametrize("name", LOWER)
def test_an_upward_import_is_refused(copy: Path, name: str, *, is_type_only: bool) -> None:
    """From each layer, whichever module of it, and also where only types are wanted."""
    above = next(one for n, one in enumerate(LAYERS) if n == layer_of(name) - 1).split(" | ")[0]
    target = a_module_of(copy / PACKAGE.name, above)
    dotted = ".".join(target.relative_to(copy).with_suffix("").parts)
    planted = f"import {dotted}\n"
    if is_type_only:
        planted = f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    {planted}"
    source = a_module_of(copy / PACKAGE.name, name)
    before = source.read_text()
    source.write_text(before + planted)
    try:
        checked = lint(copy)
    finally:
        source.write_text(before)
    assert checked.returncode == 1
    assert "Imports point down: every module stands in a layer BROKEN" in checked.stdout


def test_a_module_outside_of_the_layers_is_refused(copy: Path) -> None:
    """The contract is exhaustive: whoever adds a module says where it stands."""
    stray = copy / PACKAGE.name / "helpers.py"
    stray.write_text('"""A drawer."""\n')
    try:
        checked = lint(copy)
    finally:
        stray.unlink()
    assert checked.returncode == 1
