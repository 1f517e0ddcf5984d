"""The state of one slice while it is read, and its reconciliation afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from tap_clevertap.extraction.deduplication import Deduplicator
from tap_clevertap.extraction.reconciliation import (
    DayCounts,
    DayReconciliation,
    DuplicateKind,
    Verdict,
    classify_duplicates,
    reconcile_day,
)
from tap_clevertap.extraction.slices.model import NEXT_STATES, SliceState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from tap_clevertap.extraction.slices.model import Slice
    from tap_clevertap.extraction.slices.window import Window
    from tap_clevertap.records.events import EventRowBuilder

RoutedRows: TypeAlias = "tuple[tuple[str, ...], list[bytes]]"
"""The names of streams, and rows to write to each of them."""


@dataclass(slots=True)
class SliceResult:
    """The result of a slice: the duplicates to write, and the reconciliation of its days.

    `identical` counts duplicates by kind: genuine, API repeats, undecided, kept or dropped.
    """

    rows: list[bytes] = field(default_factory=list)
    days: list[DayReconciliation] = field(default_factory=list)
    identical: Counter[str] = field(default_factory=Counter)

    @property
    def is_doubtful(self) -> bool:
        """Whether counting again might change the result."""
        is_undecided = self.identical[DuplicateKind.UNDECIDED.value] > 0
        return is_undecided or any(one.verdict is not Verdict.EQUAL for one in self.days)

    @property
    def wrong(self) -> list[DayReconciliation]:
        """The days that differ by more than the tolerance."""
        return [day for day in self.days if day.verdict.is_wrong]


class SliceReader:
    """One slice from its first page to its end: its state, and the rows read so far.

    `table` finds duplicates over all attempts to read the slice; `builder` builds its rows.
    """

    def __init__(self, slice_: Slice, builder: EventRowBuilder) -> None:
        self.slice_ = slice_
        self.state = SliceState.PLANNED
        self.table = Deduplicator()
        self.builder = builder
        self.is_recounted = False
        self._attempt = 0

    def __str__(self) -> str:
        """Return the slice and its state."""
        return f"{self.slice_} ({self.state.value})"

    def move_to(self, state: SliceState) -> None:
        """Change the state of the slice.

        Raises:
            ValueError: The change is not in `NEXT_STATES`, which would be a defect of the tap.
        """
        if state not in NEXT_STATES[self.state]:
            msg = f"{self} cannot become {state.value}"
            raise ValueError(msg)
        self.state = state

    def begin(self, attempt: int) -> int:
        """Start a page of an attempt; return the number of restarts since the last page."""
        if self.state is SliceState.PLANNED:
            self.move_to(SliceState.READING)
        restarts = attempt - self._attempt
        if restarts:
            self._attempt = attempt
            self.table.restart()
        return restarts

    def finish(self) -> None:
        """Mark the slice as completely read."""
        self.move_to(SliceState.READ)
        self.table.free()

    @property
    def rows_a_day(self) -> int:
        """The average rows per day of the slice."""
        days = (self.slice_.last - self.slice_.first).days + 1
        return sum(self.table.distinct.values()) // days

    @property
    def has_repeats(self) -> bool:
        """Whether duplicates wait for a decision."""
        return bool(self.table.duplicates)

    def reconcile(
        self, duplicates: str, counts: Mapping[date, int] | None, window: Window
    ) -> SliceResult:
        """Classify duplicates and reconcile each day with CleverTap's `counts`, if there are any.

        A day that is not in the counts has 0. The current day is not reconciled, nor is a day
        without rows and counts.
        """
        result = SliceResult()
        reported = {str(day): n for day, n in (counts or {}).items()}
        extracted = Counter(self.table.distinct)
        for day, rows in self.table.duplicates.items():
            counted = None if counts is None else reported.get(str(day), 0)
            what = _decide(duplicates, self.table.distinct[day], len(rows), counted)
            result.identical[what] += len(rows)
            if what not in DROPPED:
                result.rows += rows
                extracted[day] += len(rows)
        if counts is not None and not self.slice_.is_open:
            result.days = list(self._reconciled_days(extracted, reported, window))
        return result

    def _reconciled_days(
        self, extracted: Mapping[str | None, int], reported: Mapping[str, int], window: Window
    ) -> Iterator[DayReconciliation]:
        event, table = self.slice_.event, self.table
        for one in self.slice_.days():
            day = one.isoformat()
            if extracted.get(day) or day in reported:
                repeats = len(table.duplicates.get(day, ()))
                counts = DayCounts(table.distinct[day], repeats, extracted.get(day, 0))
                is_read_again = window.is_read_again(one)
                yield reconcile_day(
                    event, one, counts, reported.get(day, 0), is_read_again=is_read_again
                )


def _decide(duplicates: str, distinct: int, repeats: int, reported: int | None) -> str:
    """Return the kind of a day's duplicates, or `kept` or `dropped` as set by the user."""
    if duplicates == "reconcile":
        return classify_duplicates(distinct, repeats, reported).value
    return "kept" if duplicates == "keep" else "dropped"


DROPPED = {DuplicateKind.API_REPEATS.value, "dropped"}
