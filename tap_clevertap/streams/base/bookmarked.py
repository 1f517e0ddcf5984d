"""Streams with bookmarks of days: one for the stream, or one for each event or query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_clevertap.extraction.bookmarks import Bookmarks, StreamBookmark
from tap_clevertap.extraction.checkpoint import Checkpoint
from tap_clevertap.extraction.subscribers import Subscriber
from tap_clevertap.output.writer import ChangedStateWriter
from tap_clevertap.streams.base.stream import ClevertapStream

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_clevertap.extraction.slices.window import Window


class CheckpointedStream(ClevertapStream):
    """A stream with one bookmark: its last completed day."""

    def bookmarks(self, window: Window) -> Bookmarks:
        """Return the bookmarks; a full-table run starts without them, a backfill keeps them."""
        if self._starts_anew(window):
            self.stream_state.pop("replication_key_value", None)
        return StreamBookmark(self.stream_state, self.name, str(self.replication_key), window)

    def subscriber(self, window: Window, events: Collection[str] = ()) -> Subscriber:
        """Return the stream's side of a checkpoint: its bookmarks, and how they are written."""
        return Subscriber(events, self.bookmarks(window), self.after_flush, self.write_state)

    def checkpoint(self, window: Window) -> Checkpoint:
        """Return a checkpoint for this stream alone."""
        return Checkpoint({self.name: self.subscriber(window)})

    def write_state(self) -> None:
        """Write a STATE message, unless the last one is recent enough."""
        self.state_manager.is_flushed = False  # the SDK does not notice that a bookmark has moved
        writer = self._tap.state_writer
        if not isinstance(writer, ChangedStateWriter) or writer.is_due:
            self._write_state_message()

    def _starts_anew(self, window: Window) -> bool:
        return self.replication_method == "FULL_TABLE" and window.end is None


class BookmarkedStream(CheckpointedStream):
    """A stream with a bookmark for each event, or query, in the SDK's state partitions.

    The only entry of `state_partitioning_keys` is the key of a partition.
    """

    state_partitioning_keys = ("event_name",)

    @override
    def bookmarks(self, window: Window) -> Bookmarks:
        if self._starts_anew(window):
            self.stream_state.pop("partitions", None)
        (key,) = self.state_partitioning_keys
        return Bookmarks(
            self.stream_state,
            lambda partition: self.get_context_state({key: partition}),
            str(self.replication_key),
            window,
            key=key,
        )
