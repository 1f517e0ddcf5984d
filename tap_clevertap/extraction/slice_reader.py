"""One slice while it is read, and what becomes of it when it has been."""

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
"""The names of streams, and rows that go to them."""


@dataclass(slots=True)
class SliceResult:
    """What a slice came to: the repeats that go out, the proof of its days, its numbers.

    `identical` counts repeats by what they were: twins, API repeats, undecided, kept or dropped.
    """

    rows: list[bytes] = field(default_factory=list)
    days: list[DayReconciliation] = field(default_factory=list)
    identical: Counter[str] = field(default_factory=Counter)

    @property
    def is_doubtful(self) -> bool:
        """Whether a fresh count might change it."""
        is_undecided = self.identical[DuplicateKind.UNDECIDED.value] > 0
        return is_undecided or any(one.verdict is not Verdict.EQUAL for one in self.days)

    @property
    def wrong(self) -> list[DayReconciliation]:
        """The days that differ beyond what is tolerated."""
        return [day for day in self.days if day.verdict.is_wrong]


class SliceReader:
    """One slice from its first page to its end: its state, and the rows that have come.

    `table` recognises rows over all attempts to read the slice; `builder` makes rows of records.
    """

    def __init__(self, slice_: Slice, builder: EventRowBuilder) -> None:
        self.slice_ = slice_
        self.state = SliceState.PLANNED
        self.table = Deduplicator()
        self.builder = builder
        self.is_recounted = False
        self._attempt = 0

    def __str__(self) -> str:
        """Name the slice and its state."""
        return f"{self.slice_} ({self.state.value})"

    def move_to(self, state: SliceState) -> None:
        """Take a step of a slice's life.

        Raises:
            ValueError: There is no such step, which would be a defect of the tap.
        """
        if state not in NEXT_STATES[self.state]:
            msg = f"{self} cannot become {state.value}"
            raise ValueError(msg)
        self.state = state

    def begin(self, attempt: int) -> int:
        """Expect rows of an attempt; return how many restarts have come since the last page."""
        if self.state is SliceState.PLANNED:
            self.move_to(SliceState.READING)
        restarts = attempt - self._attempt
        if restarts:
            self._attempt = attempt
            self.table.restart()
        return restarts

    def finish(self) -> None:
        """Note that the last page was read."""
        self.move_to(SliceState.READ)
        self.table.free()

    @property
    def rows_a_day(self) -> int:
        """How busy the event is, on the average day of the slice."""
        days = (self.slice_.last - self.slice_.first).days + 1
        return sum(self.table.distinct.values()) // days

    @property
    def has_repeats(self) -> bool:
        """Whether identical rows wait for a decision."""
        return bool(self.table.duplicates)

    def reconcile(
        self, duplicates: str, counts: Mapping[date, int] | None, window: Window
    ) -> SliceResult:
        """Decide on the repeats and judge each day, by CleverTap's `counts` where they are known.

        A day that the counts leave out has none. The open day is not judged, nor is a day on which
        nothing happened.
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
    """Say what repeats of a day are, or what is to become of them unasked."""
    if duplicates == "reconcile":
        return classify_duplicates(distinct, repeats, reported).value
    return "kept" if duplicates == "keep" else "dropped"


DROPPED = {DuplicateKind.API_REPEATS.value, "dropped"}
