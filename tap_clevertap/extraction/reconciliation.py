"""Reconciliation: compares the extracted rows of a day with CleverTap's own count."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

TOLERATED_SHARE = 0.01


class Verdict(Enum):
    """The result of a day's reconciliation.

    `LATE` is a small difference on a day that the next run reads again: rows keep arriving
    between reading and counting. `UNDECIDED`: duplicate rows may be genuine or repeated by the
    API, and may hide missing rows.
    """

    EQUAL = "equal"
    LATE = "late"
    MISSING = "missing"
    SURPLUS = "surplus"
    UNDECIDED = "undecided"

    @property
    def is_wrong(self) -> bool:
        """Whether the difference needs attention."""
        return self in {Verdict.MISSING, Verdict.SURPLUS, Verdict.UNDECIDED}


@dataclass(frozen=True, slots=True)
class DayReconciliation:
    """One event and day: rows extracted, rows reported, and the verdict."""

    event: str
    day: date
    extracted: int
    reported: int
    verdict: Verdict

    def __str__(self) -> str:
        """Return the text of the log line."""
        numbers = f"{self.extracted:,} rows extracted, {self.reported:,} reported"
        return f"{self.event!r} {self.day}: {numbers} ({self.verdict.value})"

    @property
    def difference(self) -> int:
        """Extracted minus reported rows; negative if rows are missing."""
        return self.extracted - self.reported


@dataclass(frozen=True, slots=True)
class DayCounts:
    """The rows of one day: distinct ones, duplicates, and those that were written."""

    distinct: int
    repeats: int
    extracted: int


def reconcile_day(
    event: str, day: date, counts: DayCounts, reported: int, *, is_read_again: bool
) -> DayReconciliation:
    """Return the verdict of a completed day; `is_read_again` if the next run's lookback covers it.

    CleverTap counts the distinct rows, or all rows; a number in between decides nothing. Beyond
    these only a day that is read again has a tolerance, of one row or 1 %.
    """
    missing = reported - counts.distinct - counts.repeats
    surplus = counts.distinct - reported
    tolerated = max(1, int(counts.distinct * TOLERATED_SHARE)) if is_read_again else 0
    if reported in {counts.distinct, counts.distinct + counts.repeats}:
        verdict = Verdict.EQUAL
    elif max(missing, surplus) <= 0:
        verdict = Verdict.UNDECIDED
    elif max(missing, surplus) <= tolerated:
        verdict = Verdict.LATE
    else:
        verdict = Verdict.MISSING if missing > 0 else Verdict.SURPLUS
    return DayReconciliation(event, day, counts.extracted, reported, verdict)


class DuplicateKind(Enum):
    """What the duplicate rows of a day are."""

    GENUINE = "genuine"
    API_REPEATS = "API repeats"
    UNDECIDED = "undecided"


def classify_duplicates(distinct: int, repeats: int, reported: int | None) -> DuplicateKind:
    """Return whether users did the same thing twice in a second, or the API repeated rows.

    CleverTap's count of the day decides: it includes genuine duplicates only.
    """
    if reported == distinct + repeats:
        return DuplicateKind.GENUINE
    if reported == distinct:
        return DuplicateKind.API_REPEATS
    return DuplicateKind.UNDECIDED
