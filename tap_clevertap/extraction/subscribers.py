"""Subscribers: the streams of an export, and which of them can read an event together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_clevertap.extraction.slices.model import Partition

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import date

    from tap_clevertap.extraction.bookmarks import Bookmarks


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A stream, the events that it wants, and its bookmarks.

    `after_flush` calls a function once all rows so far are written; `write_state` writes a STATE.
    """

    events: Collection[str]
    bookmarks: Bookmarks
    after_flush: Callable[[Callable[[], None]], None]
    write_state: Callable[[], None]


def partitions_of(subscribers: Mapping[str, Subscriber]) -> list[Partition]:
    """Return the partitions to read: each event, for the streams with the same bookmark.

    A stream that is new, or was deselected for a while, is read separately until it catches up.

    Raises:
        SettingError: The state holds something that is not a day.
    """
    events = dict.fromkeys(event for one in subscribers.values() for event in one.events)
    return [one for event in events for one in _partitions(event, subscribers)]


def exported_before(subscribers: Mapping[str, Subscriber]) -> set[str]:
    """Return the events of which earlier runs have exported rows."""
    return {
        event
        for one in subscribers.values()
        for event in one.events
        if one.bookmarks.rows_a_day(event)
    }


def _partitions(event: str, subscribers: Mapping[str, Subscriber]) -> Iterable[Partition]:
    alike: dict[date | None, list[str]] = defaultdict(list)
    for name, one in subscribers.items():
        if event in one.events:
            alike[one.bookmarks.last_closed(event)].append(name)
    return (Partition(event, tuple(names)) for names in alike.values())
