"""Days that differ: what the state remembers of them, for how long, and what is read again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tap_clevertap.extraction.reconciliation.remembered_days import (
    DAYS,
    NIGHTS,
    RANGES,
    Remembered,
    RememberedDays,
    remembered_in,
)

TODAY = date(2026, 7, 10)
JUNE = [date(2026, 6, day) for day in range(1, 31)]


def on_night(number: int, state: dict[str, Any] | None = None) -> RememberedDays:
    """Return what a state remembers, as the run of a night after the first has it."""
    return RememberedDays(state or {}, TODAY + timedelta(days=number))


def ranged(first: date, last: date, nights: int = 0, on: date = TODAY) -> dict[str, Any]:
    """Return a range as the state has it."""
    return {"first": str(first), "last": str(last), "nights": nights, "on": str(on)}


def test_a_day_is_noted_once_a_night_and_given_up_after_the_seventh() -> None:
    """Several runs of a day are one night; what is given up is not named again in that run."""
    state: dict[str, Any] = {}
    for night in range(NIGHTS + 1):
        for _ in range(2):
            days = on_night(night, state)
            assert days.note(JUNE[0]) == (JUNE[0], JUNE[0], NIGHTS - night)
            if night < NIGHTS:
                state = days.state()
                assert state == {
                    DAYS: {"2026-06-01": {"nights": night, "on": str(TODAY + timedelta(night))}}
                }
    assert days.state() == {}
    assert days.note(JUNE[0]) is None
    assert days.note_range([JUNE[0]]) == []


def test_days_of_an_event_that_differs_on_most_become_one_range() -> None:
    """However the slices come that note them; its first and last day are read again."""
    days = on_night(0)
    assert days.note_range(JUNE[10:12]) == []
    assert days.note_range(JUNE[:4]) == []
    assert days.note_range(JUNE[20:]) == []
    assert days.ranges == [Remembered(JUNE[0], JUNE[-1], NIGHTS)]
    assert days.to_read == [JUNE[0], JUNE[-1]]
    assert days.state() == {RANGES: [ranged(JUNE[0], JUNE[-1])]}
    assert remembered_in(days.state()) == JUNE


def test_a_range_of_two_days_stands_as_days() -> None:
    """Sampling them would be reading them."""
    days = on_night(0)
    days.note_range(JUNE[:2])
    assert list(days.state()) == [DAYS]
    assert on_night(1, days.state()).to_read == JUNE[:2]


def test_a_new_range_is_not_named_while_it_grows() -> None:
    """Not as a day either, where its first slice has one that differs."""
    days = on_night(0)
    assert days.note_range(JUNE[:1]) == []
    assert days.note_range(JUNE[1:]) == []
    assert days.ranges == [(JUNE[0], JUNE[-1], NIGHTS)]


def test_a_single_day_is_not_lost_in_a_range() -> None:
    """It is named, and keeps its own nights."""
    state = {DAYS: {str(JUNE[5]): {"nights": 3, "on": str(TODAY)}}}
    days = on_night(1, state)
    assert days.note_range(JUNE) == [(JUNE[5], JUNE[5], NIGHTS - 4)]
    assert days.ranges == [(JUNE[0], JUNE[-1], NIGHTS)]
    assert days.state()[DAYS] == {str(JUNE[5]): {"nights": 4, "on": "2026-07-11"}}


def test_a_right_sample_frees_the_whole_range() -> None:
    """All its other days are to be read, once; those that differ then are single days."""
    days = on_night(1, {RANGES: [ranged(JUNE[0], JUNE[-1])]})
    assert days.forget(JUNE[-1])
    assert days.take_expanded() == JUNE[:-1]
    assert days.take_expanded() == []
    assert days.note(JUNE[3]) == (JUNE[3], JUNE[3], NIGHTS - 1)
    assert all(days.forget(day) for day in JUNE[:-1] if day != JUNE[3])
    assert not days.forget(JUNE[10])
    assert days.state() == {DAYS: {str(JUNE[3]): {"nights": 1, "on": "2026-07-11"}}}


def test_a_range_whose_samples_alone_are_right_is_a_range_again() -> None:
    """Reading all of it every night would cost as much as a backfill, and the nights go on."""
    days = on_night(3, {RANGES: [ranged(JUNE[0], JUNE[-1], nights=2)]})
    days.forget(JUNE[0])
    days.forget(JUNE[-1])
    assert days.take_expanded() == JUNE[1:]
    assert days.note_range(JUNE[1:15]) == []
    assert days.note_range(JUNE[15:-1]) == []
    assert days.state() == {RANGES: [ranged(JUNE[1], JUNE[-2], 3, TODAY + timedelta(3))]}


def test_a_range_is_given_up_as_one() -> None:
    """After the seventh night, whether its samples differ or it was read in full."""
    state = {RANGES: [ranged(JUNE[0], JUNE[-1], nights=NIGHTS - 1)]}
    sampled = on_night(7, state)
    assert sampled.note(JUNE[0]) == (JUNE[0], JUNE[-1], 0)
    assert sampled.note(JUNE[-1]) is None
    assert sampled.state() == {}
    whole = on_night(7, state)
    whole.forget(JUNE[0])
    assert whole.note_range(JUNE[1:]) == [(JUNE[1], JUNE[-1], 0)]
    assert whole.state() == {}


def test_a_range_of_this_run_is_not_freed_by_its_right_days() -> None:
    """Days that are right among those that differ are why it is one range."""
    days = on_night(0)
    days.note_range([JUNE[0], JUNE[-1]])
    assert not days.forget(JUNE[10])
    assert days.take_expanded() == []
    assert days.ranges == [(JUNE[0], JUNE[-1], NIGHTS)]


@pytest.mark.parametrize(
    "entry",
    [
        {DAYS: None, RANGES: None},
        {DAYS: [], RANGES: {}},
        {DAYS: {"yesterday": {}}, RANGES: ["2026-06-01", {}, {"first": "2026-06-01"}]},
        {DAYS: {"2026-06-01": {"nights": "many"}}},
        {RANGES: [ranged(JUNE[5], JUNE[0])]},
    ],
)
def test_what_is_malformed_in_a_state_is_left_out(entry: dict[str, Any]) -> None:
    """A state may have been edited by hand."""
    assert RememberedDays(entry, TODAY).state() == {}
    assert remembered_in(entry) == []


def test_the_state_of_an_earlier_version_is_read() -> None:
    """It has single days alone, some without their nights."""
    days = on_night(1, {DAYS: {"2026-06-01": {"nights": 6, "on": str(TODAY)}, "2026-06-02": None}})
    assert days.to_read == JUNE[:2]
    assert days.note(JUNE[0]) == (JUNE[0], JUNE[0], 0)
    assert days.note(JUNE[1]) == (JUNE[1], JUNE[1], NIGHTS - 1)
