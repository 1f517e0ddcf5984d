"""What an extraction reads next: the wanted days of each event, cut into slices on demand."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from tap_clevertap.extraction.slices.model import Partition, Slice
from tap_clevertap.extraction.slices.planning import UNKNOWN_RATE
from tap_clevertap.extraction.slices.schedule import Schedule
from tap_clevertap.extraction.slices.stretch import Stretch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from tap_clevertap.extraction.checkpoint import Checkpoint
    from tap_clevertap.extraction.slices.window import Window

SHORT_DAYS = 8
"""Up to here last run's rate says enough; a longer stretch is worth a request for counts."""
FEW_DAYS = 2
"""Up to here a stretch of unknown size is not worth a request for counts alone."""
UNKNOWN_DAYS = 7
"""Days of a slice where CleverTap does not give counts: a week bounds what a restart costs."""


class DayKind(NamedTuple):
    """A partition's closed days, or its open one."""

    partition: Partition
    is_open: bool


class Scheduler:
    """Hands out slices of partitions whenever a lane is free, those with most rows left first.

    How many rows a partition has is what CleverTap's counts say, once they are there; until then
    a short stretch goes by the rate of the last run. What is of unknown size waits for its counts.
    """

    def __init__(
        self,
        window: Window,
        checkpoint: Checkpoint,
        partitions: Iterable[Partition],
        lanes: int,
        page_rows: int,
    ) -> None:
        """Plan for `lanes` slices read at the same time, in pages of `page_rows` rows."""
        self.partitions = list(partitions)
        self.planned = 0
        self._window = window
        self._checkpoint = checkpoint
        self._first: deque[Slice] = deque()
        self._schedule: Schedule[DayKind] = Schedule(lanes, page_rows)
        self._held: set[Partition] = set()
        self._begun: set[Partition] = set()
        self._is_stopped = False
        for partition in self.partitions:
            self._add(partition)

    def next_slice(self) -> Slice | None:
        """Return the slice to read next; None where none is ready."""
        if self._is_stopped:
            return None
        if self._first:
            return self._first.popleft()
        if (run := self._schedule.next_run()) is None:
            return None
        self._begun.add(run.key.partition)
        return _slice(*run)

    def put_first(self, slices_: Iterable[Slice]) -> None:
        """Return these slices before all others, in their order: they have to be read again.

        Called through the worker pool's `wake`, as `cut` is.
        """
        self._first.extend(slices_)

    @property
    def has_more(self) -> bool:
        """Whether a slice is ready, or will be when counts arrive."""
        return not self._is_stopped and bool(self._first or self._schedule or self._held)

    def stop(self) -> None:
        """Hand out nothing more; called through the worker pool's `wake`."""
        self._is_stopped = True

    def has_begun(self, partition: Partition) -> bool:
        """Tell whether a slice of the partition was handed out."""
        return partition in self._begun

    def left(self) -> list[Slice]:
        """Return the days that are not handed out, as one slice for each partition."""
        waiting = [(one, self.days(one)) for one in self._held]
        return [
            *self._first,
            *(_slice(*run) for run in self._schedule.left()),
            *(_slice(DayKind(one, is_open=False), *days) for one, days in waiting if days),
        ]

    def needs_counts(self, partition: Partition) -> bool:
        """Whether the partition waits for counts that have not arrived."""
        return partition in self._held

    def days(self, partition: Partition) -> tuple[date, date] | None:
        """Return the first and last completed day to read; None if there is none."""
        first = self._window.first_wanted(self._checkpoint.last_closed(partition))
        last = self._window.last_closed
        return (first, last) if first <= last else None

    def cut(self, partition: Partition, counts: Mapping[date, int] | None) -> None:
        """Go by a partition's counts from now on; None where CleverTap does not give them."""
        key = DayKind(partition, is_open=False)
        if partition not in self._held:
            if counts is not None:
                self._schedule.recount(key, counts)
            return
        self._held.discard(partition)
        days = self.days(partition)
        if days and counts is not None:
            self._schedule.put(key, Stretch(*days, counts))
        elif days:
            rate = self._checkpoint.rows_a_day(partition) or UNKNOWN_RATE
            self._schedule.put(key, Stretch(*days, None, rate=rate, most_days=UNKNOWN_DAYS))

    def _add(self, partition: Partition) -> None:
        rate = self._checkpoint.rows_a_day(partition)
        likely = UNKNOWN_RATE if rate is None else rate
        if days := self.days(partition):
            self._expect(partition, *days)
            number = (days[1] - days[0]).days + 1
            if number <= (FEW_DAYS if rate is None else SHORT_DAYS):
                key = DayKind(partition, is_open=False)
                self._schedule.put(key, Stretch(*days, None, rate=likely))
            else:
                self._held.add(partition)
        if self._window.wants_open_day:
            today = self._window.today
            key = DayKind(partition, is_open=True)
            self._schedule.put(key, Stretch(today, today, None, rate=likely))
            self.planned += 1

    def _expect(self, partition: Partition, first: date, last: date) -> None:
        """Let the bookmark wait for the oldest day, whichever is read first."""
        self._checkpoint.expect(Slice(partition.event, first, last, streams=partition.streams))
        self.planned += (last - first).days + 1


def _slice(kind: DayKind, first: date, last: date) -> Slice:
    partition, is_open = kind
    return Slice(partition.event, first, last, is_open=is_open, streams=partition.streams)
