"""The scheduler: which slice is read next."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tap_clevertap.extraction.bookmarks import Bookmarks
from tap_clevertap.extraction.checkpoint import Checkpoint
from tap_clevertap.extraction.scheduler import Scheduler
from tap_clevertap.extraction.slices.model import Partition, Slice
from tap_clevertap.extraction.slices.window import Window
from tap_clevertap.extraction.subscribers import Subscriber

TODAY = date(2026, 7, 10)
WINDOW = Window(date(2026, 7, 8), TODAY)
MONTH = Window(date(2026, 6, 10), TODAY, lookback_days=3)
STREAMS = ("events",)


def scheduler_of(*events: str, window: Window = WINDOW, **rates: int) -> Scheduler:
    """Return a scheduler of events; those with a rate were read up to the day before yesterday."""
    entries = [
        {
            "context": {"event_name": event},
            "replication_key_value": "2026-07-08",
            "rows_a_day": rate,
        }
        for event, rate in rates.items()
    ]
    marks = Bookmarks({"partitions": entries}, lambda _: {}, "event_date", window)
    subscriber = Subscriber(events, marks, lambda action: action(), lambda: None)
    checkpoint = Checkpoint({"events": subscriber})
    partitions = [Partition(event, STREAMS) for event in (*events, *rates)]
    return Scheduler(window, checkpoint, partitions, lanes=3, page_rows=4991)


def all_of(scheduler: Scheduler) -> list[Slice]:
    """Return the slices that are handed out until there is none for now."""
    return list(iter(scheduler.next_slice, None))


def test_slices_to_read_again_come_before_all_others() -> None:
    """They are handed out next, in their order; nothing of what was planned is lost."""
    scheduler = scheduler_of("A", "B")
    again = [Slice("C", date(2026, 7, day), date(2026, 7, day), streams=("x",)) for day in (8, 9)]
    planned = scheduler.next_slice()
    scheduler.put_first(again)
    assert [scheduler.next_slice() for _ in range(2)] == again
    assert {planned, scheduler.next_slice()} == {
        Slice(event, WINDOW.start, WINDOW.last_closed, streams=STREAMS) for event in "AB"
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


def test_what_is_of_unknown_size_waits_for_its_counts() -> None:
    """Whole days are handed out once it is known how many rows they have."""
    scheduler = scheduler_of("A", "B", window=MONTH)
    assert (scheduler.next_slice(), scheduler.has_more) == (None, True)
    assert scheduler.needs_counts(Partition("B", STREAMS))
    scheduler.cut(Partition("B", STREAMS), {})
    assert all_of(scheduler) == [Slice("B", MONTH.start, MONTH.last_closed, streams=STREAMS)]
    scheduler.cut(Partition("A", STREAMS), {MONTH.start: 400_000})
    first, *others = all_of(scheduler)
    assert (first.first, first.last) == (MONTH.start, MONTH.start)
    assert sum(len(list(one.days())) for one in others) == 29
    assert not scheduler.has_more


def test_a_week_at_a_time_where_there_are_no_counts() -> None:
    """What cannot be counted is read all the same, and a restart costs a week at most."""
    scheduler = scheduler_of("A", window=MONTH)
    scheduler.cut(Partition("A", STREAMS), None)
    widths = [len(list(one.days())) for one in all_of(scheduler)]
    assert (max(widths), sum(widths)) == (7, 30)


def test_a_night_goes_by_the_rate_of_the_last() -> None:
    """The busy event comes first and is shared by the lanes, before any count has arrived."""
    scheduler = scheduler_of(window=MONTH, Busy=90_000, Quiet=3, Silent=0)
    slices_ = all_of(scheduler)
    assert [one.event for one in slices_] == ["Busy"] * 4 + ["Quiet", "Silent"]
    assert {one.first for one in slices_[4:]} == {date(2026, 7, 6)}


def test_counts_that_come_later_correct_a_rate() -> None:
    """What is not handed out yet goes by what the counts say."""
    scheduler = scheduler_of(window=MONTH, Grown=1, Same=10)
    scheduler.cut(Partition("Grown", STREAMS), {date(2026, 7, day): 80_000 for day in range(6, 10)})
    assert [one.event for one in all_of(scheduler)] == ["Grown"] * 4 + ["Same"]


def test_the_open_day_is_a_slice_of_its_own() -> None:
    """It need not wait for the counts of the closed ones."""
    scheduler = scheduler_of("A", window=replace(MONTH, include_today=True))
    assert all_of(scheduler) == [Slice("A", TODAY, TODAY, is_open=True, streams=STREAMS)]
    assert scheduler.has_more


def test_a_stopped_scheduler_has_nothing_more() -> None:
    """What is being read is finished; nothing else begins."""
    scheduler = scheduler_of("A", window=MONTH, B=5)
    scheduler.stop()
    assert (scheduler.next_slice(), scheduler.has_more) == (None, False)
