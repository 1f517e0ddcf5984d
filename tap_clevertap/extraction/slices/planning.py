"""Planning: how the days of an event are cut into slices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tap_clevertap.extraction.slices.model import ONE_DAY, Slice

if TYPE_CHECKING:
    from tap_clevertap.extraction.slices.window import Window

SLICE_ROWS = 100_000
"""The most rows of a slice of several days: what a restart reads again, and what is kept of it."""

UNKNOWN_RATE = 1_000
"""Rows a day where nothing is known: what is unknown begins before what is known to be quiet."""

SliceWidth = Callable[[date], int]
"""Returns the number of days of a slice that begins on a date."""


def fixed_width(days: int) -> SliceWidth:
    """Make all slices `days` wide."""
    return lambda _: days


def plan(
    event: str,
    window: Window,
    bookmark: date | None,
    width: SliceWidth,
    streams: tuple[str, ...] = (),
) -> Iterator[Slice]:
    """Cut the selected days of one event, read for `streams`, into slices, oldest first.

    Together the slices cover each day once; the current day is a slice of its own.
    """
    first = window.first_wanted(bookmark)
    while first <= window.last_closed:
        last = min(first + timedelta(days=width(first) - 1), window.last_closed)
        yield Slice(event, first, last, streams=streams)
        first = last + ONE_DAY
    if window.wants_open_day:
        yield Slice(event, window.today, window.today, is_open=True, streams=streams)
