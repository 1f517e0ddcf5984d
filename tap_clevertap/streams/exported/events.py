"""The events of CleverTap's own exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_clevertap.config.patterns import WILDCARDS
from tap_clevertap.files.names import in_file_names
from tap_clevertap.streams.base.columns import schema, text
from tap_clevertap.streams.base.exported import FILE_COLUMNS, ExportStream
from tap_clevertap.streams.events import EventsStream

if TYPE_CHECKING:
    from tap_clevertap.files.names import ExportName

ENVELOPE: dict[str, Any] = EventsStream.jsonschema["properties"]
SOURCE = text(
    "source",
    "What event_id is made of: `row`, the event itself, as in the stream events; `file`, also the "
    "place in the file, where the export does not carry the device or all values are text.",
)
FILE: dict[str, Any] = schema(SOURCE, *FILE_COLUMNS)["properties"]


class ExportedEventsStream(ExportStream):
    """Export files: events, notification events included, with the columns of `events`."""

    name = "exported_events"
    kind = "events"
    is_target_safe = True
    primary_keys = ("event_id",)
    jsonschema: ClassVar = {**EventsStream.jsonschema, "properties": {**ENVELOPE, **FILE}}

    @property
    @override
    def parallel(self) -> int:
        return self.exports.processes

    @override
    def has(self, name: ExportName) -> bool:
        if not super().has(name) or name.event is None:
            return super().has(name)
        patterns = self.run.settings.events
        is_open = any(WILDCARDS.search(pattern) for pattern in patterns)
        return is_open or name.event in {in_file_names(one) for one in patterns}
