"""The streams that the rows of an export go to, and how far each has had them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tap_clevertap.extraction.slices import Partition

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import date

    from tap_clevertap.extraction.bookmarks import Bookmarks


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A stream, the events that it wants, and its bookmarks.

    Bookmarks move `after_flush`: when the rows before them are out; `write_state` follows.
    """

    events: Collection[str]
    bookmarks: Bookmarks
    after_flush: Callable[[Callable[[], None]], None]
    write_state: Callable[[], None]


class Subscribers:
    """Streams that read an export together.

    Those that want an event and have had it up to the same day make one subject: it is read once.
    A stream that is new, or was left out for a while, is read for alone until it has caught up.
    """

    def __init__(self, by_name: Mapping[str, Subscriber]) -> None:
        """Put streams together, by their names."""
        self._by_name = by_name

    def partitions(self) -> list[Partition]:
        """Return what is to be read: each event, for those that have had as much of it."""
        events = dict.fromkeys(event for one in self._by_name.values() for event in one.events)
        return [partition for event in events for partition in self._partitions(event)]

    def _partitions(self, event: str) -> Iterable[Partition]:
        alike: dict[date | None, list[str]] = defaultdict(list)
        for name, one in self._by_name.items():
            if event in one.events:
                alike[one.bookmarks.last_closed(event)].append(name)
        return (Partition(event, tuple(names)) for names in alike.values())

    def last_closed(self, partition: Partition) -> date | None:
        """Return the last day that need not be read, but for the look-back; None at first.

        Raises:
            SettingError: The state says something that is no day.
        """
        return self._first(partition).bookmarks.last_closed(partition.event)

    def rows_a_day(self, partition: Partition) -> int | None:
        """Return how busy the event was when it was last read."""
        return self._first(partition).bookmarks.rows_a_day(partition.event)

    def close(self, partition: Partition, closed: date, rows_a_day: int) -> None:
        """Move bookmarks to a day once the rows up to it are written, and say so."""
        for one in self._of(partition):
            one.after_flush(partial(one.bookmarks.move, partition.event, closed, rows_a_day))
        for one in self._of(partition):
            one.after_flush(one.write_state)

    def end_backfill(self) -> None:
        """Take the marks of a finished back-fill away."""
        for one in self._by_name.values():
            one.after_flush(one.bookmarks.end_backfill)
            one.after_flush(one.write_state)

    def _of(self, partition: Partition) -> list[Subscriber]:
        return [self._by_name[name] for name in partition.streams]

    def _first(self, partition: Partition) -> Subscriber:
        return self._by_name[partition.streams[0]]
