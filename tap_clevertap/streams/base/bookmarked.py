"""A stream with a bookmark for each event, or each query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clevertap.extraction.bookmarks import Bookmarks
from tap_clevertap.streams.base.stream import ClevertapStream

if TYPE_CHECKING:
    from tap_clevertap.extraction.slices import Window


class BookmarkedStream(ClevertapStream):
    """Keeps for each event its last closed day, in the SDK's state partitions.

    What a partition belongs to is the one entry of `state_partitioning_keys`.
    """

    state_partitioning_keys = ("event_name",)

    def bookmarks(self, window: Window) -> Bookmarks:
        """Return the bookmarks; a full-table run begins without, a back-fill leaves them alone."""
        if self.replication_method == "FULL_TABLE" and window.end is None:
            self.stream_state.pop("partitions", None)
        (key,) = self.state_partitioning_keys
        return Bookmarks(
            self.stream_state,
            lambda partition: self.get_context_state({key: partition}),
            str(self.replication_key),
            window,
            key=key,
        )

    def write_state(self) -> None:
        """Write a STATE message; the SDK would not see that a bookmark has moved."""
        self.state_manager.is_flushed = False
        self._write_state_message()
