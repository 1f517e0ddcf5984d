"""Waits: what is waited for now, and what has been."""

from __future__ import annotations

from tap_clevertap.api.waits import Waits


def test_what_is_waited_for_now_is_counted_by_reason() -> None:
    """Two requests that pause for one reason are two of it; one that goes on is none."""
    waits = Waits()
    waits.begin(1, "InProgress", 2)
    waits.begin(2, "InProgress", 2)
    waits.begin(3, "Pending", 1)
    waits.begin(1, "InProgress", 4)
    assert waits.now() == "2 x InProgress, 1 x Pending"
    waits.end(1)
    waits.end(2)
    waits.end(3)
    assert waits.now() == ""


def test_seconds_add_up_by_reason_from_any_moment() -> None:
    """A stream says what was waited since it began, not what another waited before."""
    waits = Waits()
    waits.begin(1, "InProgress", 2)
    before = dict(waits.seconds)
    waits.begin(1, "InProgress", 4)
    waits.begin(2, "TooManyRequests", 2.4)
    assert waits.since({}) == "InProgress 6 s, TooManyRequests 2 s"
    assert waits.since(before) == "InProgress 4 s, TooManyRequests 2 s"
    assert waits.since(dict(waits.seconds)) == ""
