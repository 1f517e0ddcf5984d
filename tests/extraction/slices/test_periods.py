"""Periods to count: each wanted day once, months whole, nothing of the day that is not over."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_clevertap.extraction.slices.model import Slice
from tap_clevertap.extraction.slices.periods import (
    day_slices,
    month_slices,
    total_slice,
    year_slices,
)
from tap_clevertap.extraction.slices.window import Window

TODAY = date(2026, 7, 10)
DAYS = st.dates(date(2023, 12, 1), date(2026, 7, 10))
WINDOWS = st.builds(
    Window,
    DAYS,
    st.just(TODAY),
    st.none(),
    st.integers(0, 40),
    st.booleans(),
)


def shown(slices_: object) -> list[str]:
    """Return pieces as first and last day."""
    assert isinstance(slices_, list)
    return [f"{one.first} {one.last}" for one in slices_]


def wanted(window: Window, bookmark: date | None) -> list[date]:
    """Return the days that are wanted and over, one by one."""
    first = window.first_wanted(bookmark)
    return [first + timedelta(days=n) for n in range((window.last_closed - first).days + 1)]


@settings(deadline=None)  # a busy machine is no failure
@given(WINDOWS, st.none() | DAYS)
def test_days_and_years_cover_each_wanted_day_once(window: Window, bookmark: date | None) -> None:
    """Neither a gap nor an overlap, and no piece longer than a trend may be."""
    singly = list(day_slices("x", window, bookmark))
    yearly = list(year_slices("x", window, bookmark))
    assert [one.first for one in singly] == wanted(window, bookmark)
    assert [day for one in yearly for day in one.days()] == wanted(window, bookmark)
    assert all(one.first == one.last for one in singly)
    assert all((one.last - one.first).days < 365 for one in yearly)


@settings(deadline=None)  # a busy machine is no failure
@given(WINDOWS, st.none() | DAYS)
def test_months_are_whole_and_hold_the_wanted_days(window: Window, bookmark: date | None) -> None:
    """Each begins on a first, ends on a last or yesterday, and follows the one before."""
    slices_ = list(month_slices("x", window, bookmark))
    days = [day for one in slices_ for day in one.days()]
    asked_for = set(wanted(window, bookmark))
    assert asked_for <= set(days)
    assert len(set(days)) == len(days)
    for one in slices_:
        assert one.first.day == 1
        assert (one.last + timedelta(days=1)).day == 1 or one.last == window.last_closed
        assert asked_for.intersection(one.days())


@pytest.mark.parametrize(
    ("bookmark", "lookback", "months"),
    [
        (None, 0, ["2026-05-01 2026-05-31", "2026-06-01 2026-06-30", "2026-07-01 2026-07-09"]),
        (date(2026, 7, 8), 3, ["2026-07-01 2026-07-09"]),
        (date(2026, 7, 1), 3, ["2026-06-01 2026-06-30", "2026-07-01 2026-07-09"]),
        (date(2026, 7, 9), 0, []),
    ],
)
def test_the_present_month_is_read_until_it_is_closed(
    bookmark: date | None, lookback: int, months: list[str]
) -> None:
    """A month goes out again while its days are, by look-back or because they are new."""
    window = Window(date(2026, 5, 20), TODAY, None, lookback)
    assert shown(list(month_slices("x", window, bookmark))) == months


def test_a_backfill_counts_whole_months() -> None:
    """A month that ends after the last day wanted is whole: its row must not say less."""
    window = Window(date(2026, 2, 10), TODAY, date(2026, 3, 15))
    assert shown(list(month_slices("x", window, None))) == [
        "2026-02-01 2026-02-28",
        "2026-03-01 2026-03-31",
    ]


def test_on_the_first_of_a_month_the_last_one_is_closed() -> None:
    """There is no row of a month of which no day is over."""
    window = Window(date(2026, 6, 1), date(2026, 7, 1), None, 3, include_today=True)
    assert shown(list(month_slices("x", window, None))) == ["2026-06-01 2026-06-30"]


def test_a_total_is_one_period_up_to_yesterday() -> None:
    """It is asked for each time, whatever was read before; not before there is a day."""
    window = Window(date(2026, 5, 20), TODAY, None, 3, include_today=True)
    assert list(total_slice("x", window, TODAY)) == [
        Slice("x", date(2026, 5, 20), date(2026, 7, 9))
    ]
    assert list(total_slice("x", Window(TODAY, TODAY), None)) == []
