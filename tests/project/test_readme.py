"""README.md and docs/ describe what there is: settings, streams, commands, files, tests, links."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tap_clevertap.config.settings import SCHEMA
from tap_clevertap.streams import STREAMS
from tap_clevertap.tap import TapClevertap

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = {file.name: file.read_text() for file in [ROOT / "README.md", *ROOT.glob("docs/*.md")]}
MAX_README_LINES = 250
PATH = re.compile(
    r"`((?:[\w.-]+/)*[\w.-]+\.(?:py|md|yml|toml|lock|in)|(?:tap_clevertap|tests|docs)/[\w/]*)`"
)
NOT_OURS = {
    "config.json",
    "catalog.json",
    "state.json",
    "profiles.yml",
    "requirements.in",
    "csv.toml",
}
"""Files that a user has, or that stand in a page by the name of their kind."""

DATA = {file.name for folder in ("transform", "reports") for file in (ROOT / folder).rglob("*.*")}
"""Files of the dbt project and the reports, which their pages call by their names alone."""


def part(name: str) -> str:
    """Return what stands between two markers."""
    found = re.search(rf"<!-- begin {name}.*?-->(.*?)<!-- end {name}", README, re.DOTALL)
    assert found is not None
    return found[1]


def undocumented(names: list[str], table: str) -> list[str]:
    """Return the names that have no row in a table."""
    return [name for name in names if f"| `{name}` |" not in table]


def missing_targets(page: str, makefile: str) -> set[str]:
    """Return the make targets that a page names and a Makefile does not have."""
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", page, re.MULTILINE))
    return {one for one in named if not re.search(rf"^{one}:", makefile, re.MULTILINE)}


def missing_files(page: str) -> set[str]:
    """Return the files that a page names in code font and that do not exist."""
    named = {path for path in PATH.findall(page) if not (ROOT / path).exists()} - NOT_OURS
    return {path for path in named if "/" in path or path not in DATA}


def missing_tests(page: str) -> set[str]:
    """Return the tests that a page names and that do not exist."""
    gone = set()
    for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page):
        file = ROOT / path
        tree = ast.parse(file.read_text()) if file.exists() else ast.Module([], [])
        if name not in {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}:
            gone.add(f"{path}::{name}")
    return gone


def anchors(page: str) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    titles = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}


def broken_links(page: str, folder: Path) -> set[str]:
    """Return the relative links of a page in `folder` that lead nowhere."""
    broken = set()
    for link in re.findall(r"\]\(([^)\s]+)\)", page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = folder / path
        text = page if not path else target.read_text() if target.is_file() else None
        if (text is None and not target.exists()) or (anchor and anchor not in anchors(text or "")):
            broken.add(link)
    return broken


def folder_of(name: str) -> Path:
    """Return the folder that a page is in."""
    return ROOT if name == "README.md" else ROOT / "docs"


def test_readme_is_short() -> None:
    """What is longer has a page of its own."""
    assert len(README.splitlines()) <= MAX_README_LINES


def test_every_setting_is_in_the_table() -> None:
    """A setting that nobody can find might as well not exist."""
    assert undocumented(list(SCHEMA["properties"]), part("settings")) == []


@pytest.mark.parametrize("name", ["batch_size", "timezone", "skip_failed_streams"])
def test_a_setting_without_a_row_is_found(name: str) -> None:
    """Whichever row is deleted."""
    without = "\n".join(one for one in part("settings").splitlines() if f"`{name}` |" not in one)
    assert undocumented(list(SCHEMA["properties"]), without) == [name]


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: str(stream.name))
def test_every_stream_is_in_the_tables(stream: type) -> None:
    """Each stream has its row with its key in the README, and its columns in docs/streams.md."""
    name = stream.name  # type: ignore[attr-defined]
    assert f"| `{name}` | `{stream.primary_keys[0]}`" in part("streams")  # type: ignore[attr-defined]
    assert f"\n### `{name}`\n" in PAGES["streams.md"]


def test_every_stream_has_a_description() -> None:
    """No row of the table is empty at its end."""
    rows = [row for row in part("streams").splitlines() if row.startswith("| `")]
    assert len(rows) >= len(STREAMS)
    assert all(len(row.split("|")[-2].strip()) > len("a word") for row in rows)


@pytest.mark.parametrize("name", PAGES)
def test_every_make_target_exists(name: str) -> None:
    """No page names a command that is not there."""
    assert missing_targets(PAGES[name], (ROOT / "Makefile").read_text()) == set()


@pytest.mark.parametrize("target", ["test", "demo", "docs", "lock", "bench"])
def test_a_renamed_make_target_is_found(target: str) -> None:
    """Every target that the pages name is looked for in the Makefile."""
    renamed = re.sub(rf"^{target}:", "other:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert target in missing_targets("\n".join(PAGES.values()), renamed)


@pytest.mark.parametrize("name", PAGES)
def test_every_file_exists(name: str) -> None:
    """Pages name files as they are."""
    assert missing_files(PAGES[name]) == set()


@pytest.mark.parametrize("path", ["errors_renamed.py", "docs/gone.md", "tap_clevertap/gone/"])
def test_a_file_that_is_not_there_is_found(path: str) -> None:
    """With a folder or without one."""
    assert missing_files(f"see `{path}`") == {path}


@pytest.mark.parametrize("name", PAGES)
def test_every_test_exists(name: str) -> None:
    """A statement is held by the test that its row names."""
    assert missing_tests(PAGES[name]) == set()


def test_a_test_that_is_not_there_is_found() -> None:
    """Neither a file nor a function that is gone passes."""
    gone = {"tests/project/test_readme.py::test_gone", "tests/gone.py::test_gone"}
    assert missing_tests(" ".join(f"`{one}`" for one in gone)) == gone


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    """Relative links, and the headings that they name."""
    assert broken_links(PAGES[name], folder_of(name)) == set()


@pytest.mark.parametrize("link", ["docs/gone.md", "docs/streams.md#gone", "#gone"])
def test_a_broken_link_is_found(link: str) -> None:
    """A page that is gone, or a heading that is."""
    assert broken_links(f"[here]({link})", ROOT) == {link}


def test_every_page_is_linked_from_the_readme() -> None:
    """A page that nothing leads to is not read."""
    linked = set(re.findall(r"\(docs/([\w-]+\.md)", README))
    assert set(PAGES) - linked == {"README.md"}


def test_every_loader_is_named() -> None:
    """Each loader of meltano.yml is in the README, and none that is not there."""
    loaders = set(re.findall(r"name: (target-\w+)", (ROOT / "meltano.yml").read_text()))
    assert set(re.findall(r"`(target-\w+)`", README)) == loaders


EXAMPLES = [
    (name, block)
    for name, page in PAGES.items()
    for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    if json.loads(block).keys() & SCHEMA["properties"].keys()
]


@pytest.mark.parametrize(("name", "block"), EXAMPLES)
def test_every_example_of_settings_is_valid(config: dict[str, Any], name: str, block: str) -> None:
    """An example can be copied as it stands; JSON that is not of settings has to parse."""
    example = json.loads(block)
    tap = TapClevertap(config=config | example)
    assert example.keys() <= tap.config.keys(), name
