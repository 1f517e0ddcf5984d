"""Base stream of events, read slice by slice from an export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_clevertap.extraction.shared_export import SharedExport
from tap_clevertap.output.rows import events_by_day
from tap_clevertap.streams.base.bookmarked import BookmarkedStream

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence

    from tap_clevertap.output.rows import EventDay, Row


class SlicedStream(BookmarkedStream):
    """A stream of one or more events, with a bookmark for each.

    Several of them share one `shared_export`: the stream that is synced first writes the rows of
    all of them.
    """

    is_target_safe = True

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*arguments, **named)
        self.shared_export = SharedExport([self])
        self._is_schema_written = False

    @staticmethod
    @override
    def counter(rows: Sequence[Row]) -> Counter[EventDay]:
        return events_by_day(rows)

    def wants(self, event: str) -> bool:
        """Return whether a selected event is one of the stream's; by default all are."""
        return bool(event)

    @override
    def prepare(self) -> None:
        self.shared_export.prepare()

    @override
    def prefetch(self) -> None:
        self.shared_export.prefetch()

    @override
    def cancel(self) -> None:
        self.shared_export.cancel()

    def write_schema_once(self) -> None:
        """Write the stream's schema, unless it was written before."""
        if not self._is_schema_written:
            self._is_schema_written = True
            super()._write_schema_message()

    @override
    def _write_schema_message(self) -> None:
        self.shared_export.write_schema_once()

    @override
    def write_all(self) -> None:
        self.shared_export.write_all(self.name)

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        for _, rows in self.shared_export.pages():
            yield rows


def read_together(streams: Sequence[SlicedStream]) -> None:
    """Let streams share one export, read when the first of them is synced."""
    shared_export = SharedExport(streams)
    for one in streams:
        one.shared_export = shared_export
