"""Proof: what a day's two numbers mean."""

from __future__ import annotations

from datetime import date

import pytest

from tap_clevertap.extraction.reconciliation.verdicts import (
    DayCounts,
    DayReconciliation,
    DuplicateKind,
    Verdict,
    classify_duplicates,
    reconcile_day,
)

DAY = date(2026, 7, 1)


def judged(  # noqa: PLR0913 - the numbers of a day
    distinct: int,
    reported: int,
    *,
    repeats: int = 0,
    duplicates: str = "reconcile",
    is_read_again: bool = False,
    is_confirmed: bool = False,
    has_repeated_page: bool = False,
) -> DayReconciliation:
    """Compare a day whose repeats went out where the setting, or else the counts, keep them."""
    kind = classify_duplicates(distinct, repeats, reported)
    is_dropped = duplicates == "drop" or (
        duplicates == "reconcile" and kind is DuplicateKind.API_REPEATS
    )
    extracted = distinct + (0 if is_dropped else repeats)
    counts = DayCounts(
        distinct,
        repeats,
        extracted,
        is_confirmed=is_confirmed,
        has_repeated_page=has_repeated_page,
        duplicates=duplicates,
    )
    return reconcile_day("E", DAY, counts, reported, is_read_again=is_read_again)


@pytest.mark.parametrize(
    ("distinct", "repeats", "reported", "verdict"),
    [
        (100, 0, 100, Verdict.EQUAL),
        (100, 0, 101, Verdict.MISSING),
        (100, 0, 99, Verdict.SURPLUS),
        (100, 5, 100, Verdict.EQUAL),
        (100, 5, 103, Verdict.UNDECIDED),
        (100, 5, 105, Verdict.EQUAL),
        (100, 5, 106, Verdict.MISSING),
        (100, 5, 99, Verdict.SURPLUS),
    ],
)
def test_a_closed_day_has_no_tolerance(
    distinct: int, repeats: int, reported: int, verdict: Verdict
) -> None:
    """CleverTap counts the different rows or all of them; a number in between decides nothing."""
    day = judged(distinct, reported, repeats=repeats)
    assert day.verdict is verdict
    assert (day.verdict is Verdict.EQUAL) == (day.difference == 0)


@pytest.mark.parametrize(
    ("duplicates", "reported", "verdict"),
    [
        ("drop", 1, Verdict.EQUAL),
        ("drop", 2, Verdict.DROPPED),
        ("drop", 3, Verdict.MISSING),
        ("drop", 0, Verdict.SURPLUS),
        ("keep", 1, Verdict.KEPT),
        ("keep", 3, Verdict.MISSING),
        ("keep", 0, Verdict.SURPLUS),
    ],
)
def test_what_the_setting_makes_is_neither_equal_nor_wrong(
    duplicates: str, reported: int, verdict: Verdict
) -> None:
    """Of two identical rows one was dropped, or one too many kept: verdicts of their own."""
    day = judged(1, reported, repeats=1, duplicates=duplicates)
    assert day.verdict is verdict
    assert (day.verdict is Verdict.EQUAL) == (day.difference == 0)
    assert not {one for one in (Verdict.DROPPED, Verdict.KEPT) if one.is_wrong}


@pytest.mark.parametrize(
    ("distinct", "repeats", "is_confirmed", "verdict"),
    [
        (1650, 550, False, Verdict.UNDECIDED),
        (1650, 550, True, Verdict.EQUAL),
        (100, 12, False, Verdict.UNDECIDED),
        (100, 12, True, Verdict.EQUAL),
        (1, 1, True, Verdict.EQUAL),
        (100, 11, False, Verdict.EQUAL),
    ],
)
def test_many_repeats_may_stand_for_a_lost_page(
    distinct: int, repeats: int, *, is_confirmed: bool, verdict: Verdict
) -> None:
    """More than a tenth is undecided, unless a second reading had the same."""
    reported = distinct + repeats
    day = judged(distinct, reported, repeats=repeats, is_confirmed=is_confirmed)
    assert day.verdict is verdict


@pytest.mark.parametrize("is_confirmed", [False, True])
@pytest.mark.parametrize(
    ("repeats", "reported", "verdict"),
    [(2, 102, Verdict.UNDECIDED), (2, 100, Verdict.EQUAL), (0, 100, Verdict.EQUAL)],
)
def test_a_page_that_came_twice_may_stand_for_a_lost_one(
    repeats: int, reported: int, verdict: Verdict, *, is_confirmed: bool
) -> None:
    """However few its rows are, if the counts want them; two readings may have had it twice."""
    day = judged(100, reported, repeats=repeats, is_confirmed=is_confirmed, has_repeated_page=True)
    assert day.verdict is verdict


@pytest.mark.parametrize(
    ("distinct", "reported", "verdict"),
    [
        (10, 11, Verdict.LATE),
        (10, 12, Verdict.MISSING),
        (1000, 1010, Verdict.LATE),
        (1000, 990, Verdict.LATE),
        (1000, 1011, Verdict.MISSING),
        (1000, 989, Verdict.SURPLUS),
    ],
)
def test_a_day_that_is_read_again_may_differ_by_one_in_a_hundred(
    distinct: int, reported: int, verdict: Verdict
) -> None:
    """One row, or one in a hundred, is late; beyond that something is wrong."""
    assert judged(distinct, reported, is_read_again=True).verdict is verdict


def test_what_is_no_proof_is_wrong() -> None:
    """Nobody has to look at the others."""
    right = [one for one in Verdict if not one.is_wrong]
    assert right == [Verdict.EQUAL, Verdict.LATE, Verdict.DROPPED, Verdict.KEPT]


def test_the_difference_has_a_sign() -> None:
    """Negative where rows are missing."""
    assert [judged(10, n).difference for n in (12, 10, 9)] == [-2, 0, 1]
    assert (
        str(judged(1000, 1200)) == "'E' 2026-07-01: 1,000 rows extracted, 1,200 reported (missing)"
    )


@pytest.mark.parametrize(
    ("reported", "what"),
    [
        (12, DuplicateKind.GENUINE),
        (10, DuplicateKind.API_REPEATS),
        (11, DuplicateKind.UNDECIDED),
        (None, DuplicateKind.UNDECIDED),
    ],
)
def test_the_count_tells_twins_from_repeats(reported: int | None, what: DuplicateKind) -> None:
    """Ten different rows and two repeats: twelve means twins, ten means the API's."""
    assert classify_duplicates(10, 2, reported) is what
