"""Checkpoints: contiguous completed days move the bookmarks, and the state is written."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING

from tap_clevertap.extraction.slices import planning
from tap_clevertap.extraction.slices.model import ONE_DAY, Partition, Slice, runs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from tap_clevertap.extraction.reconciliation.remembered_days import Remembered
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
        self._repaired: set[tuple[str, str, date]] = set()
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
        if window.end is not None:
            return []
        days = {
            (name, event): one.bookmarks.remembered(event).to_read
            for name, one in self._subscribers.items()
            for event in one.events
        }
        return self._repair_slices(days, window)

    def further_repairs(self, partition: Partition, window: Window) -> list[Slice]:
        """Return days that were remembered together with one that has been found right."""
        if window.end is not None:
            return []
        event = partition.event
        days = {
            (name, event): self._subscribers[name].bookmarks.remembered(event).take_expanded()
            for name in partition.streams or self._subscribers
        }
        return self._repair_slices(days, window)

    def _repair_slices(
        self, days: Mapping[tuple[str, str], list[date]], window: Window
    ) -> list[Slice]:
        """Return slices of days of streams and events, without those that this run reads anyway."""
        streams: dict[tuple[str, date], list[str]] = defaultdict(list)
        for (name, event), wanted in days.items():
            marks = self._subscribers[name].bookmarks
            first = window.first_wanted(marks.last_closed(event))
            for day in wanted:
                if day < first and (name, event, day) not in self._repaired:
                    self._repaired.add((name, event, day))
                    streams[event, day].append(name)
        alike: dict[Partition, list[date]] = defaultdict(list)
        for (event, day), names in streams.items():
            alike[Partition(event, tuple(names))].append(day)
        return [
            Slice(partition.event, first, last, streams=partition.streams, is_repair=True)
            for partition, wanted in alike.items()
            for first, last in self._runs(partition, wanted)
        ]

    def _runs(self, partition: Partition, days: list[date]) -> Iterator[tuple[date, date]]:
        """Yield runs of days, each of as many rows as a slice has."""
        most = max(1, planning.SLICE_ROWS // (self.rows_a_day(partition) or planning.UNKNOWN_RATE))
        for first, last in runs_of(days):
            while (last - first).days >= most:
                yield first, first + (most - 1) * ONE_DAY
                first += most * ONE_DAY  # noqa: PLW2901 - what is left of the run
            yield first, last

    def forget_mismatch(self, slice_: Slice, day: date) -> None:
        """Note that a day adds up."""
        for one in self._of(slice_.partition):
            if one.bookmarks.remembered(slice_.event).forget(day):
                self._store(one, slice_)

    def note_mismatch(self, slice_: Slice, day: date) -> Remembered | None:
        """Note that a day differs; return for how many nights it is read again, if it is new."""
        left = []
        for one in self._of(slice_.partition):
            left.append(one.bookmarks.remembered(slice_.event).note(day))
            self._store(one, slice_)
        return max((one for one in left if one), key=lambda one: one.nights_left, default=None)

    def note_mismatches(self, slice_: Slice, days: list[date]) -> list[Remembered]:
        """Note days of an event that differs on most; return what the report has to name."""
        named: list[Remembered] = []
        for one in self._of(slice_.partition):
            named += one.bookmarks.remembered(slice_.event).note_range(days)
            self._store(one, slice_)
        return list(dict.fromkeys(named))

    def remembered_ranges(self, partition: Partition) -> list[Remembered]:
        """Return the days of a partition that are remembered together."""
        return self._first(partition).bookmarks.remembered(partition.event).ranges

    @staticmethod
    def _store(one: Subscriber, slice_: Slice) -> None:
        one.bookmarks.store_remembered(slice_.event)
        if slice_.is_repair:
            one.after_flush(one.write_state)

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
