"""What was extracted against what CleverTap counts: pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

TOLERATED_SHARE = 0.01


class Verdict(Enum):
    """What a closed day's two numbers mean.

    `LATE` is a small difference on a day that the next run reads again: rows keep arriving
    between the moment of reading and the moment of counting. `UNDECIDED`: identical rows may be
    people's or the API's, and may hide rows that are missing.
    """

    EQUAL = "equal"
    LATE = "late"
    MISSING = "missing"
    SURPLUS = "surplus"
    UNDECIDED = "undecided"

    @property
    def is_wrong(self) -> bool:
        """Whether somebody should look."""
        return self in {Verdict.MISSING, Verdict.SURPLUS, Verdict.UNDECIDED}


@dataclass(frozen=True, slots=True)
class DayReconciliation:
    """One event and day: rows extracted, rows reported, and what that means."""

    event: str
    day: date
    extracted: int
    reported: int
    verdict: Verdict

    def __str__(self) -> str:
        """Say it as a log line does."""
        numbers = f"{self.extracted:,} rows extracted, {self.reported:,} reported"
        return f"{self.event!r} {self.day}: {numbers} ({self.verdict.value})"

    @property
    def difference(self) -> int:
        """Rows extracted beyond those reported; negative where rows are missing."""
        return self.extracted - self.reported


@dataclass(frozen=True, slots=True)
class DayCounts:
    """The rows of one day as they were read: different ones, repeats, and those that went out."""

    distinct: int
    repeats: int
    extracted: int


def reconcile_day(
    event: str, day: date, counts: DayCounts, reported: int, *, is_read_again: bool
) -> DayReconciliation:
    """Judge a closed day; `is_read_again` tells that the next run's look-back covers it.

    CleverTap counts the different rows, or all of them; a number in between decides nothing.
    Beyond that only a day that is read again has a tolerance, of one row or one in a hundred.
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
    """What identical rows of a day are."""

    GENUINE = "twins"
    API_REPEATS = "API repeats"
    UNDECIDED = "undecided"


def classify_duplicates(distinct: int, repeats: int, reported: int | None) -> DuplicateKind:
    """Tell whether people did the same thing twice in a second, or the API told it twice.

    CleverTap's count of the day decides: it counts the one and not the other.
    """
    if reported == distinct + repeats:
        return DuplicateKind.GENUINE
    if reported == distinct:
        return DuplicateKind.API_REPEATS
    return DuplicateKind.UNDECIDED
