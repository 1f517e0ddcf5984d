"""Which days of which event to read: pure, today is an argument."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slice:
    """One event and a run of whole account-local days, both ends included.

    `is_open` tells that the last day has not ended: read, but never closed.
    """

    event: str
    first: date
    last: date
    is_open: bool = False

    def __str__(self) -> str:
        """Name it as a log line does."""
        days = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return f"{self.event!r} {days}"

    @property
    def days(self) -> int:
        """How many days it spans."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Window:
    """The days that a run may read.

    `today` is the account-local day on which the run began. With `end` the run is a bounded
    back-fill: exactly `start` to `end`, whatever the bookmarks say.
    """

    start: date
    today: date
    end: date | None = None
    lookback_days: int = 0
    include_today: bool = False

    @property
    def last_closed(self) -> date:
        """The last day that is over and wanted."""
        yesterday = self.today - ONE_DAY
        return yesterday if self.end is None else min(self.end, yesterday)

    def first_wanted(self, bookmark: date | None) -> date:
        """Return the first day to read of an event whose last closed day is `bookmark`.

        The look-back re-reads days below the bookmark, but never walks before the start.
        """
        if bookmark is None or self.end is not None:
            return self.start
        return max(self.start, bookmark + ONE_DAY - timedelta(days=self.lookback_days))

    @property
    def wants_open_day(self) -> bool:
        """Whether today is read too."""
        return self.include_today and self.start <= self.today <= (self.end or self.today)


def plan(event: str, window: Window, bookmark: date | None, width: int) -> Iterator[Slice]:
    """Cut the wanted days of one event into slices of `width` days, oldest first.

    Together the slices cover each wanted day once; the open day is a slice of its own.
    """
    first = window.first_wanted(bookmark)
    while first <= window.last_closed:
        last = min(first + timedelta(days=width - 1), window.last_closed)
        yield Slice(event, first, last)
        first = last + ONE_DAY
    if window.wants_open_day:
        yield Slice(event, window.today, window.today, is_open=True)


class ClosingOrder:
    """Turns slices that finish in any order into bookmarks that move over contiguous days."""

    def __init__(self) -> None:
        """Begin with nothing planned."""
        self._ahead: dict[str, deque[Slice]] = defaultdict(deque)
        self._finished: set[Slice] = set()

    def expect(self, piece: Slice) -> None:
        """Note a planned slice; those of one event come oldest first."""
        self._ahead[piece.event].append(piece)

    def finish(self, piece: Slice) -> date | None:
        """Note that a slice was read whole; return the last day that is closed by it, if any."""
        self._finished.add(piece)
        ahead = self._ahead[piece.event]
        closed = None
        while ahead and ahead[0] in self._finished:
            oldest = ahead.popleft()
            self._finished.discard(oldest)
            closed = closed if oldest.is_open else oldest.last
        return closed
