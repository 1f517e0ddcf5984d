"""What was extracted against what CleverTap counts: pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

TOLERATED_SHARE = 0.01


class Verdict(Enum):
    """What a day's two numbers mean.

    `EQUAL`: as many rows as reported. `MORE`: more rows, which arrived after CleverTap counted.
    `LATE`: a few rows less on a day inside the look-back, which arrived after the rows were read
    and come with the next run. `MISSING`: rows are missing. `UNKNOWN`: CleverTap did not count.
    """

    EQUAL = "equal"
    MORE = "more"
    LATE = "late"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DayProof:
    """One event and day: rows extracted, rows reported, and what that means."""

    event: str
    day: date
    extracted: int
    reported: int | None
    verdict: Verdict

    @property
    def difference(self) -> int | None:
        """Rows extracted beyond those reported; negative where rows are missing."""
        return None if self.reported is None else self.extracted - self.reported


def prove(
    event: str, day: date, extracted: int, reported: int | None, *, is_read_again: bool
) -> DayProof:
    """Judge a closed day; `is_read_again` tells that the next run's look-back covers it.

    Only such a day has a tolerance, of one row or one in a hundred: rows keep arriving between
    the moment of reading and the moment of counting.
    """
    return DayProof(event, day, extracted, reported, _verdict(extracted, reported, is_read_again))


def _verdict(extracted: int, reported: int | None, is_read_again: bool) -> Verdict:  # noqa: FBT001 - private
    if reported is None:
        return Verdict.UNKNOWN
    if extracted >= reported:
        return Verdict.EQUAL if extracted == reported else Verdict.MORE
    tolerated = max(1, int(reported * TOLERATED_SHARE))
    is_late = is_read_again and reported - extracted <= tolerated
    return Verdict.LATE if is_late else Verdict.MISSING


class Repeats(Enum):
    """What identical rows of a day are."""

    TWINS = "twins"
    API_REPEATS = "API repeats"
    UNDECIDED = "undecided"


def tell_repeats(distinct: int, repeats: int, reported: int | None) -> Repeats:
    """Tell whether people did the same thing twice in a second, or the API told it twice.

    CleverTap's count of the day decides: it counts the one and not the other.
    """
    if reported == distinct + repeats:
        return Repeats.TWINS
    if reported == distinct:
        return Repeats.API_REPEATS
    return Repeats.UNDECIDED
