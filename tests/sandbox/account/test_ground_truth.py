"""What really happened."""

from __future__ import annotations

from datetime import date

from tap_clevertap.sandbox import Device, Event, Person, World
from tap_clevertap.sandbox.account import ground_truth
from tap_clevertap.sandbox.account.models import epoch

FIRST, LAST = date(2026, 7, 1), date(2026, 7, 2)
MIDNIGHT = epoch("2026-07-02T00:00:00", "Asia/Kolkata")


def world() -> World:
    """Return an account with two devices and an event at and before midnight."""
    account = World("Asia/Kolkata", [Person([Device("a", "iOS"), Device("b", "Web")])])
    account.add(Event("Viewed", MIDNIGHT, 0, 1, {"n": 1}, {"session_source": "Direct"}))
    account.add(Event("Viewed", MIDNIGHT - 1, 0, 0, {"n": 2}, arrived_at=MIDNIGHT + 10))
    return account


def test_rows_tell_what_a_record_is_known_by() -> None:
    """Local digits, instant, device, properties."""
    assert ground_truth.rows(world(), "Viewed", FIRST, LAST, MIDNIGHT + 10) == [
        {
            "ts": 20260701235959,
            "at": MIDNIGHT - 1,
            "object_id": "a",
            "event_props": {"n": 2},
            "session_props": None,
        },
        {
            "ts": 20260702000000,
            "at": MIDNIGHT,
            "object_id": "b",
            "event_props": {"n": 1},
            "session_props": {"session_source": "Direct"},
        },
    ]


def test_rows_are_of_the_asked_days_and_moment() -> None:
    """Late ones are not there yet."""
    assert ground_truth.rows(world(), "Viewed", FIRST, FIRST, MIDNIGHT) == []
    assert len(ground_truth.rows(world(), "Viewed", FIRST, LAST, MIDNIGHT)) == 1


def test_counts_are_by_local_day() -> None:
    """Days without events are left out."""
    assert ground_truth.counts(world(), MIDNIGHT) == {"Viewed": {"20260702": 1}}
    whole = {"Viewed": {"20260701": 1, "20260702": 1}}
    assert ground_truth.counts(world(), MIDNIGHT + 10) == whole
    assert ground_truth.counts(world(), MIDNIGHT + 10, LAST, LAST) == {"Viewed": {"20260702": 1}}
