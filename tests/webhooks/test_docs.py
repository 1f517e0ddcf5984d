"""The page about webhooks tells of every option, column and answer, as they are."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from tap_clevertap.streams.webhooks import WebhooksStream
from tap_clevertap.tap import TapClevertap
from tap_clevertap.webhooks import bodies, options
from tests.support.receiver import ROOT, receiving

PAGE = (ROOT / "docs" / "webhooks.md").read_text()
SOURCES = [path.read_text() for path in Path(bodies.__file__).parent.glob("*.py")]


def table_under(heading: str) -> str:
    """Return the text of a section."""
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def test_every_option_is_described() -> None:
    """With its default, where it has one."""
    told = table_under("Options")
    for option in options.OPTIONS:
        assert f"`{option.opts[0]}`" in told
        if isinstance(option.default, (str, int, float)):
            assert (
                f"{option.default:g}"
                if isinstance(option.default, float)
                else str(option.default) in told
            )


def test_no_option_is_described_that_is_not_there() -> None:
    """In the units, commands and tables alike."""
    named = set(
        re.findall(r"--(?:folder|host|port|path|secret|basic|max|rotate|request)[a-z-]*", PAGE)
    )
    assert named <= {option.opts[0] for option in options.OPTIONS}


def test_every_column_is_described() -> None:
    """And no other."""
    rows = re.findall(r"^\| (`.*?) \|", table_under("Rows"), re.MULTILINE)
    assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == list(
        WebhooksStream.jsonschema["properties"]
    )


def test_every_answer_is_described() -> None:
    """Each status that the receiver's source names."""
    used = {
        HTTPStatus[name].value
        for source in SOURCES
        for name in re.findall(r"HTTPStatus\.([A-Z_]+)", source)
    }
    told = {int(one) for one in re.findall(r"\b[2-5]\d\d\b", table_under("Answers"))}
    assert told == used | {404, 405}  # the latter is the router's


@pytest.mark.parametrize("block", re.findall(r"```json\n(\{\n.*?)```", PAGE, re.DOTALL))
def test_the_example_of_settings_is_taken(block: str) -> None:
    """Who copies it has the stream."""
    config: dict[str, Any] = json.loads(block)
    tap = TapClevertap(config=config, parse_env_config=False)
    assert tap.streams["webhooks"].selected


def test_a_stored_line_is_as_described(tmp_path: Path) -> None:
    """For those who read the files by other means."""
    found = re.search(r'^(\{"received_at".*\})$', PAGE, re.MULTILINE)
    assert found is not None
    with receiving(tmp_path) as receiver:
        receiver.send("{}")
    [path] = tmp_path.glob("*.jsonl")
    assert json.loads(path.read_text()).keys() == json.loads(found[1]).keys()
