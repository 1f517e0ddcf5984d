"""A stream of events, read from the export slice by slice."""

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
    """Rows of some events, with a bookmark for each event.

    It is read along with others where the tap has put them together in one `shared_export`.
    """

    is_target_safe = True

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*arguments, **named)
        self.shared_export = SharedExport([self])
        self._is_introduced = False

    @staticmethod
    @override
    def counter(rows: Sequence[Row]) -> Counter[EventDay]:
        return events_by_day(rows)

    def wants(self, event: str) -> bool:
        """Tell whether an event that was chosen is one of the stream's; by itself each is."""
        return bool(event)

    @override
    def prepare(self) -> None:
        self.shared_export.prepare()

    def write_schema_once(self) -> None:
        """Write the stream's schema, unless that was done."""
        if not self._is_introduced:
            self._is_introduced = True
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
    """Have streams read by the first of them that has its turn."""
    shared_export = SharedExport(streams)
    for one in streams:
        one.shared_export = shared_export
