"""A stream of events, read from the export slice by slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_clevertap.extraction.shared_export import Joint
from tap_clevertap.streams.base.bookmarked import BookmarkedStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_clevertap.output.rows import Row


class SlicedStream(BookmarkedStream):
    """Rows of some events, with a bookmark for each event.

    It is read along with others where the tap has put them together in one `joint`.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - passed on
        """Make a stream that is read alone unless it is put together with others."""
        super().__init__(*arguments, **named)
        self.joint = Joint([self])
        self._is_introduced = False

    def wants(self, event: str) -> bool:
        """Tell whether an event that was chosen is one of the stream's; by itself each is."""
        return bool(event)

    @override
    def look_first(self) -> None:
        self.joint.look_first()

    def introduce(self) -> None:
        """Write the stream's schema, unless that was done."""
        if not self._is_introduced:
            self._is_introduced = True
            super()._write_schema_message()

    @override
    def _write_schema_message(self) -> None:
        self.joint.introduce()

    @override
    def write_all(self) -> None:
        self.joint.write_all(self.name)

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        for _, rows in self.joint.pages():
            yield rows


def read_together(streams: Sequence[SlicedStream]) -> None:
    """Have streams read by the first of them that has its turn."""
    joint = Joint(streams)
    for one in streams:
        one.joint = joint
