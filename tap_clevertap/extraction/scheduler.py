"""What an extraction reads next: the wanted days of each event, cut into slices."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tap_clevertap.extraction.slices import planning
from tap_clevertap.extraction.slices.planning import fixed_width, plan, width_by_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from tap_clevertap.extraction.checkpoint import Checkpoint
    from tap_clevertap.extraction.slices.model import Partition, Slice
    from tap_clevertap.extraction.slices.planning import SliceWidth
    from tap_clevertap.extraction.slices.window import Window

SHORT_DAYS = 8
"""Up to here last run's rate says enough; a longer stretch is worth a request for counts."""
UNKNOWN_WIDTH = 7
"""Days a slice takes where CleverTap does not give counts: a week bounds what a restart costs."""


class Scheduler:
    """Cuts partitions into slices and hands these out, the oldest days of a partition first.

    A long stretch of days is cut by CleverTap's own daily counts and has to wait for them; a short
    one is cut by how many rows a day had in the last run.
    """

    def __init__(
        self, window: Window, checkpoint: Checkpoint, partitions: Iterable[Partition], lanes: int
    ) -> None:
        self.partitions = list(partitions)
        self.planned = 0
        self._window = window
        self._checkpoint = checkpoint
        self._lanes_each = max(1, lanes // max(1, len(self.partitions)))
        self._first: deque[Slice] = deque()
        self._ready: deque[Slice] = deque()
        self._uncut: set[Partition] = set()
        for partition in self.partitions:
            self._add(partition)

    def next_slice(self) -> Slice | None:
        """Return the slice to read next; None where none is ready."""
        if self._first:
            return self._first.popleft()
        return self._ready.popleft() if self._ready else None

    def put_first(self, slices_: Iterable[Slice]) -> None:
        """Hand out slices before all others, in their order: those that have to be read again.

        Called through the worker pool's `wake`, as `cut` is.
        """
        self._first.extend(slices_)

    @property
    def has_more(self) -> bool:
        """Whether a slice is ready, or will be when counts arrive."""
        return bool(self._first or self._ready or self._uncut)

    def needs_counts(self, partition: Partition) -> bool:
        """Whether the partition is cut by counts that have not arrived."""
        return partition in self._uncut

    def days(self, partition: Partition) -> tuple[date, date] | None:
        """Return the first and last closed day to read; None where there is none."""
        first = self._window.first_wanted(self._checkpoint.last_closed(partition))
        last = self._window.last_closed
        return (first, last) if first <= last else None

    def cut(self, partition: Partition, counts: Mapping[date, int] | None) -> None:
        """Cut a partition that waited for its counts; None where CleverTap does not give them."""
        if partition not in self._uncut:
            return
        self._uncut.discard(partition)
        width = fixed_width(UNKNOWN_WIDTH)
        if counts is not None:
            width = width_by_rows(counts, self._window.last_closed, self._lanes_each)
        self._plan(partition, width)

    def _add(self, partition: Partition) -> None:
        days = self.days(partition)
        if days and (days[1] - days[0]).days >= SHORT_DAYS:
            self._uncut.add(partition)
        else:
            self._plan(partition, fixed_width(self._width(partition)))

    def _width(self, partition: Partition) -> int:
        rate = self._checkpoint.rows_a_day(partition)
        return SHORT_DAYS if not rate else max(1, planning.SLICE_ROWS // rate)

    def _plan(self, partition: Partition, width: SliceWidth) -> None:
        closed = self._checkpoint.last_closed(partition)
        for slice_ in plan(partition.event, self._window, closed, width, partition.streams):
            self._checkpoint.expect(slice_)
            self._ready.append(slice_)
            self.planned += 1
