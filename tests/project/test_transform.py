"""The dbt project against the tap: every stream is staged, column by column. Needs no dbt."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tap_clevertap.streams import STREAMS

TRANSFORM = Path(__file__).parents[2] / "transform"
STAGING = TRANSFORM / "models" / "staging"
STAGED = re.compile(r"staged\('(\w+)', (\{.*\})\)", re.DOTALL)
KINDS = {"integer": "integer", "boolean": "boolean", "object": "json", "array": "json"}
ALL: tuple[Any, ...] = STREAMS
FORMATS = {"date": "date", "date-time": "timestamp"}


def kind(column: dict[str, Any]) -> str:
    """Return the kind of a column that its JSON schema asks for."""
    types = column["type"] if isinstance(column["type"], list) else [column["type"]]
    known = (KINDS[one] for one in types if one in KINDS)
    return FORMATS.get(column.get("format", "")) or next(known, "text")


@pytest.mark.parametrize("stream", ALL, ids=lambda stream: stream.name)
def test_every_stream_is_staged(stream: Any) -> None:  # noqa: ANN401 - a class of the SDK's
    """With all of its columns, each of the right kind."""
    found = STAGED.search((STAGING / f"stg_{stream.name}.sql").read_text())
    assert found
    assert found[1] == stream.name
    described = stream.jsonschema["properties"]
    assert ast.literal_eval(found[2]) == {name: kind(one) for name, one in described.items()}


def test_every_key_is_tested() -> None:
    """The primary key of each stream is unique in staging too."""
    models = yaml.safe_load((STAGING / "staging.yml").read_text())["models"]
    tests = {one["name"].removeprefix("stg_"): str(one) for one in models}
    for stream in ALL:
        wanted = "'unique'" if len(stream.primary_keys) == 1 else "'unique_together'"
        assert wanted in tests[stream.name], stream.name
