"""Stream maps and flattening: rows keep to their schema, whatever is selected."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.errors import SettingError
from tap_clevertap.streams.events import EventsStream
from tests.output.test_nested_text import schema_of
from tests.support.catalogs import assert_conforms
from tests.support.running import failing_run, run, tap_on
from tests.support.worlds import hard_world

if TYPE_CHECKING:
    from tests.conftest import Serve

JSON = dict[str, Any]
START = "2026-06-28"
COLUMNS = set(EventsStream.jsonschema["properties"])


def parsed(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return the value of a column of JSON text."""
    return None if value is None else json.loads(value)


@pytest.mark.parametrize("depth", [1, 3])
def test_flattening_keeps_every_column_and_value(sandbox: Serve, depth: int) -> None:
    """Objects without declared members stay one column of JSON text, as the schema says."""
    box = sandbox(hard_world())
    settings: JSON = {"flattening_enabled": True, "flattening_max_depth": depth}
    flat = run(box, start_date=START, state=None, catalog=None, **settings)
    assert set(schema_of(flat)) == COLUMNS
    assert {name for record in flat.records() for name in record} <= COLUMNS
    plain = {one["event_id"]: one for one in run(box, start_date=START).records()}
    for record in flat.records():
        for name in ("profile", "event_props", "session_props", "items", "extra"):
            assert parsed(record[name]) == plain[record["event_id"]][name]


def test_flat_records_conform(sandbox: Serve) -> None:
    """Each flat record is what its flat schema describes."""
    box = sandbox(hard_world())
    settings: JSON = {"flattening_enabled": True, "flattening_max_depth": 2}
    flat = run(box, start_date=START, state=None, catalog=None, **settings)
    for message in flat.messages:
        if message["type"] == "SCHEMA":
            for column in message["schema"]["properties"].values():
                column.setdefault("description", "the SDK leaves it out")
    assert_conforms(flat, "events")


def test_a_map_for_all_streams_leaves_deselected_ones_alone(sandbox: Serve) -> None:
    """By default realtime_counts is deselected, and its key is in no selected column."""
    box = sandbox(hard_world())
    mapped = run(box, start_date=START, stream_maps={"*": {"account": "'shop'"}})
    assert {one["account"] for one in mapped.records()} == {"shop"}
    assert {one["account"] for one in mapped.records("reconciliation")} == {"shop"}


def test_a_map_that_cannot_be_parsed_is_a_wrong_setting(sandbox: Serve) -> None:
    """One line names the stream and the expression."""
    with pytest.raises(SettingError, match=r"stream_maps: 'events': .*1 \+"):
        tap_on(sandbox(), stream_maps={"events": {"more": "1 +"}})


def test_a_map_of_a_column_that_is_not_there_is_a_wrong_setting(sandbox: Serve) -> None:
    """One line says how a column that is not everywhere is named."""
    failed = failing_run(
        sandbox(hard_world()), start_date=START, stream_maps={"*": {"more": "nowhere + 'x'"}}
    )
    assert isinstance(failed.error, SettingError)
    assert str(failed.error).startswith("stream_maps: 'events': ")
    assert "record.get('name')" in str(failed.error)
