"""What the SDK would do with bookmarks and partitions by itself, switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from typing_extensions import override

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Context, Record


class UnpartitionedStream(Stream):
    """A stream that reads its partitions and moves its bookmarks itself."""

    @property
    def partitions(self) -> None:  # the SDK would sync the stream once for each bookmark
        """None: a stream reads all its partitions in one sync."""

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """None: bookmarks are completed days, so they need no upper limit."""

    @override
    def _increment_stream_state(self, latest_record: Record, *, context: Any = None) -> None:
        """Do nothing: bookmarks move when slices are completed, not with records."""
