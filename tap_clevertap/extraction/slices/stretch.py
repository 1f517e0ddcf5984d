"""The days that are left of one partition, taken a slice at a time: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clevertap.extraction.slices import planning
from tap_clevertap.extraction.slices.model import ONE_DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date


class Stretch:
    """The days that are left of one partition, both ends included, and the rows of each.

    The rows are those of `by_day`; where this is None, each day has about `rate`. `most_days`
    bounds what is read at a time where even that is a guess.
    """

    def __init__(
        self,
        first: date,
        last: date,
        by_day: Mapping[date, int] | None,
        *,
        rate: int = 0,
        most_days: int | None = None,
    ) -> None:
        self._first, self._last = first, last
        self._by_day = by_day
        self._rate = rate
        self._most_days = most_days
        self._taken: set[date] = set()
        self.days = (last - first).days + 1
        self.rows = self._total()

    def counted(self, by_day: Mapping[date, int]) -> Stretch:
        """Return the same days with other numbers of rows."""
        other = Stretch(self._first, self._last, by_day)
        for day in self._taken:
            other.take(day)
        return other

    @property
    def bounds(self) -> tuple[date, date]:
        """The first and the last day that is left."""
        return self._first, self._last

    def rows_of(self, day: date) -> int:
        """Return how many rows a day has."""
        return self._rate if self._by_day is None else self._by_day.get(day, 0)

    def busy_days(self, least: int) -> Iterable[tuple[date, int]]:
        """Return the days that are known to have `least` rows or more, and these."""
        return [
            (day, rows)
            for day, rows in (self._by_day or {}).items()
            if rows >= least and self._first <= day <= self._last
        ]

    def has(self, day: date) -> bool:
        """Tell whether a day is left."""
        return self._first <= day <= self._last and day not in self._taken

    def parts(self, most: float) -> int:
        """Return how many slices of `most` rows the days make."""
        return max(1, min(self.days, -int(-self.rows // most)))

    def take_oldest(self, most: float) -> tuple[date, date]:
        """Take the oldest days, of as many rows as each of the parts has; return their ends."""
        target = self.rows / self.parts(most)
        first = last = self._first
        total = self.rows_of(first)
        while self._fits(first, following := last + ONE_DAY):
            rows = self.rows_of(following)
            if total + rows / 2 > target or total + rows > max(planning.SLICE_ROWS, total):
                break
            last, total = following, total + rows
        self._pass(first, last, total)
        return first, last

    def take(self, day: date) -> tuple[date, date]:
        """Take one day out of turn."""
        if day == self._first:
            self._pass(day, day, self.rows_of(day))
        else:
            self._taken.add(day)
            self._count_down(1, self.rows_of(day))
        return day, day

    def _fits(self, first: date, day: date) -> bool:
        is_wide = self._most_days is not None and (day - first).days >= self._most_days
        return self.has(day) and not is_wide

    def _pass(self, first: date, last: date, rows: int) -> None:
        self._count_down((last - first).days + 1, rows)
        self._first = last + ONE_DAY
        while self._first in self._taken:
            self._taken.discard(self._first)
            self._first += ONE_DAY

    def _count_down(self, days: int, rows: int) -> None:
        self.days -= days
        self.rows -= rows

    def _total(self) -> int:
        if self._by_day is None:
            return self._rate * self.days
        return sum(rows for _, rows in self.busy_days(0))
