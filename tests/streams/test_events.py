"""The events stream: every row of the account, whole, once, at the right instant."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR

from tap_clevertap.sandbox import Event, World, shop
from tap_clevertap.sandbox.account import ground_truth
from tap_clevertap.sandbox.account.models import epoch
from tap_clevertap.sandbox.endpoints.rendering import dump
from tests.support.running import Run, run, tap_on
from tests.support.worlds import NEW_YORK, daily_world, hard_world, people

if TYPE_CHECKING:
    from tap_clevertap.sandbox import Sandbox
    from tests.conftest import Serve

START = "2026-06-28"
FAR_BACK = "2025-10-30"


class _Line(msgspec.Struct):
    record: dict[str, msgspec.Raw] = {}
    stream: str = ""


def as_sent(run: Run) -> Counter[tuple[bytes, ...]]:
    """Return device, digits, properties and session of each event, as their bytes."""
    lines = (msgspec.json.decode(line, type=_Line) for line in run.lines)
    columns = ("object_id", "ts", "event_props", "session_props")
    return Counter(
        tuple(bytes(one.record[name]) for name in columns)
        for one in lines
        if one.stream == "events" and one.record
    )


def as_happened(sandbox: Sandbox) -> Counter[tuple[bytes, ...]]:
    """Return the same of what really happened up to yesterday."""
    world, now = sandbox.world, sandbox.now()
    return Counter(
        (dump(row["object_id"]), dump(row["ts"]), dump(row["event_props"]), _session(row))
        for name in world.event_types
        for row in ground_truth.rows(world, name, date.min, date(2026, 7, 9), now)
    )


def _session(row: dict[str, object]) -> bytes:
    return b"{}" if row["session_props"] is None else dump(row["session_props"])


def per_day(run: Run) -> dict[str, dict[str, int]]:
    """Return rows per event and day, as the sandbox tells them."""
    counts = Counter((one["event_name"], one["event_date"]) for one in run.records())
    days: dict[str, dict[str, int]] = {}
    for (name, day), number in counts.items():
        days.setdefault(name, {})[day.replace("-", "")] = number
    return days


def true_per_day(sandbox: Sandbox) -> dict[str, dict[str, int]]:
    """Return what really happened per event and day, of the events that may be exported."""
    world = sandbox.world
    counts = ground_truth.counts(world, sandbox.now(), last=date(2026, 7, 9))
    return {
        name: days
        for name, days in counts.items()
        if days and world.event_types[name].is_exportable
    }


def exactly(run: Run) -> list[Any]:
    """Return the records with each number's digits, in the order of their ids."""
    lines = [json.loads(line, parse_float=Decimal) for line in run.lines]
    records = [one["record"] for one in lines if one["type"] == "RECORD"]
    return sorted((one for one in records if "event_id" in one), key=lambda one: one["event_id"])


def test_each_event_and_day_has_its_rows(sandbox: Serve) -> None:
    """The rows of a lively account are, per event and day, as many as really happened."""
    box = sandbox(shop(3, "Asia/Kolkata", date(2026, 7, 9), days=6, people=40, events_per_day=150))
    whole = run(box, start_date=START)
    assert per_day(whole) == true_per_day(box)
    assert len(whole.ids()) == len(whole.records())


def test_properties_are_the_bytes_that_were_sent(sandbox: Serve) -> None:
    """Big integers, 0.1 + 0.2, unicode and nested values go out as they came."""
    box = sandbox(hard_world())
    whole = run(box, start_date=START)
    assert as_sent(whole) == as_happened(box)
    assert b"12345678901234567" in b"".join(whole.lines)
    assert b"0.30000000000000004" in b"".join(whole.lines)
    assert "दीवाली 🪔".encode() in b"".join(whole.lines)


@pytest.mark.parametrize("batch_size", [23, 46])
def test_rows_are_the_same_whatever_the_pages(sandbox: Serve, batch_size: int) -> None:
    """Pages of another size bring the same records with the same ids."""
    box = sandbox(hard_world())
    assert exactly(run(box, start_date=START, batch_size=batch_size)) == exactly(
        run(box, start_date=START)
    )


def test_every_record_keeps_to_the_schema(sandbox: Serve) -> None:
    """The records of a hard and of a lively account are valid against the stream's schema."""
    lively = shop(5, "Asia/Kolkata", date(2026, 7, 9), days=3, people=30, events_per_day=100)
    for world in (hard_world(), lively):
        whole = run(sandbox(world), start_date=START)
        (schema,) = (
            one["schema"]
            for one in whole.messages
            if one["type"] == "SCHEMA" and one["stream"] == "events"
        )
        checker = DEFAULT_JSONSCHEMA_VALIDATOR.FORMAT_CHECKER
        validator = DEFAULT_JSONSCHEMA_VALIDATOR(schema, format_checker=checker)
        assert whole.records()
        assert [str(error) for one in whole.records() for error in validator.iter_errors(one)] == []


def test_time_is_the_instant_in_utc_in_kolkata(sandbox: Serve) -> None:
    """The instant is the one at which it happened; the date is the account's day of it."""
    box = sandbox(hard_world())
    assert instants(run(box, start_date=START)) == true_instants(box)


def clock_changing_world(*, with_repeated_hour: bool) -> World:
    """Return an account in New York where things happen around both changes of the clocks."""
    world = World(NEW_YORK, people=people(6))
    autumn, spring = epoch("2025-11-02T05:30:00"), epoch("2026-03-08T06:59:30")
    before = epoch("2025-11-02T02:00:00")
    for n in range(6):
        world.add(Event("Seen", before + n, n, props={"n": n}))
        world.add(Event("Seen", spring + 30 * n, n, props={"n": n}))
        world.add(Event("Seen", autumn + n, n, props={"n": n}))
        world.add(Event("Seen", autumn + 5400 + n, n, props={"n": n}))
        if with_repeated_hour:
            world.add(Event("Seen", autumn + 3600 + n, n, props={"again": n}))
    return world


def test_time_is_right_over_both_changes_of_the_clocks(sandbox: Serve) -> None:
    """Before, in and after the changes in New York each row has its instant and local day."""
    box = sandbox(clock_changing_world(with_repeated_hour=False))
    assert instants(run(box, start_date=FAR_BACK)) == true_instants(box)


def test_a_repeated_hour_means_its_first_passing(sandbox: Serve) -> None:
    """Rows of the second 01:30 are told an hour early, and keep their digits."""
    box = sandbox(clock_changing_world(with_repeated_hour=True))
    again = [
        one for one in run(box, start_date=FAR_BACK).records() if "again" in one["event_props"]
    ]
    assert {one["ts"] for one in again} == {20251102013000 + n for n in range(6)}
    assert {one["event_time"] for one in again} == {
        f"2025-11-02T05:30:0{n}+00:00" for n in range(6)
    }


def instants(run: Run) -> Counter[tuple[int, str]]:
    """Return instant and day of each event."""
    return Counter(
        (int(datetime.fromisoformat(one["event_time"]).timestamp()), one["event_date"])
        for one in run.records()
    )


def true_instants(sandbox: Sandbox) -> Counter[tuple[object, str]]:
    """Return the same of what really happened up to yesterday."""
    world, now = sandbox.world, sandbox.now()
    return Counter(
        (row["at"], datetime.fromtimestamp(int(str(row["at"])), world.zone).date().isoformat())
        for name in world.event_types
        for row in ground_truth.rows(world, name, date.min, date(2026, 7, 9), now)
    )


def test_a_stream_map_changes_nothing_else(sandbox: Serve) -> None:
    """With a column more, each record takes the SDK's way and is otherwise the same."""
    box = sandbox(hard_world())
    plain = exactly(run(box, start_date=START))
    mapped = exactly(run(box, start_date=START, stream_maps={"events": {"more": "'x'"}}))
    assert [one.pop("more") for one in mapped] == ["x"] * len(plain)
    assert mapped == plain


def test_a_deselected_column_is_all_that_is_missing(sandbox: Serve) -> None:
    """Without a column, each record takes the SDK's way and is otherwise the same."""
    box = sandbox(hard_world())
    plain = exactly(run(box, start_date=START))
    catalog = tap_on(box).catalog_dict
    deselect(catalog, "email", "extra")
    fewer = exactly(run(box, start_date=START, catalog=catalog))
    assert fewer == [{k: v for k, v in one.items() if k not in {"email", "extra"}} for one in plain]


def test_a_nested_property_that_is_deselected_is_all_that_is_missing(sandbox: Serve) -> None:
    """A property inside a column takes each record the SDK's way, and is gone."""
    box = sandbox(hard_world())
    plain = exactly(run(box, start_date=START))
    catalog = tap_on(box).catalog_dict
    [events] = (one for one in catalog["streams"] if one["tap_stream_id"] == "events")
    crumb = ["properties", "event_props", "properties", "n"]
    events["metadata"].append({"breadcrumb": crumb, "metadata": {"selected": False}})
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream is events
    fewer = exactly(run(box, start_date=START, catalog=catalog))
    assert any("n" in one["event_props"] for one in plain)
    for one in plain:
        one["event_props"].pop("n", None)
    assert fewer == plain


def test_a_column_the_catalog_leaves_out_stays_out(sandbox: Serve) -> None:
    """A catalog whose schema lacks a column gets records without it, on the SDK's way."""
    box = sandbox(hard_world())
    catalog = tap_on(box).catalog_dict
    for stream in catalog["streams"]:
        stream["schema"]["properties"].pop("phone", None)
    fewer = run(box, start_date=START, catalog=catalog).records()
    assert fewer
    assert not any("phone" in one for one in fewer)


def deselect(catalog: dict[str, Any], *columns: str) -> None:
    """Take columns of the events out of a catalog's selection."""
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"][-1:] and entry["breadcrumb"][-1] in columns:
                entry["metadata"]["selected"] = False


def test_full_table_reads_from_the_start_whatever_the_state(sandbox: Serve) -> None:
    """A catalog that says FULL_TABLE reads every day again and forgets the bookmarks."""
    box = sandbox(daily_world("Viewed", days=20))
    first = run(box, start_date="2026-06-20")
    catalog = tap_on(box).catalog_dict
    for stream in catalog["streams"]:
        stream["replication_method"] = "FULL_TABLE"
    again = run(box, state=first.state, catalog=catalog, start_date="2026-06-20")
    assert again.ids() == first.ids()
    assert "ACTIVATE_VERSION" not in {one["type"] for one in again.messages}
