"""The periods that counts are requested for: only completed days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clevertap.extraction.slices.model import ONE_DAY, Slice
from tap_clevertap.extraction.slices.planning import fixed_width, plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tap_clevertap.extraction.slices.window import Window

MAX_DAYS_PER_REQUEST = 365
"""The longest trend that CleverTap returns."""
LONGER_THAN_A_MONTH = ONE_DAY * 31


def year_slices(name: str, window: Window, bookmark: date | None) -> Iterator[Slice]:
    """Yield the completed days as slices of a year at most."""
    return (
        one
        for one in plan(name, window, bookmark, fixed_width(MAX_DAYS_PER_REQUEST))
        if not one.is_open
    )


def day_slices(name: str, window: Window, bookmark: date | None) -> Iterator[Slice]:
    """Yield the completed days, one slice each."""
    return (one for one in plan(name, window, bookmark, fixed_width(1)) if not one.is_open)


def month_slices(name: str, window: Window, bookmark: date | None) -> Iterator[Slice]:
    """Yield the calendar months of the selected days; the current month up to yesterday.

    A month that is only partly selected is counted whole: otherwise its row would replace that of
    an earlier run with a lower count.
    """
    day = window.first_wanted(bookmark)
    while day <= window.last_closed:
        first = day.replace(day=1)
        day = (first + LONGER_THAN_A_MONTH).replace(day=1)
        yield Slice(name, first, min(day, window.today) - ONE_DAY)


def total_slice(name: str, window: Window, _bookmark: date | None) -> Iterator[Slice]:
    """Yield all completed days as one period."""
    if window.start <= window.last_closed:
        yield Slice(name, window.start, window.last_closed)
