"""Typed streams: the rows of `events`, whole and under the same ids, with a column a property."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.errors import SettingError
from tap_clevertap.sandbox import shop
from tap_clevertap.streams.events import EventsStream
from tap_clevertap.streams.typed_events import TypedStream
from tests.output.test_batch_files import batches, files, lines
from tests.support.catalogs import assert_conforms
from tests.support.rendezvous import hold_until_in_flight
from tests.support.running import captured, failing_run, run, tap_on
from tests.support.worlds import KOLKATA, daily_world, hard_world

if TYPE_CHECKING:
    from pathlib import Path

    from tap_clevertap.sandbox import World
    from tests.conftest import Serve
    from tests.support.running import Run

JSON = dict[str, Any]
START = "2026-06-28"
ENVELOPE = EventsStream.jsonschema["properties"].keys()
CHARGED, VIEWED = "event_charged", "event_product_viewed"


def account() -> World:
    """Return a small shop."""
    return shop(3, KOLKATA, date(2026, 7, 9), days=8, people=40, events_per_day=150)


def typed_names(finished: Run) -> list[str]:
    """Return the names of the typed streams that were introduced."""
    found = [one for one in finished.messages if one["type"] == "SCHEMA"]
    return [one["stream"] for one in found if one["stream"].startswith("event_")]


def without_columns(records: list[JSON]) -> list[JSON]:
    """Return typed events as `events` would have them, in the order of their ids."""
    plain = [{name: one[name] for name in ENVELOPE} for one in records]
    return sorted(plain, key=lambda one: str(one["event_id"]))


def of_event(finished: Run, name: str) -> list[JSON]:
    """Return the rows that `events` has of one event, in the order of their ids."""
    found = [one for one in finished.records() if one["event_name"] == name]
    return sorted(found, key=lambda one: str(one["event_id"]))


def bookmarks(finished: Run, stream: str) -> dict[str, str]:
    """Return the bookmarks of a stream, by event."""
    partitions = finished.state["bookmarks"][stream]["partitions"]
    return {one["context"]["event_name"]: one["replication_key_value"] for one in partitions}


@pytest.mark.parametrize("world", [account, hard_world], ids=["shop", "hard"])
def test_rows_are_those_of_events_with_columns_beside(sandbox: Serve, world: Any) -> None:  # noqa: ANN401 - makes one
    """Each typed row is the row of `events` and its columns; both streams conform, keys unique."""
    box = sandbox(world())
    finished = run(box, start_date=START, typed_events=["*"])
    assert_conforms(finished, "events")
    for name in typed_names(finished):
        assert_conforms(finished, name)
        typed = finished.records(name)
        for event in {one["event_name"] for one in typed}:
            mine = [one for one in typed if one["event_name"] == event]
            assert without_columns(mine) == of_event(finished, event)
    assert sum(len(finished.records(name)) for name in typed_names(finished)) == len(
        finished.records()
    )


def test_columns_have_the_values_of_their_properties(sandbox: Serve) -> None:
    """Numbers, texts and dates of a purchase are where an analyst looks for them."""
    finished = run(sandbox(account()), start_date=START, typed_events=["Charged"])
    assert finished.records(CHARGED)
    for one in finished.records(CHARGED):
        props = one["event_props"]
        assert (one["amount"], one["currency"]) == (props["Amount"], props["Currency"])
        assert one["charged_id"] == str(props["Charged ID"])
        assert one["delivery_by"].startswith("2026-07-")


def test_an_event_is_asked_for_once_for_both_streams(sandbox: Serve) -> None:
    """Beside `events`, typed streams cost no request of their own but the look at their columns."""
    box = sandbox(account())
    run(box, start_date=START, typed_events=["Charged"])
    with_typed = [one for one in box.request_log.exports if one[0] == "Charged"]
    box = sandbox(account())
    run(box, start_date=START)
    plain = [one for one in box.request_log.exports if one[0] == "Charged"]
    assert len(with_typed) == len(plain) + 1


def test_each_stream_has_its_own_bookmarks(sandbox: Serve) -> None:
    """Both close the same days, each in its own state."""
    finished = run(sandbox(account()), start_date=START, typed_events=["Charged"])
    assert bookmarks(finished, CHARGED) == {"Charged": "2026-07-09"}
    assert bookmarks(finished, "events")["Charged"] == "2026-07-09"


def test_a_typed_stream_that_is_new_catches_up(sandbox: Serve) -> None:
    """It is read from the start, `events` from its look-back on, and then they go on together."""
    box = sandbox(account())
    before = run(box, start_date=START)
    added = run(box, state=before.state, start_date=START, typed_events=["Charged"])
    whole = of_event(before, "Charged")
    assert without_columns(added.records(CHARGED)) == whole
    assert {one["event_date"] for one in added.records()} == {
        "2026-07-07",
        "2026-07-08",
        "2026-07-09",
    }
    assert len({(one["event_name"], one["date"]) for one in added.records("reconciliation")}) == (
        len(added.records("reconciliation"))
    )
    again = run(box, state=added.state, start_date=START, typed_events=["Charged"])
    assert without_columns(again.records(CHARGED)) == of_event(again, "Charged") != []


def test_a_typed_stream_does_without_events(sandbox: Serve) -> None:
    """With `events` deselected only the typed events are read."""
    box = sandbox(account())
    catalog = tap_on(box, start_date=START, typed_events=["Charged"]).catalog_dict
    select(catalog, CHARGED)
    box.request_log.exports.clear()
    finished = run(box, catalog=catalog, start_date=START, typed_events=["Charged"])
    assert finished.records(CHARGED)
    assert finished.records() == []
    read = {event for event, first, last in box.request_log.exports if first == 20260628}
    assert read == {"Charged"}


def test_columns_are_those_of_the_catalog(sandbox: Serve) -> None:
    """With a catalog nothing is looked at; a column whose type was changed there has that type."""
    box = sandbox(account())
    settings: JSON = {"start_date": START, "typed_events": ["Charged"]}
    catalog = tap_on(box, **settings).catalog_dict
    [entry] = (one for one in catalog["streams"] if one["tap_stream_id"] == CHARGED)
    entry["schema"]["properties"]["amount"] = {"type": ["string", "null"], "description": "x"}
    del entry["schema"]["properties"]["currency"]
    select(catalog, CHARGED)
    box.request_log.exports.clear()
    finished = run(box, catalog=catalog, **settings)
    assert_conforms(finished, CHARGED)
    assert {type(one["amount"]) for one in finished.records(CHARGED)} == {str}
    assert not any("currency" in one for one in finished.records(CHARGED))
    assert len(box.request_log.exports) == 2  # the time zone's look and the slice


def test_a_column_the_catalog_lacks_is_told(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Properties without a column and values that do not fit are one line each."""
    box = sandbox(account())
    settings: JSON = {"start_date": START, "typed_events": ["Charged"]}
    catalog = tap_on(box, **settings).catalog_dict
    [entry] = (one for one in catalog["streams"] if one["tap_stream_id"] == CHARGED)
    entry["schema"]["properties"]["payment_mode"] = {"type": ["integer", "null"]}
    del entry["schema"]["properties"]["currency"]
    select(catalog, CHARGED)
    rows = len(run(box, catalog=catalog, **settings).records(CHARGED))
    assert caplog.messages[-2:] == [
        (f"event_charged: {rows} property values have no column; re-run discovery to add them"),
        (
            "event_charged: values that do not fit their column (kept in event_props): "
            f"'payment_mode' {rows} times"
        ),
    ]


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, int),
        ({"type": ["null", "string"]}, str),
        ({"type": "number"}, (int, float)),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, None),
    ],
)
def test_types_of_a_catalog_come_in_many_forms(sandbox: Serve, column: JSON, kind: Any) -> None:  # noqa: ANN401 - a type
    """Each of the five types is known however it is written, and rows keep to it."""
    box = sandbox(daily_world("Viewed", days=3))
    settings: JSON = {"start_date": START, "typed_events": ["Viewed"]}
    catalog = tap_on(box, **settings).catalog_dict
    [entry] = (one for one in catalog["streams"] if one["tap_stream_id"] == "event_viewed")
    entry["schema"]["properties"]["hour"] = column | {"description": "x"}
    finished = run(box, catalog=catalog, **settings)
    assert_conforms(finished, "event_viewed")
    for one in finished.records("event_viewed"):
        assert one["hour"] is None if kind is None else isinstance(one["hour"], kind)


@pytest.mark.parametrize(
    ("column", "given"),
    [
        ({"type": ["array", "null"]}, "array"),
        ({"type": ["string", "null"], "format": "date"}, "date"),
        ({"type": ["integer", "string"]}, "integer or string"),
        ({}, "no type"),
    ],
)
def test_a_type_that_no_value_can_be_made_to_fit_is_refused(
    sandbox: Serve, column: JSON, given: str
) -> None:
    """The line names stream, column and what is allowed, before anything is written."""
    box = sandbox(daily_world("Viewed", days=3))
    settings: JSON = {"start_date": START, "typed_events": ["Viewed"]}
    catalog = tap_on(box, **settings).catalog_dict
    [entry] = (one for one in catalog["streams"] if one["tap_stream_id"] == "event_viewed")
    entry["schema"]["properties"]["hour"] = column
    finished = captured(tap_on(box, catalog=catalog, **settings).sync_all)
    assert isinstance(finished.error, SettingError)
    assert finished.lines == []
    assert str(finished.error) == (
        f"--catalog: the type of event_viewed.hour, {given}, is not valid; expected one of "
        "boolean, integer, number, date-time, string"
    )


def test_a_catalog_without_columns_is_one(sandbox: Serve) -> None:
    """An entry whose schema says nothing gives no typed column."""
    box = sandbox(daily_world("Viewed", days=3))
    settings: JSON = {"start_date": START, "typed_events": ["Viewed"]}
    catalog = tap_on(box, **settings).catalog_dict
    [entry] = (one for one in catalog["streams"] if one["tap_stream_id"] == "event_viewed")
    entry["schema"] = {}
    stream = tap_on(box, catalog=catalog, **settings).streams["event_viewed"]
    assert isinstance(stream, TypedStream)


def select(catalog: JSON, *names: str) -> None:
    """Select some streams of a catalog, and no others."""
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in names


@pytest.mark.parametrize("maps", [{CHARGED: {"more": "'x'"}}, {"events": {"more": "'x'"}}])
def test_a_stream_map_on_one_leaves_the_other_alone(sandbox: Serve, maps: JSON) -> None:
    """Of two streams that are read together each goes its own way out, with the same records."""
    box = sandbox(hard_world())
    settings: JSON = {"start_date": START, "typed_events": ["Charged"]}
    plain = run(box, state=None, catalog=None, **settings)
    mapped = run(box, state=None, catalog=None, **settings, stream_maps=maps)
    for name in ("events", CHARGED):
        records = [json.dumps(one, sort_keys=True) for one in plain.records(name)]
        others = mapped.records(name)
        assert {one.pop("more", None) for one in others} == {"x" if name in maps else None}
        assert sorted(json.dumps(one, sort_keys=True) for one in others) == sorted(records)


def test_a_deselected_column_is_all_that_is_missing(sandbox: Serve) -> None:
    """Typed columns can be deselected like any other."""
    box = sandbox(account())
    settings: JSON = {"start_date": START, "typed_events": ["Charged"]}
    catalog = tap_on(box, **settings).catalog_dict
    select(catalog, CHARGED)
    whole = run(box, catalog=catalog, **settings).records(CHARGED)
    [entry] = (one for one in catalog["streams"] if one["tap_stream_id"] == CHARGED)
    for each in entry["metadata"]:
        if each["breadcrumb"][-1:] == ["amount"]:
            each["metadata"]["selected"] = False
    fewer = run(box, catalog=catalog, **settings).records(CHARGED)
    assert by_id(fewer) == by_id([{k: v for k, v in r.items() if k != "amount"} for r in whole])


def by_id(records: list[JSON]) -> list[JSON]:
    """Return records in the order of their ids."""
    return sorted(records, key=lambda one: str(one["event_id"]))


def test_batch_files_hold_the_records(sandbox: Serve, tmp_path: Path) -> None:
    """Each stream's files have its own rows, and every bookmark waits for its own file."""
    box = sandbox(account())
    settings: JSON = {"start_date": START, "typed_events": ["Charged", "Product Viewed"]}
    plain = run(box, state=None, catalog=None, **settings)
    batched = run(box, state=None, catalog=None, **settings, batch_config=batches(tmp_path))
    for name in ("events", CHARGED, VIEWED):
        written = [record for path in files(batched, name) for record in lines(path)]
        assert by_id(written) == by_id(plain.records(name))
    assert bookmarks(batched, CHARGED) == {"Charged": "2026-07-09"}


def test_a_dry_run_of_each_stream_writes_a_record(sandbox: Serve) -> None:
    """`--test` reads each stream alone, as far as it must."""
    box = sandbox(account())
    tap = tap_on(box, start_date=START, typed_events=["Charged", "Product Viewed"])
    streams = [tap.streams[name] for name in (CHARGED, VIEWED, "events")]
    finished = captured(lambda: tap.run_sync_dry_run(1, streams))
    assert [len(finished.records(one.name)) for one in streams] == [1, 1, 1]


@pytest.mark.usefixtures("short_waits")
def test_a_typed_stream_that_fails_is_skipped_alone(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Its event stays broken; the streams of other events are whole, the run is red."""
    names = [f"Viewed {letter}" for letter in "ABCDEF"]
    box = sandbox(daily_world(*names, days=9))
    settings: JSON = {"start_date": "2026-07-01", "in_progress_timeout": 1, "typed_events": ["*"]}
    catalog = tap_on(box, **settings).catalog_dict
    select(catalog, *(f"event_viewed_{letter}" for letter in "abcdef"))
    box.faults.update({"in_progress_forever": 0.4})
    failed = failing_run(box, catalog=catalog, skip_failed_streams=True, **settings)
    whole = [n for n in "abcdef" if len(failed.records(f"event_viewed_{n}")) == 18]
    assert 0 < len(whole) < 6
    for letter in "abcdef":
        said = f"event_viewed_{letter}: stream failed, continuing" in caplog.text
        assert said is (letter not in whole)
        partitions = failed.state["bookmarks"].get(f"event_viewed_{letter}", {})
        assert bool(partitions.get("partitions")) is (letter in whole)


def test_many_quiet_streams_are_in_flight_together(sandbox: Serve) -> None:
    """Slices of different streams are asked for at once, never more than three."""
    names = [f"Viewed {letter}" for letter in "ABCDEF"]
    box = sandbox(daily_world(*names, days=2), slow=0.03)
    settings: JSON = {"start_date": "2026-07-08", "typed_events": ["*"], "reconciliation": "off"}
    catalog = tap_on(box, **settings).catalog_dict
    select(catalog, *(f"event_viewed_{letter}" for letter in "abcdef"))
    box.request_log.most_in_flight.clear()
    hold_until_in_flight(box, 3, "events")
    run(box, catalog=catalog, **settings)
    assert box.request_log.most_in_flight["events"] == 3
