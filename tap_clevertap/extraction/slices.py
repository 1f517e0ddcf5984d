"""Which days of which event to read: pure, today is an argument."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, cast

import pendulum

from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from tap_clevertap.config.settings import Settings

ONE_DAY = timedelta(days=1)
DEFAULT_DAYS = 30
MAX_DAYS_PER_REQUEST = 365
"""The longest trend that CleverTap draws."""
LONGER_THAN_A_MONTH = ONE_DAY * 31
SLICE_ROWS = 100_000
SHARED_ROWS = 10_000
"""Two pages: a slice of less would cost more requests than it saves waiting."""


class Partition(NamedTuple):
    """What is read once: an event, for the streams that its rows go to."""

    event: str
    streams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """One event and a run of whole account-local days, both ends included.

    `is_open` tells that the last day has not ended: read, but never closed. `streams` are those
    that the rows go to.
    """

    event: str
    first: date
    last: date
    is_open: bool = False
    streams: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Name it as a log line does."""
        days = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return f"{self.event!r} {days}"

    @property
    def partition(self) -> Partition:
        """What it is a slice of."""
        return Partition(self.event, self.streams)

    def days(self) -> Iterator[date]:
        """Yield its days."""
        for offset in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=offset)


@dataclass(frozen=True, slots=True)
class Window:
    """The days that a run may read.

    `today` is the account-local day on which the run began. With `end` the run is a bounded
    back-fill: exactly `start` to `end`, whatever the bookmarks say. A start that nobody has set
    (`is_start_set`) is for events without a bookmark alone.
    """

    start: date
    today: date
    end: date | None = None
    lookback_days: int = 0
    include_today: bool = False
    is_start_set: bool = True

    @property
    def last_closed(self) -> date:
        """The last day that is over and wanted."""
        yesterday = self.today - ONE_DAY
        return yesterday if self.end is None else min(self.end, yesterday)

    def first_wanted(self, bookmark: date | None) -> date:
        """Return the first day to read of an event whose last closed day is `bookmark`.

        The look-back re-reads days below the bookmark, but never walks before a start that was
        set; a back-fill that goes on has none. A bookmark beyond the last closed day, which
        another clock has made, counts as that day.
        """
        if bookmark is None:
            return self.start
        lookback = 0 if self.end else self.lookback_days
        first = min(bookmark, self.last_closed) + ONE_DAY - timedelta(days=lookback)
        return max(self.start, first) if self.is_start_set or self.end else first

    def is_read_again(self, day: date) -> bool:
        """Tell whether the next night's look-back covers a closed day."""
        return self.end is None and day > self.last_closed - timedelta(days=self.lookback_days)

    @property
    def wants_open_day(self) -> bool:
        """Whether today is read too."""
        return self.include_today and self.start <= self.today <= (self.end or self.today)


def run_window(settings: Settings, now: datetime) -> Window:
    """Return the days that a run starting at the instant `now` may read.

    Raises:
        SettingError: The first day wanted lies after the last.
    """
    today = cast("date", pendulum.instance(now).in_timezone(settings.zone).date())
    start = settings.start_date or (settings.end_date or today) - pendulum.duration(
        days=DEFAULT_DAYS
    )
    if start > today:
        msg = f"start_date: {start} is in the future (today is {today} in {settings.zone.name})"
        raise SettingError(msg)
    return Window(
        start,
        today,
        end=settings.end_date,
        lookback_days=settings.lookback_days,
        include_today=settings.include_today,
        is_start_set=settings.start_date is not None,
    )


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


def year_slices(name: str, window: Window, bookmark: date | None) -> Iterator[Slice]:
    """Cut the wanted days that are over into pieces of a year at most."""
    return (
        one
        for one in plan(name, window, bookmark, fixed_width(MAX_DAYS_PER_REQUEST))
        if not one.is_open
    )


def day_slices(name: str, window: Window, bookmark: date | None) -> Iterator[Slice]:
    """Yield the wanted days that are over, one by one."""
    return (one for one in plan(name, window, bookmark, fixed_width(1)) if not one.is_open)


def month_slices(name: str, window: Window, bookmark: date | None) -> Iterator[Slice]:
    """Yield the calendar months of the wanted days, each whole; the present one up to yesterday.

    A month that is only partly wanted is whole too: its row would else say less than the one that
    an earlier run wrote.
    """
    day = window.first_wanted(bookmark)
    while day <= window.last_closed:
        first = day.replace(day=1)
        day = (first + LONGER_THAN_A_MONTH).replace(day=1)
        yield Slice(name, first, min(day, window.today) - ONE_DAY)


def total_slice(name: str, window: Window, _bookmark: date | None) -> Iterator[Slice]:
    """Yield all wanted days that are over as one period."""
    if window.start <= window.last_closed:
        yield Slice(name, window.start, window.last_closed)


class CheckpointOrder:
    """Turns slices that finish in any order into bookmarks that move over contiguous days."""

    def __init__(self) -> None:
        """Begin with nothing planned."""
        self._ahead: dict[Partition, deque[Slice]] = defaultdict(deque)
        self._finished: set[Slice] = set()

    def expect(self, slice_: Slice) -> None:
        """Note a planned slice; those of one subject come oldest first."""
        self._ahead[slice_.partition].append(slice_)

    def finish(self, slice_: Slice) -> date | None:
        """Note that a slice was read whole; return the last day that is closed by it, if any."""
        self._finished.add(slice_)
        ahead = self._ahead[slice_.partition]
        closed = None
        while ahead and ahead[0] in self._finished:
            oldest = ahead.popleft()
            self._finished.discard(oldest)
            closed = closed if oldest.is_open else oldest.last
        return closed
