"""Joint: streams that read an export together, each of them whole whatever befalls the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streams.running import failing_run
from streams.worlds import daily_world
from tap_clevertap.errors import StreamsFailed

if TYPE_CHECKING:
    from conftest import Serve

NAMES = [f"Viewed {letter}" for letter in "ABCDEF"]
START = "2026-07-01"


@pytest.mark.usefixtures("short_waits")
def test_an_event_that_stays_broken_does_not_keep_others_from_being_read(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """With skip_failed_streams the run is red, and the events that could be read are closed."""
    box = sandbox(daily_world(*NAMES, days=9), in_progress_forever=0.4)
    settings = {"start_date": START, "in_progress_timeout": 1, "skip_failed_streams": True}
    failed = failing_run(box, state=None, catalog=None, **settings)
    assert isinstance(failed.error, StreamsFailed)
    assert "events: failed, going on with the others: events: 'Viewed" in caplog.text
    whole = {name for name in NAMES if sum(r["event_name"] == name for r in failed.records()) == 18}
    assert set() < whole < set(NAMES)
    assert failed.bookmarks == dict.fromkeys(whole, "2026-07-09")


@pytest.mark.usefixtures("short_waits")
def test_a_back_fill_with_a_broken_event_is_not_over(sandbox: Serve) -> None:
    """Its marks stay in the state, so that the next run goes on."""
    box = sandbox(daily_world(*NAMES, days=9), in_progress_forever=0.4)
    settings = {"start_date": START, "in_progress_timeout": 1, "skip_failed_streams": True}
    failed = failing_run(box, state=None, catalog=None, end_date="2026-07-05", **settings)
    marks = failed.state["bookmarks"]["events"]["partitions"]
    assert 0 < len(marks) < len(NAMES)
    assert all(one["backfill"]["closed"] == "2026-07-05" for one in marks)
