"""Slices: a plan covers each wanted day once, and bookmarks move over closed days alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.extraction.slices.model import Slice
from tap_clevertap.extraction.slices.planning import fixed_width, plan
from tap_clevertap.extraction.slices.window import Window

TODAY = date(2026, 7, 10)
YESTERDAY = TODAY - timedelta(days=1)
DAYS = st.integers(-60, 10).map(lambda days: TODAY + timedelta(days=days))
WIDTHS = st.lists(st.integers(1, 40), min_size=1, max_size=5)


def day(number: int) -> date:
    """Return a day of July 2026."""
    return date(2026, 7, number)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Draw what a run may read: nightly or back-fill."""
    start = draw(st.integers(-60, 0).map(lambda days: TODAY + timedelta(days=days)))
    end = draw(st.none() | DAYS.filter(lambda last: last >= start))
    return Window(start, TODAY, end, draw(st.integers(0, 20)), draw(st.booleans()))


def days_of(slices_: list[Slice]) -> list[date]:
    """Return the days of slices, one after the other."""
    return [one for slice_ in slices_ for one in slice_.days()]


def days_between(first: date, last: date) -> list[date]:
    """Return the days from first to last, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@given(windows(), st.none() | DAYS, WIDTHS)
def test_plan_covers_each_wanted_day_once(
    window: Window, bookmark: date | None, widths: list[int]
) -> None:
    """Whatever the widths: every day from the first wanted to the last closed, once, in order."""
    slices_ = list(plan("Viewed", window, bookmark, lambda first: widths[first.day % len(widths)]))
    closed = [slice_ for slice_ in slices_ if not slice_.is_open]
    last = min(window.end or YESTERDAY, YESTERDAY)
    assert days_of(closed) == days_between(window.first_wanted(bookmark), last)
    assert {slice_.event for slice_ in slices_} <= {"Viewed"}


@given(windows(), st.none() | DAYS, WIDTHS)
def test_plan_stays_within_its_bounds(
    window: Window, bookmark: date | None, widths: list[int]
) -> None:
    """No day before the start, after the end or after today; today is a slice of its own."""
    slices_ = list(plan("Viewed", window, bookmark, lambda first: widths[first.day % len(widths)]))
    days = days_of(slices_)
    assert all(window.start <= one <= min(window.end or TODAY, TODAY) for one in days)
    is_open_wanted = window.include_today and (window.end is None or window.end >= TODAY)
    assert [slice_ for slice_ in slices_ if TODAY in slice_.days()] == (
        [Slice("Viewed", TODAY, TODAY, is_open=True)] if is_open_wanted else []
    )
    assert [slice_.is_open for slice_ in slices_[:-1]] == [False] * len(slices_[:-1])


@given(windows(), st.none() | DAYS, st.integers(1, 40))
def test_slices_have_the_width_asked_for(window: Window, bookmark: date | None, width: int) -> None:
    """All slices are as wide as wanted; only the last may be narrower."""
    closed = [p for p in plan("Viewed", window, bookmark, fixed_width(width)) if not p.is_open]
    sizes = [len(list(slice_.days())) for slice_ in closed]
    assert all(size == width for size in sizes[:-1])
    assert all(size <= width for size in sizes)


def test_lookback_by_hand() -> None:
    """The look-back ends with the bookmark's day and never walks before the start."""
    window = Window(day(1), TODAY, lookback_days=3)
    assert window.first_wanted(None) == day(1)
    assert window.first_wanted(day(8)) == day(6)
    assert window.first_wanted(day(2)) == day(1)
    assert Window(day(1), TODAY).first_wanted(day(8)) == day(9)


def test_backfill_has_no_lookback() -> None:
    """A back-fill reads its days; one that goes on begins after what it has closed."""
    window = Window(day(1), TODAY, end=day(5), lookback_days=3)
    assert window.first_wanted(None) == day(1)
    assert window.first_wanted(day(3)) == day(4)
    assert window.last_closed == day(5)


def test_days_that_the_next_night_reads_again() -> None:
    """The next look-back covers the last closed days, and none after a back-fill."""
    window = Window(day(1), TODAY, lookback_days=3)
    read_again = [one for one in days_between(day(1), YESTERDAY) if window.is_read_again(one)]
    assert read_again == [day(7), day(8), day(9)]
    assert not Window(day(1), TODAY, end=day(9), lookback_days=3).is_read_again(day(9))


def test_slice_names_itself() -> None:
    """A log line tells the event and its days."""
    assert str(Slice("Viewed", day(1), day(1))) == "'Viewed' 2026-07-01"
    assert str(Slice("Viewed", day(1), day(3))) == "'Viewed' 2026-07-01 to 2026-07-03"


def test_a_start_that_nobody_set_leaves_no_gap() -> None:
    """After a pause longer than the default start, reading goes on at the bookmark."""
    today, bookmark = date(2026, 7, 10), date(2026, 5, 20)
    default = Window(date(2026, 6, 10), today, lookback_days=3, is_start_set=False)
    assert default.first_wanted(bookmark) == date(2026, 5, 18)
    assert default.first_wanted(None) == date(2026, 6, 10)
    assert replace(default, is_start_set=True).first_wanted(bookmark) == date(2026, 6, 10)
