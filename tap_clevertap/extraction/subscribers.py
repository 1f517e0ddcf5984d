"""The streams that the rows of an export go to, and how far each has had them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tap_clevertap.extraction.slices import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import date

    from tap_clevertap.extraction.bookmarks import Bookmarks


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A stream, the events that it wants, and its bookmarks.

    Bookmarks move `when_written`: when the rows before them are out; `write_state` follows.
    """

    events: Collection[str]
    bookmarks: Bookmarks
    when_written: Callable[[Callable[[], None]], None]
    write_state: Callable[[], None]


class Subscribers:
    """Streams that read an export together.

    Those that want an event and have had it up to the same day make one subject: it is read once.
    A stream that is new, or was left out for a while, is read for alone until it has caught up.
    """

    def __init__(self, by_name: Mapping[str, Subscriber]) -> None:
        """Put streams together, by their names."""
        self._by_name = by_name

    def subjects(self) -> list[Subject]:
        """Return what is to be read: each event, for those that have had as much of it."""
        events = dict.fromkeys(event for one in self._by_name.values() for event in one.events)
        return [subject for event in events for subject in self._subjects(event)]

    def _subjects(self, event: str) -> Iterable[Subject]:
        alike: dict[date | None, list[str]] = defaultdict(list)
        for name, one in self._by_name.items():
            if event in one.events:
                alike[one.bookmarks.last_closed(event)].append(name)
        return (Subject(event, tuple(names)) for names in alike.values())

    def last_closed(self, subject: Subject) -> date | None:
        """Return the last day that need not be read, but for the look-back; None at first.

        Raises:
            SettingError: The state says something that is no day.
        """
        return self._first(subject).bookmarks.last_closed(subject.event)

    def rows_a_day(self, subject: Subject) -> int | None:
        """Return how busy the event was when it was last read."""
        return self._first(subject).bookmarks.rows_a_day(subject.event)

    def close(self, subject: Subject, closed: date, rows_a_day: int) -> None:
        """Move bookmarks to a day once the rows up to it are written, and say so."""
        for one in self._of(subject):
            one.when_written(partial(one.bookmarks.move, subject.event, closed, rows_a_day))
        for one in self._of(subject):
            one.when_written(one.write_state)

    def end_backfill(self) -> None:
        """Take the marks of a finished back-fill away."""
        for one in self._by_name.values():
            one.when_written(one.bookmarks.end_backfill)
            one.when_written(one.write_state)

    def _of(self, subject: Subject) -> list[Subscriber]:
        return [self._by_name[name] for name in subject.streams]

    def _first(self, subject: Subject) -> Subscriber:
        return self._by_name[subject.streams[0]]
