"""The files of --state and --catalog: understood in every shape, or one line."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from tap_clevertap.config.catalog_file import check_catalog, check_keys, check_names
from tap_clevertap.config.input_files import parse_object, read_file, read_path
from tap_clevertap.config.state_file import bookmarks_of
from tap_clevertap.errors import SettingError

JSON = dict[str, Any]
EVENT = "Ünïcode Evént ✓"
MARK = {"context": {"event_name": EVENT}, "replication_key_value": "2026-07-01"}
BOOKMARKS = {"events": {"partitions": [MARK]}}
STATE = {"bookmarks": BOOKMARKS}


@pytest.mark.parametrize(
    "state",
    [
        STATE,
        {"singer_state": STATE},
        {"type": "STATE", "value": STATE},
        {"type": "STATE", "value": {"singer_state": STATE}},
        {"completed": {"singer_state": STATE}, "partial": {}},
        {"bookmarks": BOOKMARKS, "currently_syncing": None},
    ],
)
def test_a_state_is_understood_in_each_wrapping(state: JSON) -> None:
    """Bare, in a STATE message, and as Meltano stores it."""
    assert bookmarks_of(state) == BOOKMARKS


@pytest.mark.parametrize(
    "state", [{}, {"bookmarks": {}}, {"bookmarks": None}, {"singer_state": {}}]
)
def test_an_empty_state_is_a_first_run(state: JSON) -> None:
    """No bookmarks yet."""
    assert bookmarks_of(state) == {}


def partitions(value: object) -> JSON:
    """Return a state with these partitions."""
    return {"bookmarks": {"events": {"partitions": value}}}


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ({"events": {}}, "has 'events' but no 'bookmarks'"),
        ({"singer_state": 5}, "has 'singer_state' but no 'bookmarks'"),
        ({"bookmarks": 5}, "`bookmarks` is not valid (5)"),
        ({"bookmarks": {"events": [1]}}, "`bookmarks.events` is not valid (list)"),
        (partitions(5), "`bookmarks.events.partitions` is not valid (5)"),
        (partitions({"a": 1}), "`bookmarks.events.partitions` is not valid (dict)"),
        (partitions([5]), "`bookmarks.events.partitions[0]` is not valid (5)"),
        (partitions([{"context": "x"}]), "`bookmarks.events.partitions[0].context` is not valid"),
        (partitions([MARK | {"backfill": 5}]), "partitions[0].backfill` is not valid (5)"),
        (
            partitions([MARK | {"replication_key_value": "0001-01-01"}]),
            "('0001-01-01'); expected a day from 2000 on",
        ),
        (
            {"bookmarks": {"message_reports": {"replication_key_value": "0001-01-01T00:00:00"}}},
            "`bookmarks.message_reports.replication_key_value` is not valid",
        ),
    ],
)
def test_a_state_of_another_shape_is_one_line(state: JSON, line: str) -> None:
    """The line names the place, what stands there and what is expected."""
    with pytest.raises(SettingError) as caught:
        bookmarks_of(state)
    assert str(caught.value).startswith("--state: ")
    assert line in str(caught.value)


@pytest.mark.parametrize("odd", [{}, {"context": None}, {"context": {}}])
def test_a_partition_that_says_nothing_is_skipped(
    odd: JSON, caplog: pytest.LogCaptureFixture
) -> None:
    """It would have ended the run after its last row; a line says how many there were."""
    assert bookmarks_of(partitions([odd, MARK])) == BOOKMARKS
    assert "--state: bookmarks.events: skipped 1 partitions without a context" in caplog.text
    assert bookmarks_of(partitions({})) == {"events": {}}


def entry(**changes: object) -> JSON:
    """Return a catalog of one stream, changed."""
    usual: JSON = {
        "tap_stream_id": "events",
        "stream": "events",
        "schema": {"properties": {"event_id": {"type": "string"}}},
        "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}],
        "key_properties": ["event_id"],
    }
    return {"streams": [usual | changes]}


def test_a_catalog_of_discovery_is_understood() -> None:
    """Nothing is said about what discovery writes."""
    check_catalog(entry())
    check_names(entry(), ["events"])
    check_keys("events", ("event_id",), ("event_id",), {"event_id", "ts"})


@pytest.mark.parametrize(
    ("catalog", "line"),
    [
        ({}, "`streams` is not valid (None)"),
        ({"streams": 5}, "`streams` is not valid (5)"),
        ({"streams": [5]}, "`streams[0]` is not valid (5)"),
        ({"streams": [{}]}, "`streams[0].tap_stream_id` is not valid (None)"),
        (entry(stream="other"), "('other'); expected 'events', as its tap_stream_id"),
        (entry(schema="x"), "`events.schema` is not valid ('x')"),
        (entry(schema={"properties": {"a": 1}}), "`events.schema.properties` is not valid (dict)"),
        (entry(metadata=None), "`events.metadata` is not valid (None)"),
        (entry(metadata=[5]), "`events.metadata[0]` is not valid (5)"),
        (entry(metadata=[{"breadcrumb": 5, "metadata": {}}]), "`events.metadata[0]` is not valid"),
        (entry(metadata=[]), "expected an entry with the breadcrumb [] too"),
        (entry(key_properties=5), "`events.key_properties` is not valid (5)"),
    ],
)
def test_a_catalog_of_another_shape_is_one_line(catalog: JSON, line: str) -> None:
    """The line names stream and place, what stands there and what is expected."""
    with pytest.raises(SettingError) as caught:
        check_catalog(catalog)
    assert str(caught.value).startswith("--catalog: ")
    assert line in str(caught.value)


def test_a_selected_stream_that_is_not_there_is_named() -> None:
    """A typed stream whose event is no longer typed would be missing without a word."""
    catalog = entry(tap_stream_id="event_charged", stream="event_charged")
    with pytest.raises(SettingError, match="selects 'event_charged', which the tap does not have"):
        check_names(catalog, ["events"])
    catalog["streams"][0]["metadata"][0]["metadata"]["selected"] = False
    check_names(catalog, ["events"])


@pytest.mark.parametrize(
    ("catalogued", "columns", "line"),
    [
        ((), {"event_id"}, r"`events.key_properties` is not valid \('\[\]'\)"),
        (("ts",), {"event_id", "ts"}, "`events.key_properties` is not valid"),
        (("event_id",), {"ts"}, "events is selected without its key 'event_id'"),
    ],
)
def test_a_catalog_that_drops_a_key_is_refused(
    catalogued: tuple[str, ...], columns: set[str], line: str
) -> None:
    """Rows without their key would overwrite each other, or pile up."""
    with pytest.raises(SettingError, match=line):
        check_keys("events", ("event_id",), catalogued, columns)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[]", "contains a JSON list; expected an object"),
        ("{", "is not valid JSON (line 1: "),
        ('{"a": NaN}', "is not valid JSON (NaN is not a number of JSON)"),
        ('{"a": %s}' % ("9" * 5000), "is not valid JSON (Exceeds the limit"),
        ('{"a":' * 100_000, "is nested too deeply"),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_object_is_one_line(text: str, line: str) -> None:
    """Without its content, which may be a passcode."""
    with pytest.raises(SettingError) as caught:
        parse_object("--state", "s.json", text)
    assert str(caught.value).startswith("--state: s.json ")
    assert line in str(caught.value)


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "utf-8"])
def test_files_are_utf_8_whatever_the_locale(encoding: str, tmp_path: Any) -> None:  # noqa: ANN401 - pytest's
    """The shell's encoding has no say, and a byte-order mark is passed over."""
    path = tmp_path / "state.json"
    for mark in (b"", b"\xef\xbb\xbf"):
        path.write_bytes(mark + json.dumps(STATE, ensure_ascii=False).encode())
        with path.open(encoding=encoding) as file:
            assert read_file("--state", file) == STATE
        assert read_path("--config", str(path)) == STATE
    assert read_file("--state", io.StringIO(json.dumps(STATE))) == STATE


def test_what_is_not_utf_8_is_one_line(tmp_path: Any) -> None:  # noqa: ANN401 - pytest's
    """So is a folder, or a file that is not there."""
    path = tmp_path / "state.json"
    path.write_bytes(b'{"a": "\xff"}')
    with (
        path.open(encoding="iso-8859-1") as file,
        pytest.raises(SettingError, match=r"cannot be read .not UTF-8.; expected a JSON file$"),
    ):
        read_file("--state", file)
    with pytest.raises(SettingError, match=r"expected a JSON file, or ENV$"):
        read_path("--config", str(tmp_path))
