"""Checkpoints: contiguous completed days move the bookmarks, and the state is written."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from tap_clevertap.extraction.slices.model import ONE_DAY, Slice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tap_clevertap.extraction.slices.model import Partition
    from tap_clevertap.extraction.slices.window import Window
    from tap_clevertap.extraction.subscribers import Subscriber


class Checkpoint:
    """Moves the bookmarks of some streams as slices close, in the order of each partition's days.

    Slices may be read in any order and closed in any order. A bookmark passes a day only when it
    and all planned days before it are closed, and when the rows up to it are written.
    """

    def __init__(self, subscribers: Mapping[str, Subscriber]) -> None:
        self._subscribers = subscribers
        self._next: dict[Partition, date] = {}
        self._ahead: dict[Partition, dict[date, date]] = defaultdict(dict)

    def last_closed(self, partition: Partition) -> date | None:
        """Return the last day closed by an earlier run; None for a partition never read.

        Raises:
            SettingError: The state holds something that is not a day.
        """
        return self._first(partition).bookmarks.last_closed(partition.event)

    def rows_a_day(self, partition: Partition) -> int | None:
        """Return how many rows a day had when the partition was last read."""
        return self._first(partition).bookmarks.rows_a_day(partition.event)

    def expect(self, slice_: Slice) -> None:
        """Register a planned slice; the first slice of a partition has its oldest day."""
        self._next.setdefault(slice_.partition, slice_.first)

    def close(self, slice_: Slice, rows_a_day: int | None = None) -> None:
        """Close a slice that was read whole; move bookmarks where its days are contiguous."""
        if slice_.is_open or slice_.is_repair:
            return
        partition, closed = slice_.partition, None
        ahead = self._ahead[partition]
        ahead[slice_.first] = slice_.last
        while last := ahead.pop(self._next[partition], None):
            closed = last
            self._next[partition] = last + ONE_DAY
        if closed is not None:
            self._move(partition, closed, rows_a_day)

    def repairs(self, window: Window) -> list[Slice]:
        """Return the days that did not add up in earlier runs, and are not read by this one."""
        streams: dict[tuple[str, date], list[str]] = defaultdict(list)
        for name, one in self._subscribers.items():
            for event in one.events:
                first = window.first_wanted(one.bookmarks.last_closed(event))
                for day in one.bookmarks.mismatched_days(event):
                    if window.end is None and day < first:
                        streams[event, day].append(name)
        return [
            Slice(event, day, day, streams=tuple(names), is_repair=True)
            for (event, day), names in streams.items()
        ]

    def note_mismatch(self, slice_: Slice, day: date, *, is_wrong: bool) -> int | None:
        """Note that a day differs, or add up again; return for how many nights it is re-read."""
        left = [
            one.bookmarks.note_mismatch(slice_.event, day, is_wrong=is_wrong)
            for one in self._of(slice_.partition)
        ]
        known = [nights for nights in left if nights is not None]
        if known and slice_.is_repair:
            for one in self._of(slice_.partition):
                one.after_flush(one.write_state)
        return max(known, default=None) if is_wrong else None

    def end_backfill(self) -> None:
        """Remove the marks of a finished backfill from the state."""
        for one in self._subscribers.values():
            one.after_flush(one.bookmarks.end_backfill)
            one.after_flush(one.write_state)

    def _move(self, partition: Partition, closed: date, rows_a_day: int | None) -> None:
        # A stream that buffers rows for a file moves its bookmark when the file is written.
        for one in self._of(partition):
            one.after_flush(partial(one.bookmarks.move, partition.event, closed, rows_a_day))
        for one in self._of(partition):
            one.after_flush(one.write_state)

    def _of(self, partition: Partition) -> list[Subscriber]:
        """Return the streams that a partition is read for; all streams if it names none."""
        return [self._subscribers[name] for name in partition.streams or self._subscribers]

    def _first(self, partition: Partition) -> Subscriber:
        return self._of(partition)[0]
