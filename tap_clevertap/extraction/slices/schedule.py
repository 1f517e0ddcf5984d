"""Which days are read next, so that the last pages of all lanes end together: pure."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from tap_clevertap.extraction.slices import planning

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date

    from tap_clevertap.extraction.slices.stretch import Stretch

Key = TypeVar("Key")

LEAST_ROWS = 5_000
"""A slice of fewer rows, a page, would cost more requests than it saves waiting."""
SHARES = (1, 2, 3, 4, 6)
"""Parts that each lane's share of all rows may be cut into."""
DOMINANT_SHARE = 0.6
"""A day that takes this much of the time that is left begins at once: it cannot be divided."""
DOMINANT_PAGES = 4
"""A day of fewer pages is never worth a slice out of turn."""
CHANGED = 0.1
"""By how much the work that is left has to change before slices are sized anew."""


class DayRun(NamedTuple, Generic[Key]):
    """A run of days to read now, of what is known by `key`."""

    key: Key
    first: date
    last: date


class Schedule(Generic[Key]):
    """Hands out days whenever a lane is free: of what has most rows left, the oldest first.

    Slices are sized by a look at all that is left: of a few sizes, that with which a greedy
    distribution over the lanes ends first. A day that alone takes as long as the rest begins
    before everything else, out of the order of days.
    """

    def __init__(self, lanes: int, page_rows: int) -> None:
        """Plan for `lanes` slices at a time, read in pages of `page_rows` rows."""
        self._lanes = lanes
        self._page_rows = page_rows
        self._stretches: dict[Key, Stretch] = {}
        self._by_rows: list[tuple[int, int, Key]] = []
        self._by_day: list[tuple[int, int, Key, date]] = []
        self._number = count()
        self._requests = 0
        self._most = float(planning.SLICE_ROWS)
        self._sized_for = 0

    def __bool__(self) -> bool:
        """Tell whether days are left."""
        return bool(self._stretches)

    def left(self) -> Iterable[DayRun[Key]]:
        """Return the days that are left, from the first to the last of each partition."""
        return [DayRun(key, *stretch.bounds) for key, stretch in self._stretches.items()]

    def put(self, key: Key, stretch: Stretch) -> None:
        """Add the days of a partition, in place of those that were left of it."""
        self.remove(key)
        if not stretch.days:
            return
        self._stretches[key] = stretch
        self._requests += self.cost(stretch.rows)
        self._queue(key, stretch)
        for day, rows in stretch.busy_days(max(LEAST_ROWS, DOMINANT_PAGES * self._page_rows)):
            heapq.heappush(self._by_day, (-rows, next(self._number), key, day))

    def recount(self, key: Key, by_day: Mapping[date, int]) -> None:
        """Go by counts for what is left of a partition, if anything is."""
        if (stretch := self._stretches.get(key)) is not None:
            self.put(key, stretch.counted(by_day))

    def remove(self, key: Key) -> None:
        """Take away what is left of a partition."""
        stretch = self._stretches.pop(key, None)
        if stretch is not None:
            self._requests -= self.cost(stretch.rows)

    def next_run(self) -> DayRun[Key] | None:
        """Take the days to read now; None where nothing is left."""
        if not self._stretches:
            return None
        self._size()
        if (dominant := self._dominant()) is not None:
            key, day = dominant
            return self._take(key, day)
        return self._take(self._busiest())

    def cost(self, rows: float) -> int:
        """Return how many requests a slice takes: the opening of its cursor, and its pages."""
        return 1 + max(1, -int(-rows // self._page_rows))

    def _take(self, key: Key, day: date | None = None) -> DayRun[Key]:
        stretch = self._stretches[key]
        self.remove(key)
        first, last = stretch.take_oldest(self._most) if day is None else stretch.take(day)
        if stretch.days:
            self._stretches[key] = stretch
            self._requests += self.cost(stretch.rows)
            self._queue(key, stretch)
        return DayRun(key, first, last)

    def _queue(self, key: Key, stretch: Stretch) -> None:
        heapq.heappush(self._by_rows, (-stretch.rows, next(self._number), key))

    def _busiest(self) -> Key:
        """Return what has most rows left; entries of the heap that are out of date are dropped."""
        while True:
            rows, _, key = heapq.heappop(self._by_rows)
            stretch = self._stretches.get(key)
            if stretch is not None and stretch.rows == -rows:
                return key

    def _dominant(self) -> tuple[Key, date] | None:
        """Return the day that everything else would wait for at the end, if there is one."""
        while self._by_day:
            rows, _, key, day = self._by_day[0]
            stretch = self._stretches.get(key)
            if stretch is None or not stretch.has(day) or stretch.rows_of(day) != -rows:
                heapq.heappop(self._by_day)
                continue
            if self.cost(-rows) < DOMINANT_SHARE * self._requests / self._lanes:
                return None
            heapq.heappop(self._by_day)
            return key, day
        return None

    def _size(self) -> None:
        """Choose how many rows a slice has, where what is left has changed enough."""
        if abs(self._requests - self._sized_for) <= CHANGED * self._sized_for:
            return
        self._sized_for = self._requests
        stretches = self._stretches.values()
        rows = sum(one.rows for one in stretches)
        shares = (rows / (self._lanes * parts) for parts in SHARES)
        limit, least = float(planning.SLICE_ROWS), max(LEAST_ROWS, self._page_rows)
        sizes = [limit, *(min(limit, max(least, share)) for share in shares)]
        self._most = min(dict.fromkeys(sizes), key=lambda most: self._span(stretches, most))

    def _span(self, stretches: Collection[Stretch], most: float) -> int:
        """Return how many requests one after the other slices of `most` rows take, at least."""
        costs = [
            self.cost(one.rows / parts)
            for one in stretches
            for parts in [one.parts(most)]
            for _ in range(parts)
        ]
        lanes = [0] * self._lanes
        for cost in sorted(costs, reverse=True):
            heapq.heapreplace(lanes, lanes[0] + cost)
        return max(lanes)
