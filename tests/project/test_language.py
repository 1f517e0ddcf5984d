"""The words users read and the names in the code are the field's: see tests/refused_words.txt."""

from __future__ import annotations

import ast
import inspect
import re
from typing import TYPE_CHECKING

import pytest

from tap_clevertap.config.settings import SCHEMA
from tap_clevertap.streams import STREAMS
from tests.support.messages import PACKAGE, ROOT, modules, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOGGER = {"debug": 0, "info": 0, "warning": 0, "error": 0, "log": 1}
LISTS = {
    title: [line for line in lines.splitlines() if line and not line.startswith("#")]
    for title, lines in re.findall(
        r"^\[(\w+)\]\n(.*?)(?=^\[|\Z)",
        (ROOT / "tests" / "refused_words.txt").read_text(),
        re.DOTALL | re.MULTILINE,
    )
}
WORDS = re.compile("|".join(LISTS["words"]), re.IGNORECASE)
NAMES = re.compile("|".join(LISTS["names"]))
FOLDERS = "tap_clevertap tests demo tools benchmarks reports bulk_load csv_export"
CODE = FOLDERS.split()
FENCED = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
"""Code in a page: a column may be called as it likes."""


def refused_words(text: str) -> list[str]:
    """Return the refused words in a text."""
    return [found[0] for found in WORDS.finditer(text)]


def refused_names(source: str) -> set[str]:
    """Return the refused names in the code of a module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        for field in ("id", "attr", "name", "arg", "asname"):
            name = getattr(node, field, None)
            if isinstance(name, str) and any(NAMES.fullmatch(one) for one in name.split(".")):
                found.add(name)
    return found


def pages() -> Iterator[tuple[str, str]]:
    """Yield the pages that users read, without the code in them."""
    for file in [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/*.md"))]:
        yield file.relative_to(ROOT).as_posix(), FENCED.sub("", file.read_text())


def descriptions() -> Iterator[tuple[str, str]]:
    """Yield what the tap says of its settings, streams and columns."""
    for name, setting in SCHEMA["properties"].items():
        yield name, f"{setting.get('title', '')}: {setting.get('description', '')}"
    for stream in STREAMS:
        title = str(vars(stream)["name"])
        yield title, inspect.getdoc(stream) or ""
        for name, column in stream.jsonschema["properties"].items():
            yield f"{title}.{name}", column.get("description", "")


def strings_in(source: str) -> Iterator[str]:
    """Yield the strings that a module logs, raises, or names a message before either."""
    for node in ast.walk(ast.parse(source)):
        found: ast.expr | None = None
        match node:
            case ast.Call(func=ast.Attribute(attr=attr), args=args) if attr in LOGGER:
                found = args[LOGGER[attr]] if len(args) > LOGGER[attr] else None
            case ast.Raise(exc=ast.Call(args=[first, *_])):
                found = first
            case ast.Assign(targets=[ast.Name(id="msg" | "what" | "line" | "hint")], value=value):
                found = value
            case ast.Yield(value=value) | ast.Return(value=value):
                found = value if isinstance(value, ast.JoinedStr | ast.BinOp) else None
        if text := text_of(found):
            yield text


@pytest.mark.parametrize(("name", "text"), [*pages(), *descriptions()], ids=lambda one: one[:40])
def test_what_users_read_has_no_refused_word(name: str, text: str) -> None:
    """Pages, settings, streams and columns."""
    assert refused_words(text) == [], name


@pytest.mark.parametrize("file", modules(), ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_what_is_logged_or_raised_has_no_refused_word(file: Path) -> None:
    """The strings of log lines and errors, taken from the syntax tree."""
    texts = list(strings_in(file.read_text()))
    assert [one for one in texts if refused_words(one)] == []


@pytest.mark.parametrize("folder", CODE)
def test_no_renamed_name_is_left(folder: str) -> None:
    """In the code of the tap, its tests, its sandbox and what belongs to them."""
    files = (ROOT / folder).rglob("*.py")
    left = {file.relative_to(ROOT).as_posix(): refused_names(file.read_text()) for file in files}
    assert {name: found for name, found in left.items() if found} == {}


@pytest.mark.parametrize(
    "text",
    [
        "It asks for it all the same.",
        "CleverTap gives out no rows",
        "the run ends red",
        "timezone: 'X' is no IANA time zone",
        "start_date: 'x'; give YYYY-MM-DD",
        "What is nobody's business",
        "CleverTap's manners",
        "the people who did it",
    ],
)
def test_a_refused_word_is_found(text: str) -> None:
    """Put back, it fails the tests above."""
    assert refused_words(text) != []


@pytest.mark.parametrize("text", ["reduced", "lookback", "Lookback days", "is not a valid date"])
def test_a_word_that_only_contains_one_is_not(text: str) -> None:
    """Words are refused as wholes."""
    assert refused_words(text) == []


@pytest.mark.parametrize("name", LISTS["names"])
def test_a_renamed_name_is_found(name: str) -> None:
    """As a class, a function, an argument, an attribute or an import."""
    name = name.replace("_?", "")
    for source in (f"class {name}: ...", f"x.{name}()", f"def f({name}): ...", f"import a.{name}"):
        assert refused_names(source) != set()


def test_a_message_in_code_is_found() -> None:
    """In each form that a message has."""
    sources = (
        'logger.info("%s is looked at", name)',
        'raise SettingError(f"{name} is no date")',
        'msg = "a red run"',
        'def f():\n    yield f"{name}: 1; give a 2"',
    )
    assert all(any(refused_words(text) for text in strings_in(source)) for source in sources)
