"""The scheduler: which slice is read next."""

from __future__ import annotations

from datetime import date

from tap_clevertap.extraction.bookmarks import Bookmarks
from tap_clevertap.extraction.checkpoint import Checkpoint
from tap_clevertap.extraction.scheduler import Scheduler
from tap_clevertap.extraction.slices.model import Partition, Slice
from tap_clevertap.extraction.slices.window import Window
from tap_clevertap.extraction.subscribers import Subscriber

WINDOW = Window(date(2026, 7, 8), date(2026, 7, 10))


def scheduler_of(*events: str) -> Scheduler:
    """Return a scheduler of events that were never read, each wanted for two days."""
    marks = Bookmarks({}, lambda _: {}, "event_date", WINDOW)
    subscriber = Subscriber(events, marks, lambda action: action(), lambda: None)
    checkpoint = Checkpoint({"events": subscriber})
    partitions = [Partition(event, ("events",)) for event in events]
    return Scheduler(WINDOW, checkpoint, partitions, lanes=3)


def test_slices_to_read_again_come_before_all_others() -> None:
    """They are handed out next, in their order; nothing of what was planned is lost."""
    scheduler = scheduler_of("A", "B")
    again = [Slice("C", date(2026, 7, day), date(2026, 7, day), streams=("x",)) for day in (8, 9)]
    planned = scheduler.next_slice()
    scheduler.put_first(again)
    assert [scheduler.next_slice() for _ in range(2)] == again
    assert {planned, scheduler.next_slice()} == {
        Slice(event, WINDOW.start, WINDOW.last_closed, streams=("events",)) for event in "AB"
    }
    assert scheduler.next_slice() is None


def test_a_slice_to_read_again_is_work_that_is_left() -> None:
    """The run does not end while one waits."""
    scheduler = scheduler_of()
    assert not scheduler.has_more
    scheduler.put_first([Slice("A", WINDOW.start, WINDOW.start)])
    assert scheduler.has_more
    assert scheduler.next_slice() is not None
    assert not scheduler.has_more
