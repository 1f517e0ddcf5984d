"""Streams of single events from export files, with a typed column for each property."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_clevertap.config.patterns import EventPatterns
from tap_clevertap.files.names import in_file_names
from tap_clevertap.streams.exported.events import FILE, ExportedEventsStream
from tap_clevertap.streams.typed_events import RESERVED_COLUMNS, TypedEventStream

if TYPE_CHECKING:
    from tap_clevertap.files.names import ExportName

RESERVED_IN_FILES = RESERVED_COLUMNS | FILE.keys()
"""Columns that every exported event has; a property with such a name gets a prefix."""


class ExportedTypedStream(TypedEventStream, ExportedEventsStream):
    """One event of `typed_events`, from export files: `exported_events`, and its properties."""

    reserved_columns = RESERVED_IN_FILES

    @override
    def has(self, name: ExportName) -> bool:
        files = {in_file_names(event) for event in self.event_names}
        return super().has(name) and (name.event is None or name.event in files)

    @property
    @override
    def patterns(self) -> EventPatterns:
        return EventPatterns(tuple(self.event_names))
