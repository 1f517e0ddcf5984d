"""Nested values as JSON text: the same values on every way, and schemas that say so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from tap_clevertap.output.nested_text import is_nested, record_with_text, rows_with_text
from tests.output.test_batch_files import batches, by_id, files, lines
from tests.support.catalogs import assert_conforms
from tests.support.running import run
from tests.support.worlds import hard_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Serve
    from tests.support.running import Run

JSON = dict[str, Any]
START = "2026-06-28"
MAPS = {"stream_maps": {"*": {"more": "'x'"}}}
TEXT = {"start_date": START, "nested_values": "text"}

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    st.lists,
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["plain", "list", "object"]), values))
def test_text_is_the_json_of_the_value(record: JSON) -> None:
    """What is nested becomes its JSON, null stays null, and other columns are untouched."""
    row = json.dumps(record).encode()
    [changed] = rows_with_text([row], {"list", "object"})
    assert isinstance(changed, bytes)
    for name, value in json.loads(changed).items():
        is_text = name != "plain" and record[name] is not None
        assert (json.loads(value) if is_text else value) == record[name]
        assert not is_text or isinstance(value, str)


def test_text_is_the_bytes_as_sent() -> None:
    """Digits, order and spaces of a nested value stay as CleverTap sent them."""
    [row] = rows_with_text([b'{"a":{"b": 1.50,"a":12345678901234567890}}'], ["a"])
    assert isinstance(row, bytes)
    assert json.loads(row)["a"] == '{"b": 1.50,"a":12345678901234567890}'


def test_text_of_what_the_sdk_made_is_json() -> None:
    """A list that a stream map has made is text as well."""
    assert record_with_text({"a": [1, "x"], "b": None}) == {"a": '[1,"x"]', "b": None}


def unpacked(records: dict[str, JSON], columns: set[str]) -> dict[str, JSON]:
    """Return records with the JSON of some columns read."""
    return {
        key: {
            name: json.loads(value) if name in columns and value is not None else value
            for name, value in record.items()
            if name != "more"
        }
        for key, record in records.items()
    }


def schema_of(finished: Run, stream: str = "events") -> JSON:
    """Return the columns that a stream was introduced with."""
    found = (one for one in finished.messages if one["type"] == "SCHEMA")
    [schema] = (one["schema"] for one in found if one["stream"] == stream)
    columns: JSON = schema["properties"]
    return columns


@pytest.mark.parametrize("more", [{}, MAPS], ids=["lines", "sdk"])
def test_records_hold_the_same_values_as_text(sandbox: Serve, more: JSON) -> None:
    """On the quick way and the SDK's, each nested column is the JSON of the object."""
    box = sandbox(hard_world())
    plain = run(box, start_date=START)
    text = run(box, state=None, catalog=None, **TEXT, **more)
    nested = {name for name, column in schema_of(plain).items() if is_nested(column)}
    assert nested == {"all_identities", "profile", "event_props", "session_props", "items", "extra"}
    assert unpacked(by_id(text.records()), nested) == by_id(plain.records())
    described = schema_of(text)
    assert {name for name in described if is_nested(described[name])} == set()
    if not more:
        assert_conforms(text, "events")


def test_batch_files_hold_the_text(sandbox: Serve, tmp_path: Path) -> None:
    """Files have exactly what messages have, JSON Lines and Parquet alike."""
    box = sandbox(hard_world())
    told = by_id(run(box, state=None, catalog=None, **TEXT).records())
    into = run(box, state=None, catalog=None, **TEXT, batch_config=batches(tmp_path / "jsonl"))
    assert by_id([record for file in files(into) for record in lines(file)]) == told
    config = batches(tmp_path / "parquet", "parquet", "none")
    into = run(box, state=None, catalog=None, **TEXT, batch_config=config)
    rows = [row for file in files(into) for row in parquet.read_table(file).to_pylist()]
    assert {row["event_id"]: row["event_props"] for row in rows} == {
        key: record["event_props"] for key, record in told.items()
    }
