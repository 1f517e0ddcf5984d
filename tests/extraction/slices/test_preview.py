"""The plan of a run: what slices come to, event by event."""

from __future__ import annotations

from datetime import date

from tap_clevertap.extraction.slices.model import Slice
from tap_clevertap.extraction.slices.preview import EventPlan, event_plans, plan_lines


def day(number: int) -> date:
    """Return a day of July 2026."""
    return date(2026, 7, number)


SLICES = [
    Slice("Busy", day(1), day(2)),
    Slice("Busy", day(3), day(3)),
    Slice("Quiet", day(1), day(3)),
    Slice("Unknown", day(1), day(3)),
]
COUNTS = {
    SLICES[0].partition: {day(1): 6_000, day(3): 5_000},
    SLICES[2].partition: {},
    SLICES[3].partition: None,
}


def test_rows_and_requests_of_each_event() -> None:
    """Each slice takes the opening of its cursor, and its pages: one at least."""
    assert event_plans(SLICES, COUNTS, 5_000) == [
        EventPlan("Busy", 3, 11_000, 5),
        EventPlan("Quiet", 3, 0, 2),
        EventPlan("Unknown", 3, 0, 2, is_counted=False),
    ]


def test_the_open_day_has_rows_that_nobody_counts() -> None:
    """What comes until its end is not known."""
    (plan,) = event_plans([Slice("A", day(9), day(9), is_open=True)], {}, 10)
    assert not plan.is_counted


def test_lines_are_a_table() -> None:
    """Numbers stand under each other, and the time is told by the pace of an earlier run."""
    *table, time = plan_lines(event_plans(SLICES, COUNTS, 5_000), 400.0)
    assert table == [
        "event    days             rows    requests",
        "Busy        3           11,000           5",
        "Quiet       3                0           2",
        "Unknown     3       at least 0  at least 2",
        "in all      9  at least 11,000  at least 9",
    ]
    assert time == "about 1.0 hours at the pace of the last run"


def test_no_pace_is_no_estimate() -> None:
    """An account that was never read has none."""
    *_, last = plan_lines([], None)
    assert last.startswith("no estimate of the time")
