"""Subscribers: the streams of an export, and which of them can read an event together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tap_clevertap.extraction.slices.model import Partition

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date

    from tap_clevertap.extraction.bookmarks import Bookmarks
    from tap_clevertap.extraction.run import Run
    from tap_clevertap.extraction.slices.window import Window
    from tap_clevertap.output.rows import Row


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A stream, the events that it wants, and its bookmarks.

    `after_flush` calls a function once all rows so far are written; `write_state` writes a STATE.
    """

    events: Collection[str]
    bookmarks: Bookmarks
    after_flush: Callable[[Callable[[], None]], None]
    write_state: Callable[[], None]


class ExportConsumer(Protocol):
    """A stream that events are written to."""

    name: str

    @property
    def run(self) -> Run:
        """What the streams of the run share."""

    @property
    def replication_method(self) -> str:
        """INCREMENTAL or FULL_TABLE."""

    @property
    def stream_state(self) -> dict[str, Any]:
        """The stream's part of the state."""

    def wants(self, event: str) -> bool:
        """Return whether an event is one of the stream's."""

    def write_schema_once(self) -> None:
        """Write the stream's schema, unless it was written before."""

    def open_writer(self) -> AbstractContextManager[Callable[[Sequence[Row]], None]]:
        """Return a context with a function that writes the stream's rows."""

    def transform(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return rows, each as finished JSON, in the form that the stream writes."""

    @property
    def transforms(self) -> bool:
        """Whether the stream changes rows before it writes them."""

    def subscriber(self, window: Window, events: Collection[str]) -> Subscriber:
        """Return the stream's side of a checkpoint: its bookmarks, and how they are written."""

    @property
    def buffered_rows(self) -> int:
        """The number of rows that are not written yet."""

    def flush(self) -> None:
        """Write the buffered rows."""


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
