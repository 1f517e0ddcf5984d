"""Runs by the hour: the open day each time, the closed ones of the look-back once a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.extraction.slices.window import Window
from tap_clevertap.sandbox import Behaviour, Event, Sandbox, World
from tap_clevertap.sandbox.account.models import epoch
from tests.support.catalogs import catalog_of
from tests.support.running import run
from tests.support.worlds import KOLKATA, people

if TYPE_CHECKING:
    from collections.abc import Iterator

START, TODAY = "2026-07-01", 20260710
MIDNIGHT = epoch("2026-07-10T00:00:00", KOLKATA)
HOUR, DAY = 3600, 86_400
NAMES = ("App Launched", "Viewed", "Rare")
STREAMS = ("events", "event_counts", "reconciliation")


def account() -> World:
    """Return an account where something happens every half hour, and some of it arrives late."""
    world = World(KOLKATA, people=people(10))
    for half_hour in range(-48 * 8, 48):
        at = MIDNIGHT + half_hour * HOUR // 2
        name = NAMES[0] if half_hour % 2 else NAMES[1 + (half_hour % 16 == 0)]
        late = DAY if half_hour % 17 == 0 else 0
        world.add(Event(name, at, half_hour % 10, props={"n": half_hour}, arrived_at=at + late))
    return world


class Runs:
    """Runs on one account, each with the state of the one before, by a clock of their own."""

    def __init__(self) -> None:
        self.now = MIDNIGHT - 12 * HOUR
        self.state: Any = None
        self.rows: dict[str, Any] = {}
        self.box = Sandbox(account(), behaviour=Behaviour(partial_share=0), now=lambda: self.now)

    def run(self, hour: float) -> None:
        """Run at an hour of the day."""
        self.now = MIDNIGHT + int(hour * HOUR)
        self.box.request_log.exports.clear()
        self.box.request_log.requests.clear()
        finished = run(
            self.box,
            state=self.state,
            catalog=catalog_of(*STREAMS),
            start_date=START,
            include_today=True,
        )
        self.state = finished.state
        for one in finished.records():
            del one["profile"]  # is as of the run
            self.rows[one["event_id"]] = one

    @property
    def asks_for_closed_days(self) -> bool:
        """Whether the last run has asked for rows or counts of days that were over."""
        log = self.box.request_log
        return bool(log.requests["trends"]) or any(first < TODAY for _, first, _ in log.exports)

    @property
    def bookmarks(self) -> dict[str, str]:
        """The bookmarks of events."""
        partitions = self.state["bookmarks"]["events"]["partitions"]
        return {one["context"]["event_name"]: one["replication_key_value"] for one in partitions}


@pytest.fixture
def runs() -> Iterator[Runs]:
    """Return an account that was read at noon on the day before."""
    found = Runs()
    with found.box:
        found.run(-12)
        yield found


def test_one_of_a_days_runs_reads_the_closed_days(runs: Runs) -> None:
    """The others ask for the open day alone, also in what is counted."""
    readers = []
    for hour in range(24):
        runs.run(hour + 0.5)
        readers += [hour] if runs.asks_for_closed_days else []
    assert readers == [0]


def test_a_days_runs_have_the_rows_and_bookmarks_of_one(runs: Runs) -> None:
    """What arrives late is there after the next night, as with one run a day."""
    for hour in range(24):
        runs.run(hour + 0.5)
    assert set(runs.bookmarks.values()) == {"2026-07-09"}
    often = {key for key, one in runs.rows.items() if one["event_date"] == "2026-07-10"}
    assert len(often) == 45
    runs.run(24.5)
    once = Runs()
    with once.box:
        once.run(-12)
        once.run(24.5)
    assert runs.rows == once.rows
    assert runs.bookmarks == once.bookmarks


def test_a_bookmark_ahead_of_the_clock_does_not_count() -> None:
    """The look-back is read: nobody can have closed what is not over."""
    window = Window(date(2026, 7, 1), date(2026, 7, 10), lookback_days=3, include_today=True)
    assert window.first_wanted(date(2026, 7, 9)) == date(2026, 7, 10)
    assert window.first_wanted(date(2026, 7, 10)) == date(2026, 7, 7)
    assert window.first_wanted(date(2026, 7, 8)) == date(2026, 7, 6)
    assert replace(window, include_today=False).first_wanted(date(2026, 7, 9)) == date(2026, 7, 7)
