"""Exported events: the rows of the files, whole and once, in the envelope of the API's."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.sandbox import Event, World, shop
from tap_clevertap.sandbox.account import ground_truth
from tap_clevertap.sandbox.account.models import epoch
from tap_clevertap.sandbox.files.exporter import Exporter, ExportOptions
from tests.support.exports import (
    HEAD,
    envelope,
    export,
    put,
    read_exports,
    rows,
    try_exports,
)
from tests.support.running import run
from tests.support.worlds import KOLKATA, busy_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Serve

JSON = dict[str, Any]
Happened = Counter[tuple[Any, ...]]
EVENTS = ("Viewed", "View", "Order Placed", "Sold")
NOT_BY_API = ("Notification", "Push")
FIRST_OF_WORLD = date(2026, 7, 1)
FIRST, LAST = date(2026, 7, 2), date(2026, 7, 9)
MIDNIGHT = 1_783_621_800
"""Of the day after `LAST` in Kolkata."""
FORMATS = ("csv", "json", "json-named", "parquet")
VIEWED = f"{HEAD}-Viewed-20260701-0-0"
ROW = {"ts": 20260701120000, "eventName": "Viewed", "eventProps": {"n": 1}}


def account(**sizes: int) -> World:
    """Return a small shop, without those records of purchases that have items of their own."""
    sizes = {"days": 8, "people": 40, "events_per_day": 60} | sizes
    world, plain = shop(3, KOLKATA, LAST, **sizes), World(KOLKATA)
    plain.people = world.people
    for name in world.event_types:
        for event in world.events(name, date.min, date.max, 2**62):
            if event.items is None:
                plain.add(event)
    return plain


def truth(world: World) -> Happened:
    """Return what happened and had arrived when the last run began: event, `ts`, properties."""
    found = Happened()
    for name in world.event_types:
        for row in ground_truth.rows(world, name, date.min, date.max, MIDNIGHT):
            if int(str(row["at"])) <= MIDNIGHT:
                found[name, row["ts"], printed(row["event_props"])] += 1
    return found


def told(found: list[JSON]) -> Happened:
    """Return the same of rows."""
    return Happened((one["event_name"], one["ts"], printed(one["event_props"])) for one in found)


def as_cells(happened: Happened) -> Happened:
    """Return the truth as CSV can tell it: values are texts, and empty ones are missing."""
    found = Happened()
    for (name, ts, props), number in happened.items():
        cells = {key: _cell(value) for key, value in json.loads(props).items()}
        found[name, ts, printed({key: one for key, one in cells.items() if one})] += number
    return found


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, list) else "" if value is None else str(value)


def printed(value: object) -> str:
    """Return a value in one form."""
    return json.dumps(value, sort_keys=True)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("kind", FORMATS)
def test_rows_are_what_happened(tmp_path: Path, kind: str, processes: int) -> None:
    """In every format, by this process and by others; notification events too."""
    world = account()
    export(world, tmp_path, FIRST, LAST, format=kind, rows_per_file=20)
    found = rows(read_exports(tmp_path, exports={"processes": processes}))
    happened = truth(world)
    assert told(found) == (as_cells(happened) if kind == "csv" else happened)
    assert {"Notification Sent", "Charged"} <= {one["event_name"] for one in found}
    assert len(found) > 300
    assert {one["source"] for one in found} == {"file"}


COMPARED = ("json", "json-named", "parquet", "csv")


@pytest.mark.parametrize("kind", COMPARED)
def test_envelopes_are_those_of_the_api(sandbox: Serve, tmp_path: Path, kind: str) -> None:
    """The same events by both ways: columns alike, and ids where types and the device are there."""
    world = busy_world(events=120)
    world.people = [replace(one, identified_at=0) for one in world.people]
    for number in range(4):  # the same thing, done again within its second
        world.add(
            Event("Tapped", epoch("2026-07-02T10:00:00", KOLKATA), number // 2, props={"n": 1})
        )
    export(world, tmp_path, FIRST_OF_WORLD, LAST, format=kind, has_object_ids=True)
    by_api = run(sandbox(world), start_date="2026-07-01").records()
    found = rows(read_exports(tmp_path))
    assert len(found) == len(by_api) == 124
    if kind == "csv":
        assert {one["source"] for one in found} == {"file"}
        assert not {one["event_id"] for one in found} & {one["event_id"] for one in by_api}
        untyped = "event_id", "profile", "event_props"
        assert in_order(found, *untyped) == in_order(by_api, *untyped)
        return
    assert {one["source"] for one in found} == {"row"}
    assert in_order(found, "profile") == in_order(by_api, "profile")


def in_order(found: list[JSON], *without: str) -> list[JSON]:
    """Return the envelopes of rows, in one order."""
    plain = [envelope(one, *without) for one in found]
    return sorted(plain, key=lambda one: (one["ts"], one["object_id"], one.get("event_id", "")))


@pytest.mark.parametrize("options", [{}, {"is_all_strings": True, "has_object_ids": True}])
def test_ids_are_of_the_file_where_the_export_lacks_what_they_need(
    tmp_path: Path, options: JSON
) -> None:
    """The device is left out by default; as text, a number is not what the API sends."""
    export(account(), tmp_path, FIRST, LAST, format="json", **options)
    assert {one["source"] for one in rows(read_exports(tmp_path))} == {"file"}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_rerun_of_an_export_has_the_same_ids(tmp_path: Path, kind: str) -> None:
    """Its files have other names, in which the time of the run alone differs."""
    world = account(events_per_day=20)
    exporter = Exporter(world, tmp_path, ExportOptions(kind))
    exporter.export(FIRST, LAST)
    once = rows(read_exports(tmp_path))
    exporter.export(FIRST, LAST, runs_later=3600)
    twice = rows(try_exports(tmp_path))
    assert len(twice) == 2 * len(once)
    assert {one["event_id"] for one in twice} == {one["event_id"] for one in once}


def test_an_account_that_switches_has_no_row_twice_and_none_missing(
    sandbox: Serve, tmp_path: Path
) -> None:
    """The API up to the day before, exports from that day on: late events and twins included."""
    world = account()
    export(world, tmp_path, FIRST, LAST, format="json", has_object_ids=True)
    everything = rows(read_exports(tmp_path))
    exportable = [one for one in everything if not one["event_name"].startswith(NOT_BY_API)]
    before = run(sandbox(world), start_date="2026-07-02", end_date="2026-07-05").records()
    after = rows(read_exports(tmp_path, start_date="2026-07-06"))
    assert {one["event_date"] for one in after} == {f"2026-07-{day:02}" for day in range(6, 10)}
    joined = Counter(one["event_id"] for one in before + after)
    assert set(joined.values()) == {1}
    assert {one["event_id"] for one in exportable} <= joined.keys()
    late = {one["event_id"] for one in after if one["file"][37:] and _is_late(one)}
    assert late


def _is_late(row: JSON) -> bool:
    """Tell whether a row is in the file of a later day than its own."""
    return row["event_date"].replace("-", "") not in row["file"]


def test_an_end_date_makes_a_bounded_backfill(tmp_path: Path) -> None:
    """It reads every file, has the days asked for alone and leaves the bookmark as it was."""
    export(account(), tmp_path, FIRST, LAST)
    state = read_exports(tmp_path).state
    finished = read_exports(tmp_path, state=state, start_date="2026-07-03", end_date="2026-07-04")
    assert {one["event_date"] for one in rows(finished)} == {"2026-07-03", "2026-07-04"}
    assert finished.state["bookmarks"]["exported_events"] == state["bookmarks"]["exported_events"]


def test_events_are_chosen_by_their_real_names(tmp_path: Path) -> None:
    """In files of other events too, and where the file's name is not the event's."""
    put(tmp_path, f"{VIEWED}.json", "\n".join(json.dumps(ROW | {"eventName": n}) for n in EVENTS))
    found = rows(read_exports(tmp_path, events=["View*", "Order Placed"], events_exclude=["View"]))
    assert [one["event_name"] for one in found] == ["Viewed", "Order Placed"]
    named = rows(read_exports(tmp_path, events=["Viewed"]))
    assert [one["event_name"] for one in named] == ["Viewed"]
    assert not rows(read_exports(tmp_path, events=["Order Placed"]))  # by its name it is of another
