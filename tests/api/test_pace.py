"""What pages took, and what fits into eight hours at that pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clevertap.api.pace import Pace
from tap_clevertap.sandbox import Device, Event, Person, World
from tap_clevertap.sandbox.account.models import epoch
from tests.support.running import run
from tests.support.worlds import KOLKATA, busy_world

if TYPE_CHECKING:
    import pytest

    from tests.conftest import Serve


def test_capacity_is_what_all_lanes_have_at_the_pace_seen() -> None:
    """Two rows a second in each of three lanes."""
    pace = Pace(3)
    for seconds in (0.5, 1.5):
        pace.add(seconds, 2)
    assert pace.capacity == 2 * 3 * 8 * 3600
    assert str(pace) == (
        "2 pages of 2 rows took 1,000 ms each; with 3 at a time 8 hours hold about 170,000 rows"
    )


def test_nothing_is_said_where_nothing_came() -> None:
    """Of an account without new events."""
    pace = Pace(3)
    assert not str(pace)
    pace.add(1.0, 0)
    assert not str(pace)


def test_records_that_were_not_taken_apart_count_too(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Of pages with an unusual record."""
    caplog.set_level("INFO")
    world = World(KOLKATA, people=[Person([Device("__g-1", "Android")], "user-1")])
    at = epoch("2026-07-09T09:00:00", KOLKATA)
    world.add(Event("Charged", at, 0, props={"Items": [{"Name": "Tea"}]}))
    world.add(Event("Charged", at, 0, props={"Name": "Tea"}))
    run(sandbox(world), start_date="2026-07-09")
    assert "1 pages of 2 rows took" in caplog.text


def test_the_log_says_it(sandbox: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """At the end of the events, once."""
    caplog.set_level("INFO")
    run(sandbox(busy_world()), start_date="2026-07-01")
    assert caplog.text.count("at a time 8 hours hold about") == 1
