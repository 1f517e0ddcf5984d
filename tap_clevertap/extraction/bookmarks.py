"""The bookmarks of a stream: the last completed day of each event, or of each query.

They are stored in the SDK's state, one partition per event. A backfill keeps its own position
beside the incremental bookmark, so that it can be resumed, and removes it when it is complete.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_clevertap import logger
from tap_clevertap.errors import SettingError
from tap_clevertap.extraction.reconciliation.remembered_days import DAYS, RANGES, RememberedDays

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
        self._remembered: dict[str, RememberedDays] = {}
        if not state.get("partitions"):
            state.pop("partitions", None)  # the SDK cannot handle null
        self._by_event = {
            str(one["context"][key]): one
            for one in state.get("partitions", [])
            if key in (one.get("context") or {})
        }
        self._bring_back()

    def _bring_back(self) -> None:
        """Move bookmarks of the future to the last closed day: they would skip days to come."""
        if self._window.end is not None:
            return
        for event, entry in self._by_event.items():
            closed = None
            with suppress(SettingError):  # raised when the event is read
                closed = _day(event, entry.get(VALUE))
            if closed is not None and closed > self._window.today:
                entry[VALUE] = self._window.last_closed.isoformat()
                logger.warning(
                    "state: the bookmark of %r is %s, in the future; continuing from %s",
                    event,
                    closed,
                    entry[VALUE],
                )

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

    def remembered(self, event: str) -> RememberedDays:
        """Return the days of an event that did not add up."""
        if event not in self._remembered:
            entry = self._by_event.get(event, {})
            self._remembered[event] = RememberedDays(entry, self._window.today)
        return self._remembered[event]

    def store_remembered(self, event: str) -> None:
        """Put the days of an event that do not add up into the state."""
        kept = self.remembered(event).state()
        if kept and event not in self._by_event:
            self._by_event[event] = self._make_partition(event)
        if entry := self._by_event.get(event):
            for key in (DAYS, RANGES):
                entry.pop(key, None)
            entry.update(kept)

    def end_backfill(self) -> None:
        """Remove the positions of a completed backfill; incremental bookmarks stay unchanged."""
        for partition in self._by_event.values():
            partition.pop(BACKFILL, None)
        kept = [one for one in self._by_event.values() if one.keys() & {VALUE, DAYS, RANGES}]
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
        self._bring_back()

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
