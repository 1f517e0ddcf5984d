"""What was extracted against what CleverTap counts: pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

TOLERATED_SHARE = 0.01
SUSPECT_SHARE = 0.1
"""Of a day's rows: more repeats than that may stand for a page that came in place of another."""


class Verdict(Enum):
    """What a closed day's two numbers mean; `EQUAL` is extracted = reported and nothing else.

    `LATE` is a small difference on a day that the next run reads again: rows keep arriving
    between the moment of reading and the moment of counting. `DROPPED` and `KEPT` are differences
    that the `duplicates` setting makes. `UNDECIDED`: identical rows may be what users did or what
    the API repeated, and may hide rows that are missing.
    """

    EQUAL = "equal"
    LATE = "late"
    DROPPED = "dropped"
    KEPT = "kept"
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
    """The rows of one day: different ones, repeats of them, and those that went out.

    `is_confirmed` tells that an independent reading had the same rows and repeats;
    `has_repeated_page` that the last reading had a whole page of its rows twice, so that another
    one may be missing; `duplicates` is the setting that decided on the repeats.
    """

    distinct: int
    repeats: int
    extracted: int
    is_confirmed: bool = False
    has_repeated_page: bool = False
    duplicates: str = "reconcile"

    @property
    def is_suspect(self) -> bool:
        """Whether the repeats that went out may hide missing rows."""
        if self.extracted == self.distinct:
            return False
        is_unproved = are_many(self.repeats, self.distinct) and not self.is_confirmed
        return self.has_repeated_page or is_unproved


def are_many(repeats: int, distinct: int) -> bool:
    """Tell whether a day's repeats are so many that one count or one reading is not enough."""
    return repeats > SUSPECT_SHARE * (distinct + repeats)


def reconcile_day(
    event: str, day: date, counts: DayCounts, reported: int, *, is_read_again: bool
) -> DayReconciliation:
    """Compare a closed day; `is_read_again` tells that the next run's look-back covers it.

    Only a day that is read again has a tolerance, of one row or one in a hundred.
    """
    verdict = _verdict(counts, reported)
    missing = reported - counts.distinct - counts.repeats
    surplus = counts.distinct - reported
    tolerated = max(1, int(counts.distinct * TOLERATED_SHARE)) if is_read_again else 0
    if verdict in {Verdict.MISSING, Verdict.SURPLUS} and max(missing, surplus) <= tolerated:
        verdict = Verdict.LATE
    return DayReconciliation(event, day, counts.extracted, reported, verdict)


def _verdict(counts: DayCounts, reported: int) -> Verdict:
    if reported == counts.extracted:
        return Verdict.UNDECIDED if counts.is_suspect else Verdict.EQUAL
    if reported > counts.distinct + counts.repeats:
        return Verdict.MISSING
    if reported < counts.distinct:
        return Verdict.SURPLUS
    if counts.duplicates == "drop":
        return Verdict.DROPPED
    if counts.duplicates == "keep" and reported == counts.distinct:
        return Verdict.KEPT
    return Verdict.UNDECIDED


class DuplicateKind(Enum):
    """What identical rows of a day are."""

    GENUINE = "genuine"
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


@dataclass(slots=True)
class SliceResult:
    """What a slice came to: the repeats that go out, the proof of its days, its numbers.

    `identical` counts repeats by what they were: twins, API repeats, undecided, kept or dropped.
    `left_out` are the days whose repeats are left out, as the counts say, and `many_left_out` those
    of them on which they are many.
    """

    rows: list[bytes] = field(default_factory=list)
    days: list[DayReconciliation] = field(default_factory=list)
    identical: Counter[str] = field(default_factory=Counter)
    left_out: list[date] = field(default_factory=list)
    many_left_out: list[date] = field(default_factory=list)

    @property
    def is_doubtful(self) -> bool:
        """Whether a fresh count might change it.

        Repeats are left out only once a second count says so: a count that lags by as many rows as
        there are repeats would take users' actions for repeats of the API.
        """
        rests_on_count = DuplicateKind.UNDECIDED.value, DuplicateKind.API_REPEATS.value
        return any(self.identical[kind] for kind in rests_on_count) or any(
            one.verdict is not Verdict.EQUAL for one in self.days
        )

    @property
    def wrong(self) -> list[DayReconciliation]:
        """The days that differ beyond what is tolerated."""
        return [day for day in self.days if day.verdict.is_wrong]
