"""How the wanted days of an event are cut into slices: pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tap_clevertap.extraction.slices.model import ONE_DAY, Slice

if TYPE_CHECKING:
    from tap_clevertap.extraction.slices.window import Window

SLICE_ROWS = 100_000
SHARED_ROWS = 10_000
"""Two pages: a slice of less would cost more requests than it saves waiting."""

SliceWidth = Callable[[date], int]
"""How many days a slice takes that begins at a day."""


def fixed_width(days: int) -> SliceWidth:
    """Make all slices `days` wide."""
    return lambda _: days


def width_by_rows(rows: Mapping[date, int], last: date, lanes: int = 1) -> SliceWidth:
    """Make slices wide where days are quiet, `SLICE_ROWS` rows each where they can be.

    Where that gives less than a slice to each of the lanes that are there for the event, they
    share its rows.
    """
    share = -(-sum(rows.values()) // lanes)
    most = min(SLICE_ROWS, max(share, SHARED_ROWS))

    def width(first: date) -> int:
        total, day = rows.get(first, 0), first
        while day < last and (total := total + rows.get(day + ONE_DAY, 0)) <= most:
            day += ONE_DAY
        return (day - first).days + 1

    return width


def plan(
    event: str,
    window: Window,
    bookmark: date | None,
    width: SliceWidth,
    streams: tuple[str, ...] = (),
) -> Iterator[Slice]:
    """Cut the wanted days of one event, read for `streams`, into slices, oldest first.

    Together the slices cover each wanted day once; the open day is a slice of its own.
    """
    first = window.first_wanted(bookmark)
    while first <= window.last_closed:
        last = min(first + timedelta(days=width(first) - 1), window.last_closed)
        yield Slice(event, first, last, streams=streams)
        first = last + ONE_DAY
    if window.wants_open_day:
        yield Slice(event, window.today, window.today, is_open=True, streams=streams)
