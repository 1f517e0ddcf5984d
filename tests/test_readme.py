"""The README tells of everything there is, and of nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tap_clevertap.config.settings import SCHEMA
from tap_clevertap.streams import STREAMS
from tap_clevertap.tap import TapClevertap

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def part(name: str) -> str:
    """Return what stands between two markers."""
    found = re.search(rf"<!-- begin {name}.*?-->(.*?)<!-- end {name}", README, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("name", SCHEMA["properties"])
def test_every_setting_is_told(name: str) -> None:
    """A setting that nobody can find is none; the SDK's own are told in a sentence."""
    is_builtin = name.startswith(("stream_map", "flattening_", "faker_", "batch_"))
    assert is_builtin or f"| `{name}` |" in part("settings")


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: str(stream.name))
def test_every_stream_is_told(stream: type) -> None:
    """Each stream has its row, with its key."""
    name = stream.name  # type: ignore[attr-defined]
    assert f"| `{name}` | `{stream.primary_keys[0]}`" in part("streams")  # type: ignore[attr-defined]


def test_every_stream_has_a_description() -> None:
    """No row of the table is empty at its end."""
    rows = [row for row in part("streams").splitlines() if row.startswith("| `")]
    assert len(rows) >= len(STREAMS)
    assert all(len(row.split("|")[-2].strip()) > len("a word") for row in rows)


def test_every_make_target_that_is_told_exists() -> None:
    """Nobody is sent to a command that is not there."""
    told = set(re.findall(r"make ((?:test|demo|docs|lock|clean)\b)", README))
    makefile = (ROOT / "Makefile").read_text()
    assert told == {"test", "demo", "docs", "lock"}
    assert all(re.search(rf"^{name}:", makefile, re.MULTILINE) for name in told)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(tap_clevertap/[\w./]+)`", README))))
def test_every_file_that_is_told_exists(path: str) -> None:
    """The README names files as they are."""
    assert (ROOT / path).exists()


def test_every_loader_is_told() -> None:
    """The loaders of meltano.yml and those of the README are the same."""
    loaders = set(re.findall(r"name: (target-\w+)", (ROOT / "meltano.yml").read_text()))
    assert set(re.findall(r"`(target-\w+)`", README)) == loaders


@pytest.mark.parametrize("block", re.findall(r"```json\n(.*?)```", README, re.DOTALL))
def test_every_example_of_settings_is_taken(config: dict[str, Any], block: str) -> None:
    """Who copies an example gets no complaint."""
    settings = json.loads(block)
    tap = TapClevertap(config=config | settings)
    assert settings.keys() <= tap.config.keys()
