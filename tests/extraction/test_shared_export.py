"""Joint: streams that read an export together, each of them whole whatever befalls the others."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.errors import InvalidCredentials, SliceFailed, StreamsFailed
from tap_clevertap.extraction import shared_export
from tap_clevertap.extraction.engine import ExtractionEngine
from tap_clevertap.extraction.fetcher import Fetcher
from tap_clevertap.extraction.slices import planning
from tap_clevertap.streams.base.sliced import SlicedStream
from tests.output.test_batch_files import batches
from tests.output.test_batch_files import files as batch_files
from tests.output.test_batch_files import lines as batch_lines
from tests.support.running import failing_run, run, tap_on
from tests.support.worlds import daily_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_clevertap.extraction.fetcher import SliceCut, SlicePage
    from tap_clevertap.extraction.slices.model import Slice
    from tests.conftest import Serve

JSON = dict[str, Any]
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
    assert "events: stream failed, continuing with" in caplog.text
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


@pytest.mark.usefixtures("short_waits")
def test_no_bookmark_passes_a_slice_that_stayed_broken(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of five slices an event some break: its bookmark is before them; the rest comes later."""
    monkeypatch.setattr(planning, "SLICE_ROWS", 4)
    box = sandbox(daily_world(*NAMES, days=9), in_progress_forever=0.15)
    settings: JSON = {"start_date": "2026-06-30", "in_progress_timeout": 1, "lookback_days": 0}
    catalog = tap_on(box, typed_events=[], **settings).catalog_dict
    failed = failing_run(box, catalog=catalog, skip_failed_streams=True, **settings)
    days = {name: Counter[str]() for name in NAMES}
    for one in failed.records():
        days[one["event_name"]][one["event_date"]] += 1
    behind = {name for name in NAMES if failed.bookmarks.get(name) != "2026-07-09"}
    assert set() < behind < set(NAMES)
    for name, mark in failed.bookmarks.items():
        assert all(days[name][f"2026-07-0{n}"] == 2 for n in range(1, int(mark[-2:]) + 1))
    box.faults.update({"in_progress_forever": 0})
    after = run(box, catalog=catalog, state=failed.state, **settings)
    assert failed.ids() | after.ids() == run(box, catalog=catalog, **settings).ids()
    assert set(after.bookmarks.values()) == {"2026-07-09"}


@pytest.mark.usefixtures("short_waits")
def test_a_broken_event_is_not_asked_for_again(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slices after the one that broke would each cost all patience."""
    monkeypatch.setattr(planning, "SLICE_ROWS", 4)
    box = sandbox(daily_world("Viewed", days=9), in_progress_forever=1.0)
    settings: JSON = {"start_date": "2026-06-30", "in_progress_timeout": 1, "max_concurrency": 1}
    failing_run(box, state=None, catalog=None, skip_failed_streams=True, **settings)
    _zones_look, *slices_opened = box.request_log.exports
    assert slices_opened == [("Viewed", 20260630, 20260702)]


def test_what_ends_the_reading_fails_all_who_read(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each member is named among those that failed, not the first alone."""

    def refused(_: ExtractionEngine) -> None:
        msg = "HTTP 401: Invalid Credentials"
        raise InvalidCredentials(msg)

    monkeypatch.setattr(ExtractionEngine, "pages", refused)
    box = sandbox(daily_world("Viewed", days=2))
    settings: JSON = {"start_date": "2026-07-08", "typed_events": ["Viewed"]}
    failed = failing_run(box, state=None, catalog=None, skip_failed_streams=True, **settings)
    assert str(failed.error) == "skip_failed_streams: streams failed: event_viewed, events"


@pytest.mark.usefixtures("short_waits")
def test_files_keep_what_was_read_before_a_failure(sandbox: Serve, tmp_path: Path) -> None:
    """A run that fails has closed the same days in BATCH files as in records."""
    settings: JSON = {"start_date": "2026-07-08", "typed_events": ["*"], "max_concurrency": 1}
    settings |= {"reconciliation": "off", "in_progress_timeout": 1, "batch_size": 60}
    # Counts and the check of the zone would be read beside the slices, and draw some of the faults.
    passed = {"timezone": "Asia/Kolkata", "from": "2026-07-05", "until": "2026-07-11"}
    state = {"bookmarks": {"event_viewed_a": {"timezone_check": passed}}}
    catalog = tap_on(sandbox(daily_world(*NAMES, days=5)), **settings).catalog_dict
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            is_wanted = stream["tap_stream_id"].startswith(("events", "event_viewed"))
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = is_wanted
    failed = [
        failing_run(
            sandbox(daily_world(*NAMES, days=5), in_progress_forever=0.3),
            state=state,
            catalog=catalog,
            **settings,
            **way,
        )
        for way in ({}, {"batch_config": batches(tmp_path)})
    ]
    lines, files = failed
    assert isinstance(files.error, SliceFailed)
    assert 0 < len(lines.bookmarks) < len(NAMES)
    assert files.state == lines.state


def test_many_streams_do_not_gather_rows_without_end(
    sandbox: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all files together have waited for too many rows, the fullest are written."""
    monkeypatch.setattr(shared_export, "MAX_BUFFERED_ROWS", 40)
    box = sandbox(daily_world(*NAMES, days=9))
    settings: JSON = {"start_date": START, "typed_events": ["*"]}
    config = batches(tmp_path, size=10_000)
    finished = run(box, state=None, catalog=None, **settings, batch_config=config)
    written = Counter(one["stream"] for one in finished.messages if one["type"] == "BATCH")
    assert written["events"] > 1
    rows = [record for path in batch_files(finished) for record in batch_lines(path)]
    assert len(rows) == len({one["event_id"] for one in rows}) == 18 * len(NAMES)


def test_slices_after_the_broken_one_close_nothing(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that were under way when it broke are read whole, and the bookmark stays before it."""
    monkeypatch.setattr(planning, "SLICE_ROWS", 4)
    real, broke = Fetcher.pages_or_cut, threading.Event()
    are_on = {30: threading.Event(), 5: threading.Event()}

    def pages(fetcher: Fetcher, slice_: Slice) -> Iterator[SlicePage | SliceCut]:
        if slice_.first.day == 3:
            assert all(one.wait(120) for one in are_on.values())
            broke.set()
            msg = "it broke"
            raise SliceFailed(msg)
        if slice_.first.day in are_on:
            are_on[slice_.first.day].set()
        if slice_.first.day == 5:
            broke.wait(120)
            time.sleep(0.1)
        yield from real(fetcher, slice_)

    monkeypatch.setattr(Fetcher, "pages_or_cut", pages)
    box = sandbox(daily_world("Viewed", days=9))
    settings: JSON = {"start_date": "2026-06-30", "reconciliation": "off"}
    failed = failing_run(box, state=None, catalog=None, skip_failed_streams=True, **settings)
    assert {one["event_date"] for one in failed.records()} >= {"2026-07-01", "2026-07-05"}
    assert failed.bookmarks == {"Viewed": "2026-07-02"}


def test_the_pace_of_a_long_run_is_a_whole_number(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A float in a STATE ends the targets of the SDK; what an earlier version wrote goes."""
    monkeypatch.setattr(shared_export, "LEAST_SECONDS", 0)
    box = sandbox(daily_world("Viewed", days=2), slow=0.002)
    first = run(box, start_date="2026-07-08")
    pace = first.state["bookmarks"]["events"]["milliseconds_a_request"]
    assert type(pace) is int
    monkeypatch.setattr(shared_export, "LEAST_SECONDS", 3600)
    first.state["bookmarks"]["events"]["seconds_a_request"] = 0.1234
    second = run(box, state=first.state, start_date="2026-07-08")
    assert second.state["bookmarks"]["events"]["milliseconds_a_request"] == pace
    assert "seconds_a_request" not in second.state["bookmarks"]["events"]
    export = tap_on(box, state=second.state, start_date="2026-07-08").streams["events"]
    assert isinstance(export, SlicedStream)
    export.shared_export.prepare()
    assert export.shared_export.seconds_a_request == pace / 1000
