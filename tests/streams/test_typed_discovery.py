"""Discovery: which typed streams there are, and what their columns are made from."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.errors import SettingError, SliceFailed
from tap_clevertap.extraction import progress
from tap_clevertap.records.column_types import digest
from tap_clevertap.sandbox import Event, EventType, World
from tap_clevertap.sandbox.account.models import epoch
from tap_clevertap.streams.typed_discovery import stream_name
from tap_clevertap.tap import TapClevertap
from tests.support.running import assert_polite, captured, run, tap_on
from tests.support.worlds import KOLKATA, daily_world, people

if TYPE_CHECKING:
    from tap_clevertap.sandbox import Sandbox
    from tests.conftest import Serve

JSON = dict[str, Any]
START = "2026-05-01"


def world_of(*happened: tuple[str, str, JSON]) -> World:
    """Return an account of events, each a name, a day and properties."""
    world = World(KOLKATA, people=people(3))
    for number, (name, day, props) in enumerate(happened):
        world.add(Event(name, epoch(f"{day}T10:00:00", KOLKATA) + number, number % 3, props=props))
    return world


def columns(box: Sandbox, stream: str, **settings: Any) -> dict[str, list[str]]:  # noqa: ANN401 - passed on
    """Return the types of the columns that a stream has beside those of `events`."""
    tap = tap_on(box, start_date=START, **settings)
    found = tap.streams[stream].schema["properties"]
    usual = tap.streams["events"].schema["properties"]
    return {name: column["type"] for name, column in found.items() if name not in usual}


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ("Charged", "event_charged"),
        ("App Launched", "event_app_launched"),
        ("Counts", f"event_counts_{digest('Counts')}"),
        ("दीवाली", f"event_{digest('दीवाली')}"),
    ],
)
def test_a_stream_is_named_after_its_event(event: str, name: str) -> None:
    """The name is that of no other stream, whatever the event is called."""
    assert stream_name(event, {"event_counts", "event_schema", "events"}) == name


def test_columns_come_from_recent_and_from_older_events(sandbox: Serve) -> None:
    """A property that nobody has sent for two weeks has a column too, wide enough for both."""
    world = world_of(
        ("Bought", "2026-07-08", {"Amount": 1, "Name": "x", "Paid": "true"}),
        ("Bought", "2026-05-08", {"Amount": 1.5, "Coupon": "A"}),
    )
    assert columns(sandbox(world), "event_bought", typed_events=["Bought"]) == {
        "amount": ["number", "null"],
        "coupon": ["string", "null"],
        "paid": ["boolean", "null"],
        "prop_name": ["string", "null"],
    }


def test_an_event_without_rows_has_the_usual_columns(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither an event that never happened nor one whose rows are refused keeps others away."""
    world = world_of(("Bought", "2026-07-08", {"Amount": 1}), ("Sent", "2026-07-08", {"A": 1}))
    world.event_types["Sent"] = EventType("Sent", is_exportable=False)
    world.event_types["Silent"] = EventType("Silent")
    box = sandbox(world)
    assert columns(box, "event_silent", typed_events=["*"]) == {}
    assert columns(box, "event_sent", typed_events=["*"]) == {}
    assert columns(box, "event_bought", typed_events=["*"]) == {"amount": ["integer", "null"]}
    said = "typed_events: 2 events, such as 'Sent', have no rows with properties to sample columns"
    assert said in caplog.messages
    assert run(box, state=None, catalog=None, start_date=START, typed_events=["*"]).records()


def test_events_that_differ_in_case_share_a_stream(sandbox: Serve) -> None:
    """Both are read into it, each with a bookmark, and it has the columns of both."""
    world = world_of(
        ("Add To Cart", "2026-07-08", {"Price": 1}), ("add_to_cart", "2026-07-09", {"Sku": "x"})
    )
    finished = run(sandbox(world), state=None, catalog=None, start_date=START, typed_events=["*"])
    rows = finished.records("event_add_to_cart")
    assert {(one["event_name"], one["price"], one["sku"]) for one in rows} == {
        ("Add To Cart", 1, None),
        ("add_to_cart", None, "x"),
    }
    assert len(finished.state["bookmarks"]["event_add_to_cart"]["partitions"]) == 2


def test_without_typed_events_nothing_is_asked_to_discover(config: JSON) -> None:
    """The catalog is made without a server, as ever."""
    tap = TapClevertap(config=config | {"api_url": "http://127.0.0.1:9"})
    assert "event_charged" not in tap.streams


def test_a_name_that_is_not_read_is_a_wrong_setting(sandbox: Serve) -> None:
    """The line names setting and value, and what there is."""
    box = sandbox(daily_world("Viewed", "Tapped"))
    with pytest.raises(SettingError) as wrong:
        tap_on(box, events=["V*"], typed_events=["Tapped"])
    assert str(wrong.value) == (
        "typed_events: 'Tapped' is not an event that `events` selects; expected one of 'Viewed'"
    )


def test_a_pattern_without_an_event_is_said(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """A pattern may be waiting for its event."""
    assert "events" in tap_on(sandbox(daily_world("Viewed")), typed_events=["Charg*"]).streams
    assert "typed_events: no selected event matches the pattern 'Charg*'" in caplog.messages


def test_settings_are_checked_before_typed_events_are_looked_at() -> None:
    """Also where discovery would do without any."""
    with pytest.raises(SettingError, match=r"^account_id: missing; expected "):
        TapClevertap(config={"typed_events": ["Charged"]}, validate_config=False)


@pytest.mark.usefixtures("short_waits")
def test_a_look_that_fails_loses_no_columns(sandbox: Serve) -> None:
    """A catalog without columns would pass for one of an event without properties."""
    box = sandbox(daily_world("Viewed"), in_progress_forever=1.0)
    with pytest.raises(
        SliceFailed, match=r"^typed_events: 'Viewed' 2026-06-25 to 2026-07-09 could"
    ):
        tap_on(box, start_date=START, typed_events=["Viewed"], in_progress_timeout=1)


@pytest.mark.usefixtures("short_waits")
def test_a_look_that_fails_spares_the_others(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """With skip_failed_streams the stream is left out, the others are read, and the run is red."""
    names = [f"Viewed {letter}" for letter in "ABCDEF"]
    box = sandbox(daily_world(*names, days=9), in_progress_forever=0.4)
    settings: JSON = {"start_date": "2026-07-01", "in_progress_timeout": 1, "typed_events": ["*"]}
    tap = tap_on(box, skip_failed_streams=True, **settings)
    box.faults.update({"in_progress_forever": 0})
    missing = [name for name in names if stream_name(name, ()) not in tap.streams]
    assert 0 < len(missing) < len(names)
    finished = captured(tap.sync_all)
    failed = ", ".join(stream_name(name, ()) for name in missing)
    assert str(finished.error) == f"skip_failed_streams: streams failed: {failed}"
    assert len(finished.records()) == 18 * len(names)
    assert f"typed_events: {missing[0]!r} 2026-07-01 to 2026-07-09 could not be" in caplog.text
    assert "run again to resume" not in caplog.text


def test_an_empty_first_page_is_not_all_there_is(sandbox: Serve) -> None:
    """A look goes on to the first page that has records."""
    found = columns(
        sandbox(daily_world("Viewed"), empty_page=1.0), "event_viewed", typed_events=["*"]
    )
    assert found == {"hour": ["integer", "null"]}


def test_a_long_look_says_so(
    sandbox: Serve, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line a minute tells how many events have been looked at."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.0)
    assert tap_on(sandbox(daily_world("A", "B")), typed_events=["*"]).streams
    assert any("typed_events: so far after" in one for one in caplog.messages)


@pytest.mark.usefixtures("short_waits")
def test_a_look_bears_what_a_slice_bears(sandbox: Serve) -> None:
    """Throttling, a dead cursor and an empty first page change no column."""
    world = daily_world("Viewed")
    box = sandbox(world, throttled=0.3, too_many_requests=0.3, incorrect_usage=0.3, empty_page=0.5)
    found = columns(box, "event_viewed", typed_events=["Viewed"])
    assert found == {"hour": ["integer", "null"]}
    assert_polite(box)
