"""Bookmarks: what is read again, what never is, and what a kill leaves behind."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tap_clevertap.errors import SettingError
from tap_clevertap.extraction.bookmarks import Bookmarks
from tap_clevertap.extraction.slices import planning
from tap_clevertap.extraction.slices.window import Window
from tap_clevertap.sandbox import Event
from tap_clevertap.sandbox.account.models import epoch
from tests.support.running import Run, bookmarks, run
from tests.support.worlds import KOLKATA, daily_world

if TYPE_CHECKING:
    from tap_clevertap.sandbox import Sandbox
    from tests.conftest import Serve

START = "2026-06-20"
YESTERDAY = "2026-07-09"
SAMPLE = (20260625, 20260709)
"""What the look at the time zone opens: a fortnight up to yesterday."""


@pytest.fixture
def thin_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a slice hold eight rows, so that few events make many slices."""
    monkeypatch.setattr(planning, "SLICE_ROWS", 8)


def opened_by(sandbox: Sandbox, **arguments: Any) -> tuple[Run, set[tuple[str, int, int]]]:  # noqa: ANN401 - those of run
    """Run, and return what slices were opened for it."""
    before = len(sandbox.request_log.exports)
    finished = run(sandbox, **arguments)
    opened = sandbox.request_log.exports[before:]
    return finished, {one for one in opened if one[1:] != SAMPLE}


def test_the_second_run_reads_the_lookback_only(sandbox: Serve) -> None:
    """With a state, each event is asked for its last three closed days and no more."""
    box = sandbox(daily_world("Clicked", "Viewed"))
    first = run(box, start_date=START)
    second, opened = opened_by(box, state=first.state, start_date=START)
    assert opened == {("Clicked", 20260707, 20260709), ("Viewed", 20260707, 20260709)}
    assert len(second.records()) == 12
    assert second.ids() < first.ids()


def test_a_lookback_of_none_reads_nothing_again(sandbox: Serve) -> None:
    """Without look-back a second run of the same day opens no slice, and keeps the state."""
    box = sandbox(daily_world("Clicked"))
    first = run(box, start_date=START)
    second, opened = opened_by(box, state=first.state, start_date=START, lookback_days=0)
    assert (opened, second.records()) == (set(), [])
    assert second.bookmarks == first.bookmarks


def test_a_new_event_starts_at_the_start_alone(sandbox: Serve) -> None:
    """An event type that appears later is read from start_date; the others are not."""
    box = sandbox(daily_world("Viewed"))
    first = run(box, start_date=START)
    box.world.add(Event("Brand New", epoch("2026-06-21T10:00:00", KOLKATA), 1))
    second, opened = opened_by(box, state=first.state, start_date=START)
    assert opened == {("Brand New", 20260620, 20260709), ("Viewed", 20260707, 20260709)}
    assert second.bookmarks == {"Brand New": YESTERDAY, "Viewed": YESTERDAY}


def test_the_next_day_is_read_beside_the_lookback(sandbox: Serve) -> None:
    """A day later the bookmark moves by a day, and four days have been read."""
    box = sandbox(daily_world("Viewed"))
    first = run(box, start_date=START)
    box.world.add(Event("Viewed", epoch("2026-07-10T15:00:00", KOLKATA), 1))
    box.advance(86400)
    second, opened = opened_by(box, state=first.state, start_date=START)
    assert opened - {("Viewed", 20260626, 20260710)} == {("Viewed", 20260707, 20260710)}
    assert second.bookmarks == {"Viewed": "2026-07-10"}
    assert len(second.ids() - first.ids()) == 1


@pytest.mark.usefixtures("thin_slices")
def test_a_state_never_runs_ahead_of_the_rows(sandbox: Serve) -> None:
    """Whatever day a STATE closes, all its rows stand before it; bookmarks only move forward."""
    box = sandbox(daily_world("Clicked", "Tapped", "Viewed", days=20))
    finished = run(box, start_date=START)
    whole = days_of(finished.messages)
    so_far: dict[str, str] = {}
    for index, message in enumerate(finished.messages):
        if message["type"] == "STATE":
            now = bookmarks(message["value"])
            assert all(so_far.get(event, "") <= day <= YESTERDAY for event, day in now.items())
            so_far |= now
            written = days_of(finished.messages[:index])
            assert not [one for one in whole - written if one[1] <= now.get(one[0], "")]
    assert so_far == dict.fromkeys(("Clicked", "Tapped", "Viewed"), YESTERDAY)


@pytest.mark.usefixtures("thin_slices")
def test_a_state_follows_each_closed_slice(sandbox: Serve) -> None:
    """Read one after the other, each slice of four days moves the bookmark by itself."""
    box = sandbox(daily_world("Viewed"))
    finished = run(box, start_date=START, max_concurrency=1)
    days = [bookmarks(state).get("Viewed") for state in finished.states]
    moved = sorted({day for day in days if day})
    assert moved == ["2026-06-23", "2026-06-27", "2026-07-01", "2026-07-05", YESTERDAY]


def days_of(messages: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """Return name, day and id of the events among messages."""
    records = (one["record"] for one in messages if one["type"] == "RECORD")
    return {
        (one["event_name"], one["event_date"], one["event_id"])
        for one in records
        if "event_id" in one
    }


@pytest.mark.parametrize(
    "timezone", ["Pacific/Kiritimati", "Pacific/Honolulu", "America/New_York", "Asia/Kolkata"]
)
def test_the_bookmark_ends_with_yesterday_of_the_account(sandbox: Serve, timezone: str) -> None:
    """On both sides of UTC the last closed day is the account's yesterday."""
    box = sandbox(daily_world("Viewed", timezone=timezone))
    finished = run(box, start_date=START)
    today = datetime.fromtimestamp(box.now(), ZoneInfo(timezone)).date()
    yesterday = (today - timedelta(days=1)).isoformat()
    assert finished.bookmarks == {"Viewed": yesterday}
    assert max(one["event_date"] for one in finished.records()) == yesterday


def test_today_is_read_when_asked_for_and_never_closed(sandbox: Serve) -> None:
    """With include_today its rows come, on each run again, and the bookmark stays before it."""
    world = daily_world("Viewed", days=5)
    world.add(Event("Viewed", epoch("2026-07-10T08:00:00", KOLKATA), 1, props={"today": True}))
    box = sandbox(world)
    assert len(run(box, start_date=START).records()) == 10
    first = run(box, start_date=START, include_today=True)
    second = run(box, state=first.state, start_date=START, include_today=True)
    for finished in (first, second):
        assert finished.bookmarks == {"Viewed": YESTERDAY}
        assert [one for one in finished.records() if one["event_date"] == "2026-07-10"]
    assert len(first.records()) == 11


BACKFILL: dict[str, Any] = {"start_date": "2026-06-01", "end_date": "2026-06-15"}


@pytest.mark.usefixtures("thin_slices")
def test_a_backfill_reads_its_days_and_leaves_the_bookmarks_alone(sandbox: Serve) -> None:
    """Exactly start_date to end_date are read, and the state ends as it began."""
    box = sandbox(daily_world("Clicked", "Viewed"))
    nightly = run(box, start_date=START)
    backfill = run(box, state=nightly.state, **BACKFILL)
    days = {one["event_date"] for one in backfill.records()}
    assert (min(days), max(days), len(days)) == ("2026-06-01", "2026-06-15", 15)
    assert len(backfill.records()) == len(backfill.ids()) == 60
    assert backfill.state["bookmarks"]["events"] == nightly.state["bookmarks"]["events"]


@pytest.mark.usefixtures("thin_slices")
def test_a_backfill_moves_no_bookmark_on_its_way(sandbox: Serve) -> None:
    """Every STATE of a back-fill has the live bookmarks that it began with."""
    box = sandbox(daily_world("Clicked", "Viewed"))
    nightly = run(box, start_date=START)
    backfill = run(box, state=nightly.state, **BACKFILL)
    assert len(backfill.states) >= 4
    assert all(bookmarks(state) == nightly.bookmarks for state in backfill.states)


@pytest.mark.usefixtures("thin_slices")
@pytest.mark.parametrize("bounds", [BACKFILL, {"start_date": START}], ids=["backfill", "nightly"])
def test_a_run_killed_after_any_state_is_resumed(sandbox: Serve, bounds: dict[str, Any]) -> None:
    """What was written before a STATE and what a run from it brings are together everything."""
    box = sandbox(daily_world("Clicked", "Viewed"))
    whole = run(box, **bounds, lookback_days=0)
    states = [n for n, one in enumerate(whole.messages) if one["type"] == "STATE"]
    for last in states[:: max(1, len(states) // 5)]:
        before = {one[2] for one in days_of(whole.messages[: last + 1])}
        state = whole.messages[last]["value"]
        resumed = run(box, state=state, **bounds, lookback_days=0)
        assert before | resumed.ids() == whole.ids()
        assert resumed.bookmarks == whole.bookmarks
        assert "backfill" not in str(resumed.state)


@pytest.mark.usefixtures("thin_slices")
def test_a_killed_backfill_reads_its_closed_days_no_more(sandbox: Serve) -> None:
    """A back-fill of 39 days, killed half-way, is resumed at the first day that was open."""
    box = sandbox(daily_world("Viewed"))
    bounds: dict[str, Any] = {"start_date": "2026-06-01", "end_date": YESTERDAY}
    whole = run(box, **bounds, max_concurrency=1)
    state = whole.states[len(whole.states) // 2]
    (partition,) = state["bookmarks"]["events"]["partitions"]
    closed = date.fromisoformat(partition["backfill"]["closed"])
    resumed = run(box, state=state, **bounds)
    assert "2026-06-10" < str(closed) < "2026-07-01"
    first = min(one["event_date"] for one in resumed.records())
    assert first == str(closed + timedelta(days=1))


@pytest.mark.usefixtures("thin_slices")
def test_the_mark_of_another_backfill_is_not_mistaken(sandbox: Serve) -> None:
    """A back-fill of other days begins at its own start, whatever a killed one has left."""
    box = sandbox(daily_world("Viewed"))
    killed = run(box, **BACKFILL, max_concurrency=1).states[1]
    assert "backfill" in killed["bookmarks"]["events"]["partitions"][0]
    other = run(box, state=killed, start_date="2026-06-02", end_date="2026-06-15")
    assert {one["event_date"] for one in other.records()} >= {"2026-06-02", "2026-06-15"}


def test_a_backfill_up_to_today_stops_at_yesterday(sandbox: Serve) -> None:
    """An end_date that has not ended, or lies ahead, is read as far as days are over."""
    box = sandbox(daily_world("Viewed", days=4))
    finished = run(box, start_date="2026-07-08", end_date="2026-08-01")
    assert {one["event_date"] for one in finished.records()} == {"2026-07-08", YESTERDAY}


def of(partitions: list[dict[str, Any]]) -> Bookmarks:
    """Return the bookmarks of a state that holds those partitions."""
    window = Window(date(2026, 6, 1), date(2026, 7, 10))
    return Bookmarks({"partitions": partitions}, lambda _: {}, "event_date", window)


def test_a_strange_partition_is_left_alone() -> None:
    """A partition of another kind is nobody's bookmark; a rate that is none is unknown."""
    marks = of([{"context": {"else": 1}}, {"context": {"event_name": "A"}, "rows_a_day": "many"}])
    assert (marks.last_closed("A"), marks.rows_a_day("A"), marks.rows_a_day("B")) == (None,) * 3


@pytest.mark.parametrize("value", ["2026-07-01", "2026-07-01T00:00:00+00:00"])
def test_a_bookmark_may_be_written_as_an_instant(value: str) -> None:
    """A state edited by hand may hold an instant: its day counts."""
    marks = of([{"context": {"event_name": "A"}, "replication_key_value": value}])
    assert marks.last_closed("A") == date(2026, 7, 1)


def test_a_bookmark_that_is_no_day_is_a_clear_error() -> None:
    """A state edited wrongly ends in a line that names the event, not in a traceback."""
    marks = of([{"context": {"event_name": "A"}, "replication_key_value": "last week"}])
    with pytest.raises(SettingError, match="state: the bookmark of 'A', 'last week', is not"):
        marks.last_closed("A")


def test_a_bookmark_never_moves_backwards() -> None:
    """An older day leaves the bookmark where it is."""
    partition: dict[str, Any] = {"context": {"event_name": "A"}}
    partition["replication_key_value"] = "2026-07-08"
    of([partition]).move("A", date(2026, 7, 5), 7)
    assert (partition["replication_key_value"], partition["rows_a_day"]) == ("2026-07-08", 7)


def test_a_backfill_that_closed_nothing_leaves_the_state_as_it_was() -> None:
    """Where no event had a mark there is none to take away."""
    state: dict[str, Any] = {}
    window = Window(date(2026, 6, 1), date(2026, 7, 10), date(2026, 6, 5))
    Bookmarks(state, lambda _: {}, "event_date", window).end_backfill()
    assert state == {}
