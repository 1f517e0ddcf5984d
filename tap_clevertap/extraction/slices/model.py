"""A slice: one event and a range of whole days, the unit of work, restart and resumption."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

ONE_DAY = timedelta(days=1)


class Partition(NamedTuple):
    """An event that is read once, for one or more streams."""

    event: str
    streams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """One event and a range of whole account-local days, both ends included.

    `is_open` tells that the last day has not ended: read, but never closed. `streams` are those
    that the rows go to. `is_repair` tells that the days were closed by an earlier run and did not
    add up: read again, with the bookmark beyond them. `reading` counts how often its days have been
    read in this run.
    """

    event: str
    first: date
    last: date
    is_open: bool = False
    streams: tuple[str, ...] = ()
    is_repair: bool = False
    reading: int = 0

    def __str__(self) -> str:
        """Return the text for log lines."""
        days = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return f"{self.event!r} {days}"

    @property
    def partition(self) -> Partition:
        """The partition that it belongs to."""
        return Partition(self.event, self.streams)

    def halves(self) -> tuple[Slice, Slice]:
        """Return the older and the newer half of its days, of which there are two or more."""
        middle = self.first + (self.last - self.first) // 2
        return replace(self, last=middle), replace(self, first=middle + ONE_DAY)

    def days(self) -> Iterator[date]:
        """Yield its days."""
        for offset in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=offset)


class SliceState(Enum):
    """The states of a slice."""

    PLANNED = "planned"
    READING = "reading"
    READ = "read"
    AWAITING_COUNTS = "awaiting counts"
    CLOSED = "closed"
    SKIPPED = "skipped"
    HALVED = "halved"
    UNPROVED = "unproved"


_UNREAD = {SliceState.SKIPPED, SliceState.HALVED}
_SETTLED = {SliceState.CLOSED, SliceState.UNPROVED}
NEXT_STATES: dict[SliceState, frozenset[SliceState]] = {
    SliceState.PLANNED: frozenset({SliceState.READING, SliceState.READ, *_UNREAD}),
    SliceState.READING: frozenset({SliceState.READ, *_UNREAD}),
    # Days that do not add up are read again.
    SliceState.READ: frozenset({SliceState.AWAITING_COUNTS, SliceState.READING, *_SETTLED}),
    # Counts that differ are requested afresh, because late rows may have arrived meanwhile.
    SliceState.AWAITING_COUNTS: frozenset(
        {SliceState.AWAITING_COUNTS, SliceState.READING, *_SETTLED}
    ),
    SliceState.CLOSED: frozenset(),
    SliceState.SKIPPED: frozenset(),
    SliceState.HALVED: frozenset(),
    SliceState.UNPROVED: frozenset(),
}
"""The steps that a slice may take; the last four are ends."""


def runs_of(days: Sequence[date]) -> list[tuple[date, date]]:
    """Return the first and last day of each run of days that follow one another."""
    runs: list[tuple[date, date]] = []
    for day in sorted(days):
        if runs and day == runs[-1][1] + ONE_DAY:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs
