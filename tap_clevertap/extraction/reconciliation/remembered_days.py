"""The days of an event that did not add up, as the state remembers them for the next nights.

A day stands by itself under `mismatched_days`. Days of an event whose counts differ on most of them
stand together under `mismatched_ranges`, from the first that differs to the last: these two alone
are read again, and all others as soon as one of the two is right.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DAYS, RANGES = "mismatched_days", "mismatched_ranges"
NIGHTS = 7
"""Nights on which a day that does not add up is read again."""
FEW = 2
"""Days of a range that are all read again, and stand by themselves in the state."""


class Remembered(NamedTuple):
    """Days that will be read again, and on how many more nights; 0 if no more."""

    first: date
    last: date
    nights_left: int

    def __str__(self) -> str:
        """Return the days for a log line."""
        return f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"


@dataclass
class DayRange:
    """Days that are remembered together; those noted by this run may still become more."""

    first: date
    last: date
    nights: int
    on: str
    is_new: bool = False

    def __contains__(self, day: date) -> bool:
        """Tell whether a day is one of them."""
        return self.first <= day <= self.last

    def days(self) -> Iterator[date]:
        """Yield its days."""
        for offset in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=offset)

    def note(self, today: str) -> Remembered:
        """Count a night on which it still differs; several runs of a day are one night."""
        self.nights += self.on < today
        self.on = today
        return Remembered(self.first, self.last, max(0, NIGHTS - self.nights))


class RememberedDays:
    """Notes the days of one event that differ, and forgets those that do not any more."""

    def __init__(self, entry: Mapping[str, Any], today: date) -> None:
        """Begin with what an event's `entry` of the state has; what is malformed is left out."""
        self._today = today.isoformat()
        self._days = {one.first: one for one in _noted_days(entry.get(DAYS))}
        self._ranges = list(_noted_ranges(entry.get(RANGES)))
        self._given_up: list[DayRange] = []
        self._expanded: list[date] = []
        self._were_ranged: set[date] = set()

    def state(self) -> dict[str, Any]:
        """Return the keys of the state's entry that are not empty."""
        few = [one for one in self._ranges if (one.last - one.first).days < FEW]
        single = {day: one for one in few for day in one.days()} | self._days
        days = {str(day): {"nights": one.nights, "on": one.on} for day, one in single.items()}
        ranges = [
            {"first": str(one.first), "last": str(one.last), "nights": one.nights, "on": one.on}
            for one in self._ranges
            if one not in few
        ]
        return ({DAYS: days} if days else {}) | ({RANGES: ranges} if ranges else {})

    @property
    def to_read(self) -> list[date]:
        """The days to read again: of a range its first and last."""
        edges = {day for one in self._ranges for day in (one.first, one.last)}
        return sorted(edges | self._days.keys())

    @property
    def ranges(self) -> list[Remembered]:
        """The days that are remembered together."""
        return [Remembered(one.first, one.last, NIGHTS - one.nights) for one in self._ranges]

    def take_expanded(self) -> list[date]:
        """Return, once, the days of ranges that have been found right in part."""
        days, self._expanded = self._expanded, []
        return days

    def forget(self, day: date) -> bool:
        """Note that a day adds up; return whether that was news.

        A range of an earlier run becomes single days: if its samples are right, so may all be.
        """
        was_noted = self._days.pop(day, None) is not None
        for one in [one for one in self._ranges if day in one and not one.is_new]:
            self._ranges.remove(one)
            rest = [other for other in one.days() if other != day and other not in self._days]
            self._days |= {other: DayRange(other, other, one.nights, one.on) for other in rest}
            self._expanded += rest
            self._were_ranged.update(rest)
            was_noted = True
        return was_noted

    def note(self, day: date) -> Remembered | None:
        """Note that a day differs; return None for one that was given up in this run.

        After a week of nights it is forgotten.
        """
        if any(day in one for one in self._given_up):
            return None
        found = self._days.get(day) or next((one for one in self._ranges if day in one), None)
        if found is None:
            found = self._days[day] = DayRange(day, day, 0, self._today)
        left = found.note(self._today)
        if not left.nights_left:
            self._given_up.append(found)
            self._days.pop(day, None)
            self._ranges = [one for one in self._ranges if one is not found]
        return left

    def note_range(self, days: Sequence[date]) -> list[Remembered]:
        """Note days of an event that differs on most of its days.

        Returns single days that were noted before, and what is given up; `ranges` has the others.
        Days that this run took out of a range go back into one: its samples were right, and most of
        it was not.
        """
        left: list[Remembered | None] = []
        for day in days:
            single = self._days.get(day)
            if single and day in self._were_ranged:
                single.note(self._today)
                self._extend(self._days.pop(day))
            elif single or any(day in one for one in [*self._ranges, *self._given_up]):
                left.append(self.note(day))
            else:
                self._extend(DayRange(day, day, 0, self._today))
        new = [self.note(one.first) for one in self._ranges if one.is_new]
        named = [one for one in left if one and (one.first == one.last or not one.nights_left)]
        return named + [one for one in new if one and not one.nights_left]

    def _extend(self, day: DayRange) -> None:
        """Add a day to the range of this run whose days have been noted on as many nights."""
        new = [one for one in self._ranges if one.is_new and one.nights == day.nights]
        if not new:
            new = [replace(day, is_new=True)]
            self._ranges += new
        new[0].first, new[0].last = min(new[0].first, day.first), max(new[0].last, day.last)


def remembered_in(entry: Mapping[str, Any]) -> list[date]:
    """Return all days that an event's entry of the state remembers, ranges in full."""
    noted = [*_noted_days(entry.get(DAYS)), *_noted_ranges(entry.get(RANGES))]
    return sorted({day for one in noted for day in one.days()})


def _noted_days(noted: object) -> Iterator[DayRange]:
    for text, one in noted.items() if isinstance(noted, dict) else ():
        yield from _range({"first": text, "last": text} | (one if isinstance(one, dict) else {}))


def _noted_ranges(noted: object) -> Iterator[DayRange]:
    for one in noted if isinstance(noted, list) else ():
        if isinstance(one, dict):
            yield from _range(one)


def _range(noted: Mapping[str, Any]) -> Iterator[DayRange]:
    """Yield the range that an entry of the state tells of, if it does."""
    with suppress(ValueError, TypeError):
        first, last = (date.fromisoformat(str(noted.get(key))) for key in ("first", "last"))
        if first <= last:
            yield DayRange(first, last, int(noted.get("nights", 0)), str(noted.get("on", "")))
