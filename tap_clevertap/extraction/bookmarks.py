"""The bookmarks of a stream: the last completed day of each event, or of each query.

They are stored in the SDK's state, one partition per event. A backfill keeps its own position
beside the incremental bookmark, so that it can be resumed, and removes it when it is complete.
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
        """Read and write a stream's `state`; `make_partition` adds the entry of an event to it.

        The context of an entry has the event, or the name of the query, under `key`.
        """
        self._state = state
        self._make_partition = make_partition
        self._replication_key = replication_key
        self._window = window
        if not state.get("partitions"):
            state.pop("partitions", None)  # the SDK cannot handle null
        self._by_event = {
            str(one["context"][key]): one
            for one in state.get("partitions", [])
            if key in (one.get("context") or {})
        }

    def last_closed(self, event: str) -> date | None:
        """Return the last completed day; None if the event has no bookmark.

        Raises:
            SettingError: The bookmark in the state is not a date.
        """
        partition = self._by_event.get(event, {})
        if self._window.end is None:
            return _day(event, partition.get(VALUE))
        mark = partition.get(BACKFILL) or {}
        return _day(event, mark.get("closed")) if mark | self._bounds == mark else None

    def rows_a_day(self, event: str) -> int | None:
        """Return the event's rows per day in the last run."""
        rate = self._by_event.get(event, {}).get(RATE)
        return rate if isinstance(rate, int) else None

    def move(self, event: str, closed: date, rows_a_day: int | None = None) -> None:
        """Set the bookmark to `closed`, up to which all days are complete; never moves back."""
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
        """Remove the positions of a completed backfill; incremental bookmarks stay unchanged."""
        for partition in self._by_event.values():
            partition.pop(BACKFILL, None)
        kept = [one for one in self._by_event.values() if VALUE in one]
        if self._by_event:
            self._state["partitions"] = kept

    @property
    def _bounds(self) -> dict[str, str]:
        """The dates of the backfill that the positions belong to."""
        return {"start": str(self._window.start), "end": str(self._window.end)}


class StreamBookmark(Bookmarks):
    """The bookmark of a stream without partitions, in the stream's own state."""

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
        msg = (
            f"state: the bookmark of {event!r}, {text!r}, is not a valid date; expected YYYY-MM-DD"
        )
        raise SettingError(msg) from None
