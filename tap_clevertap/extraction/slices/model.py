"""A slice: one event and a range of whole days, the unit of work, restart and resumption."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

ONE_DAY = timedelta(days=1)


class Partition(NamedTuple):
    """An event that is read once, for one or more streams."""

    event: str
    streams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """One event and a range of whole account-local days, both ends included.

    `is_open` if the last day is not over: it is read, but never closed. `streams` are those that
    the rows are written to.
    """

    event: str
    first: date
    last: date
    is_open: bool = False
    streams: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the text for log lines."""
        days = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return f"{self.event!r} {days}"

    @property
    def partition(self) -> Partition:
        """The partition that it belongs to."""
        return Partition(self.event, self.streams)

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
    UNPROVED = "unproved"


NEXT_STATES: dict[SliceState, frozenset[SliceState]] = {
    SliceState.PLANNED: frozenset({SliceState.READING, SliceState.READ, SliceState.SKIPPED}),
    SliceState.READING: frozenset({SliceState.READ, SliceState.SKIPPED}),
    SliceState.READ: frozenset(
        {SliceState.AWAITING_COUNTS, SliceState.CLOSED, SliceState.UNPROVED}
    ),
    SliceState.AWAITING_COUNTS: frozenset(
        # again: counts that differ are requested once more, because late rows may have arrived
        {SliceState.AWAITING_COUNTS, SliceState.CLOSED, SliceState.UNPROVED}
    ),
    SliceState.CLOSED: frozenset(),
    SliceState.SKIPPED: frozenset(),
    SliceState.UNPROVED: frozenset(),
}
"""The allowed changes of state; the last three states are final."""
