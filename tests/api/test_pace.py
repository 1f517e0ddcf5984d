"""What pages took, and what fits into eight hours at that pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from tap_clevertap.api.decoding import Envelope
from tap_clevertap.api.pace import Pace
from tap_clevertap.records.fast_decoding import EventRecord, TypedPage
from tests.support.running import run
from tests.support.worlds import busy_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from tests.conftest import Serve

RECORD = EventRecord(Raw(b"{}"), 1)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def pages(clock: Clock, *seconds: float, rows: int) -> Iterator[Envelope]:
    """Yield pages that take so long to come."""
    for one in seconds:
        clock.now += one
        yield TypedPage(records=[RECORD] * rows)


def test_capacity_is_what_all_lanes_have_at_the_pace_seen() -> None:
    """Two rows a second in each of three lanes; the time that readers take does not count."""
    clock = Clock()
    pace = Pace(3, clock)
    for _ in pace.timed(pages(clock, 0.5, 1.5, rows=2)):
        clock.now += 100
    assert pace.capacity == 2 * 3 * 8 * 3600
    assert str(pace) == (
        "2 pages of 2 rows took 1,000 ms each; with 3 at a time 8 hours hold about 170,000 rows"
    )


def test_nothing_is_said_where_nothing_came() -> None:
    """Of an account without new events."""
    clock = Clock()
    pace = Pace(3, clock)
    assert list(pace.timed(iter(()))) == []
    assert not str(pace)
    assert len(list(pace.timed(pages(clock, 1.0, rows=0)))) == 1
    assert not str(pace)


def test_records_that_were_not_taken_apart_count_too() -> None:
    """Of pages with an unusual record."""
    clock = Clock()
    pace = Pace(1, clock)
    records = Raw(msgspec.json.encode([{"ts": 1, "x": 2}] * 5))
    for _ in pace.timed(Envelope(records=records) for clock.now in (2.0,)):
        pass
    assert pace.capacity == 5 * 8 * 3600 // 2


def test_the_log_says_it(sandbox: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """At the end of the events, once."""
    caplog.set_level("INFO")
    run(sandbox(busy_world()), start_date="2026-07-01")
    assert caplog.text.count("at a time 8 hours hold about") == 1
