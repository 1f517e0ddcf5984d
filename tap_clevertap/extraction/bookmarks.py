"""The bookmarks of a stream: for each event, or each query, its last closed day.

They live in the SDK's state, one partition an event. A back-fill keeps its own mark there, beside
the live bookmark, so that it can be killed and resumed too, and takes it away when it is done.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_clevertap.extraction.slices.window import Window

VALUE, RATE, BACKFILL = "replication_key_value", "rows_a_day", "backfill"


class Bookmarks:
    """Reads and moves the bookmarks of one stream."""

    def __init__(
        self,
        state: dict[str, Any],
        make_partition: Callable[[str], dict[str, Any]],
        replication_key: str,
        window: Window,
        *,
        key: str = "event_name",
    ) -> None:
        """Work on a stream's state; `make_partition` adds an event's entry to it.

        The context of an entry has the event, or whatever has a bookmark here, under `key`.
        """
        self._state = state
        self._make_partition = make_partition
        self._replication_key = replication_key
        self._window = window
        if not state.get("partitions"):
            state.pop("partitions", None)  # null would be in the SDK's way
        self._by_event = {
            str(one["context"][key]): one
            for one in state.get("partitions", [])
            if key in (one.get("context") or {})
        }

    def last_closed(self, event: str) -> date | None:
        """Return the last day that this run need not read, but for the look-back; None at first.

        Raises:
            SettingError: The state says something that is no day.
        """
        partition = self._by_event.get(event, {})
        if self._window.end is None:
            return _day(event, partition.get(VALUE))
        mark = partition.get(BACKFILL) or {}
        return _day(event, mark.get("closed")) if mark | self._bounds == mark else None

    def rows_a_day(self, event: str) -> int | None:
        """Return how busy the event was when it was last read."""
        rate = self._by_event.get(event, {}).get(RATE)
        return rate if isinstance(rate, int) else None

    def move(self, event: str, closed: date, rows_a_day: int | None = None) -> None:
        """Note that all days up to `closed` are read; never moves backwards."""
        if event not in self._by_event:
            self._by_event[event] = self._make_partition(event)
        partition = self._by_event[event]
        if self._window.end is not None:
            partition[BACKFILL] = self._bounds | {"closed": closed.isoformat()}
            return
        if rows_a_day is not None:
            partition[RATE] = rows_a_day
        if (before := _day(event, partition.get(VALUE))) is None or closed > before:
            partition["replication_key"] = self._replication_key
            partition[VALUE] = closed.isoformat()

    def end_backfill(self) -> None:
        """Take the marks of a finished back-fill away; the live bookmarks are as they were."""
        for partition in self._by_event.values():
            partition.pop(BACKFILL, None)
        kept = [one for one in self._by_event.values() if VALUE in one]
        if self._by_event:
            self._state["partitions"] = kept

    @property
    def _bounds(self) -> dict[str, str]:
        """The back-fill that the marks belong to."""
        return {"start": str(self._window.start), "end": str(self._window.end)}


class StreamBookmark(Bookmarks):
    """The one bookmark of a stream that is not partitioned; it stands in the stream's own state."""

    def __init__(
        self, state: dict[str, Any], stream: str, replication_key: str, window: Window
    ) -> None:
        super().__init__({}, lambda _: state, replication_key, window)
        self._by_event = {stream: state}

    @override
    def end_backfill(self) -> None:
        for entry in self._by_event.values():
            entry.pop(BACKFILL, None)


def _day(event: str, text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10]) if text else None
    except ValueError:
        msg = f"state: the bookmark of {event!r} is {text!r}, which is no day as YYYY-MM-DD"
        raise SettingError(msg) from None
