"""What is installed: declared, locked and free of this project's workshop."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text()


def direct() -> list[Requirement]:
    """Return all that pyproject asks for by name, whatever group it is in."""
    groups = PROJECT["dependency-groups"].values()
    named = [one for group in groups for one in group if isinstance(one, str)]
    return [Requirement(one) for one in PROJECT["project"]["dependencies"] + named]


def locked() -> dict[str, str]:
    """Return the locked versions by name."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", LOCK, re.MULTILINE))


@pytest.mark.parametrize("wanted", direct(), ids=str)
def test_lock_satisfies_each_direct_dependency(wanted: Requirement) -> None:
    """Each dependency of pyproject is locked, at a version that it allows."""
    version = locked()[canonicalize_name(wanted.name)]
    assert wanted.specifier.contains(version, prereleases=True)


def test_every_locked_package_has_hashes() -> None:
    """No package can be installed whose files are not pinned."""
    blocks = re.split(r"^(?=[a-z0-9-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(locked())
    assert all("--hash=sha256:" in block for block in blocks)


def test_lock_names_no_index() -> None:
    """The lock installs from whatever index the machine uses."""
    assert not re.search(r"https?://|index-url|find-links", LOCK)


def test_supported_pythons_agree() -> None:
    """Classifiers and the workflow's matrix name the same versions of Python."""
    classified = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["project"]["classifiers"]))
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text()
    matrix = re.search(r"python: \[(.*)\]", workflow)
    assert matrix is not None
    assert re.findall(r"3\.\d+", matrix[1]) == classified


def test_license_is_the_whole_apache_text() -> None:
    """The licence that pyproject names lies beside it."""
    text = (ROOT / "LICENSE").read_text()
    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert "END OF TERMS AND CONDITIONS" in text


@pytest.mark.parametrize("name", [".ci/run", ".ci/setup"])
def test_scripts_stop_at_the_first_error(name: str) -> None:
    """The scripts can be run as they are, and do not go on after a failure."""
    script = ROOT / name
    assert script.stat().st_mode & 0o100
    assert "set -euo pipefail" in script.read_text()


def imports(source: Path) -> set[str]:
    """Return the modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("source", sorted((ROOT / "tap_clevertap/sandbox").rglob("*.py")), ids=str)
def test_sandbox_imports_the_standard_library_and_itself(source: Path) -> None:
    """The sandbox shares nothing with the tap: what both got wrong would look right."""
    foreign = {
        name
        for name in imports(source)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not f"{name}.".startswith("tap_clevertap.sandbox.")
        # Parquet is written by nobody without a library; what the tap makes of it is its own.
        and not (source.stem == "parquet" and name.partition(".")[0] == "pyarrow")
    }
    assert not foreign


def test_env_stays_out_of_git() -> None:
    """A .env with a real passcode cannot be committed by accident."""
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()
