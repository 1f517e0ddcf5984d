"""Subscribers: who has had as much of an event is read for together."""

from __future__ import annotations

from datetime import date
from typing import Any

from tap_clevertap.extraction.bookmarks import Bookmarks
from tap_clevertap.extraction.slices.model import Partition
from tap_clevertap.extraction.slices.window import Window
from tap_clevertap.extraction.subscribers import Subscriber, partitions_of

WINDOW = Window(date(2026, 7, 1), date(2026, 7, 10))


def subscriber(closed: dict[str, str | None]) -> Subscriber:
    """Return a stream that has had some events up to a day."""
    partitions: list[dict[str, Any]] = [
        {"context": {"event_name": event}, "replication_key_value": day}
        for event, day in closed.items()
    ]
    marks = Bookmarks({"partitions": partitions}, lambda _: {}, "event_date", WINDOW)
    return Subscriber(list(closed), marks, lambda _: None, lambda: None)


def test_an_event_is_read_once_for_all_who_are_as_far() -> None:
    """Streams with the same bookmark make one partition; one that is behind makes its own."""
    subscribers = {
        "every": subscriber({"A": "2026-07-08", "B": "2026-07-08"}),
        "old": subscriber({"A": "2026-07-08"}),
        "new": subscriber({"B": None}),
    }
    assert partitions_of(subscribers) == [
        Partition("A", ("every", "old")),
        Partition("B", ("every",)),
        Partition("B", ("new",)),
    ]
