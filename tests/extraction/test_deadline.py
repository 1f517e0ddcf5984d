"""`max_run_minutes`: a run that ends by itself is whole, and says what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.extraction.engine import ExtractionEngine
from tap_clevertap.extraction.run import Deadline
from tap_clevertap.extraction.slices import planning
from tap_clevertap.sandbox import Behaviour
from tests.support.catalogs import catalog_of
from tests.support.running import bookmarks, captured, run, tap_on
from tests.support.worlds import daily_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clevertap.extraction.fetcher import SlicePage
    from tap_clevertap.extraction.slice_reader import RoutedRows
    from tap_clevertap.extraction.slices.model import Slice
    from tap_clevertap.sandbox import Sandbox
    from tests.conftest import Serve
    from tests.support.running import Run

JSON = dict[str, Any]
START = "2026-06-20"
NAMES = ("A", "B", "C", "D")
CALM = Behaviour(partial_share=0)
SETTINGS: JSON = {"max_run_minutes": 5, "batch_size": 46}


class Clock:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the seconds that have passed."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let five minutes pass when the third page is written; slices are small."""
    clock, pages = Clock(), 0
    real = ExtractionEngine._on_page  # noqa: SLF001 - where a page is written

    def on_page(
        engine: ExtractionEngine, slice_: Slice, delivery: SlicePage
    ) -> Iterator[RoutedRows]:
        nonlocal pages
        pages += 1
        clock.now = 300.0 if pages >= 3 else 0.0
        return real(engine, slice_, delivery)

    monkeypatch.setattr(ExtractionEngine, "_on_page", on_page)
    monkeypatch.setattr(planning, "SLICE_ROWS", 8)
    return clock


def run_for_five_minutes(
    box: Sandbox,
    clock: Clock,
    passed: float = 0,
    **settings: Any,  # noqa: ANN401 - settings
) -> Run:
    """Run with a limit, by a clock of the test's own, of which some seconds have passed."""
    tap = tap_on(box, **SETTINGS, **settings)
    tap.run.__dict__["deadline"] = Deadline(5, clock)
    clock.now = passed
    finished = captured(tap.sync_all)
    assert finished.error is None
    return finished


def test_a_run_ends_when_its_time_is_over(
    sandbox: Serve, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is green and whole; the days left are named, and the next run reads them."""
    box = sandbox(daily_world(*NAMES, days=20), CALM)
    first = run_for_five_minutes(box, clock, start_date=START)
    (line,) = (one for one in caplog.messages if "max_run_minutes has passed" in one)
    assert line.startswith("events: max_run_minutes has passed; ")
    assert line.endswith("; the next run continues there")
    assert 0 < len(first.records()) < 160
    assert len(first.records()) == len(first.ids())
    second = run(box, start_date=START, state=first.state, lookback_days=0)
    assert first.ids() | second.ids() == run(box, start_date=START).ids()
    assert set(second.bookmarks.values()) == {"2026-07-09"}


def test_a_limited_backfill_keeps_its_marks(sandbox: Serve, clock: Clock) -> None:
    """It goes on where it was ended, and does not call itself done."""
    box = sandbox(daily_world(*NAMES, days=20), CALM)
    bounds: JSON = {"start_date": START, "end_date": "2026-07-08"}
    first = run_for_five_minutes(box, clock, **bounds)
    marks = [one for one in first.state["bookmarks"]["events"]["partitions"] if "backfill" in one]
    assert marks
    second = run(box, state=first.state, **bounds)
    assert first.ids() | second.ids() == run(box, **bounds).ids()
    assert bookmarks(second.state) == {}


def test_other_streams_begin_nothing_new(
    sandbox: Serve, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """A stream whose turn comes too late says what it leaves, and is read by the next run."""
    box = sandbox(daily_world("App Launched", *NAMES, days=20), CALM)
    names = ("profiles", "event_counts", "campaigns")
    catalog = catalog_of(*names)
    first = run_for_five_minutes(box, clock, 300.0, start_date=START, catalog=catalog)
    assert first.records("profiles") == first.records("event_counts") == []
    said = [one for one in caplog.messages if "max_run_minutes has passed" in one]
    assert {one.partition(":")[0] for one in said} == set(names)
    second = run(box, start_date=START, catalog=catalog, state=first.state)
    assert second.records("profiles")
    assert second.records("event_counts")


def test_a_run_without_a_limit_never_ends_early() -> None:
    """Nor does one whose limit lies ahead."""
    clock = Clock()
    unlimited, limited = Deadline(None, clock), Deadline(2, clock)
    clock.now = 119.0
    assert (unlimited.is_over, limited.is_over) == (False, False)
    clock.now = 120.0
    assert (unlimited.is_over, limited.is_over) == (False, True)
