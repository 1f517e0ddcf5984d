"""The state of one slice while it is read, and its reconciliation afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tap_clevertap.extraction.chain import Chain
from tap_clevertap.extraction.deduplication import Deduplicator
from tap_clevertap.extraction.reconciliation.verdicts import (
    DayCounts,
    DayReconciliation,
    DuplicateKind,
    SliceResult,
    are_many,
    classify_duplicates,
    reconcile_day,
)
from tap_clevertap.extraction.slices.model import NEXT_STATES, SliceState, runs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tap_clevertap.extraction.slices.model import Slice
    from tap_clevertap.extraction.slices.window import Window
    from tap_clevertap.records.events import EventRowBuilder

RoutedRows: TypeAlias = "tuple[tuple[str, ...], list[bytes]]"
"""The names of streams, and rows to write to each of them."""


class _Policy(NamedTuple):
    """How days are compared."""

    duplicates: str
    window: Window
    trusts: Callable[[str, int], bool]


class SliceReader:
    """One slice from its first page to its end: its state, and the rows read so far.

    `table` recognises rows over all readings of the slice; `builder` makes rows of records. Days
    that are read again have a reader of their own, whose `parent` is the slice's.
    """

    def __init__(
        self,
        slice_: Slice,
        builder: EventRowBuilder,
        table: Deduplicator | None = None,
        parent: SliceReader | None = None,
    ) -> None:
        self.slice_ = slice_
        self.state = SliceState.PLANNED
        self.table = Deduplicator() if table is None else table
        self.builder = builder
        self.parent = parent
        self.parts = 0
        self.rounds = 0
        self.is_recounted = False
        self.chain: Chain | None = None
        self.broken_chains = 0
        self._earlier: dict[str, tuple[int, frozenset[str]] | None] = {}

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

    def begin(self, number: int) -> Chain:
        """Expect rows of a chain of pages; another one begins the slice again."""
        if self.state is SliceState.PLANNED:
            self.move_to(SliceState.READING)
        if self.chain is None or self.chain.number != number:
            if self.chain is not None:
                self.table.restart()
            self.chain = Chain(number)
        return self.chain

    def read_again(self, days: Sequence[date]) -> list[SliceReader]:
        """Begin another reading of some days, and return the readers of them."""
        self.move_to(SliceState.READING)
        self.rounds += 1
        self.is_recounted = False
        self._earlier = {str(day): self._proof_of(str(day)) for day in days}
        again = replace(self.slice_, reading=self.rounds)
        parts = [replace(again, first=first, last=last) for first, last in runs_of(days)]
        self.parts = len(parts)
        return [self._part(one, parent=self) for one in parts]

    def absorb(self, part: SliceReader) -> bool:
        """Take over what a reader of some days has read; return whether it was the last."""
        self.table.absorb(part.table, [str(day) for day in part.slice_.days()])
        self.parts -= 1
        return self.parts == 0

    def is_read_twice(self, day: date) -> bool:
        """Tell whether a day is one of those that were read again."""
        return str(day) in self._earlier

    def second_readings(self) -> list[tuple[date, bool]]:
        """Return the days read again, each with whether its rows and repeats were the same."""
        return [
            (date.fromisoformat(day), self._rows_of(day) == rows)
            for day, rows in self._earlier.items()
        ]

    def halves(self) -> list[SliceReader]:
        """End the slice as one, and return a reader for each half of its days."""
        self.move_to(SliceState.HALVED)
        if self.parent is not None:
            self.parent.parts += 1
        return [self._part(half, parent=self.parent) for half in self.slice_.halves()]

    def _part(self, slice_: Slice, parent: SliceReader | None) -> SliceReader:
        table = self.table.part([str(day) for day in slice_.days()])
        return SliceReader(slice_, self.builder, table, parent)

    @property
    def rows_a_day(self) -> int:
        """How many rows a day had on average."""
        days = (self.slice_.last - self.slice_.first).days + 1
        return sum(self.table.distinct.values()) // days

    @property
    def has_repeats(self) -> bool:
        """Whether duplicates wait for a decision."""
        return bool(self.table.duplicates)

    def reconcile(
        self,
        duplicates: str,
        counts: Mapping[date, int] | None,
        window: Window,
        trusts: Callable[[str, int], bool] = lambda _event, _repeats: False,
    ) -> SliceResult:
        """Decide on the repeats and compare each day with CleverTap's `counts`, where known.

        `trusts` tells whether so many repeats of an event need no second reading.

        A day that the counts leave out has none. The open day is not compared, nor is a day on
        which nothing happened.
        """
        result = SliceResult()
        reported = {str(day): n for day, n in (counts or {}).items()}
        extracted = Counter(self.table.distinct)
        for day, rows in self.table.duplicates.items():
            counted = None if counts is None else reported.get(str(day), 0)
            what = _decide(duplicates, self.table.distinct[day], len(rows), counted)
            result.identical[what] += len(rows)
            if what == DuplicateKind.API_REPEATS.value and day is not None:
                left_out = date.fromisoformat(day)
                result.left_out.append(left_out)
                if are_many(len(rows), self.table.distinct[day]):
                    result.many_left_out.append(left_out)
            if what not in DROPPED:
                result.rows += rows.values()
                extracted[day] += len(rows)
        if counts is not None and not self.slice_.is_open:
            compare = partial(self._compare, _Policy(duplicates, window, trusts))
            result.days = [compare(day, extracted, reported) for day in self._days(extracted)]
            result.days = [one for one in result.days if one.extracted or one.reported]
        return result

    def _days(self, extracted: Mapping[str | None, int]) -> list[date]:
        """Return the days of the slice, and those of rows that were not requested."""
        own = list(self.slice_.days())
        printed = {str(day) for day in own}
        others = [day for day in extracted if day is not None and day not in printed]
        return own + [date.fromisoformat(day) for day in sorted(others)]

    def _compare(
        self,
        policy: _Policy,
        day: date,
        extracted: Mapping[str | None, int],
        reported: Mapping[str, int],
    ) -> DayReconciliation:
        event, (distinct, ids) = self.slice_.event, (rows := self._rows_of(str(day)))
        repeats = len(ids)
        is_confirmed = self._earlier.get(str(day)) == rows or policy.trusts(event, repeats)
        counts = DayCounts(
            distinct,
            repeats,
            extracted.get(str(day), 0),
            is_confirmed=is_confirmed,
            has_repeated_page=str(day) in self.table.repeated_days,
            duplicates=policy.duplicates,
        )
        again, reported_rows = policy.window.is_read_again(day), reported.get(str(day), 0)
        return reconcile_day(event, day, counts, reported_rows, is_read_again=again)

    def _proof_of(self, day: str) -> tuple[int, frozenset[str]] | None:
        """Return what another reading has to repeat; None where this one had a page twice."""
        return None if day in self.table.repeated_days else self._rows_of(day)

    def _rows_of(self, day: str) -> tuple[int, frozenset[str]]:
        """Return how many different rows a day has had, and the ids of repeats of them."""
        return self.table.distinct[day], frozenset(self.table.duplicates.get(day, ()))


def _decide(duplicates: str, distinct: int, repeats: int, reported: int | None) -> str:
    """Say what repeats of a day are, or what the setting makes of them."""
    if duplicates == "reconcile":
        return classify_duplicates(distinct, repeats, reported).value
    return "kept" if duplicates == "keep" else "dropped"


DROPPED = {DuplicateKind.API_REPEATS.value, "dropped"}
