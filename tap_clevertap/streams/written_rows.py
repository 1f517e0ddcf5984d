"""What this run wrote, for a check of what arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_clevertap.streams.base.columns import day, instant, integer, schema, text
from tap_clevertap.streams.base.stream import ClevertapStream

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence

    from tap_clevertap.output.rows import EventDay, Row
    from tap_clevertap.output.written_rows import Written


class WrittenRowsStream(ClevertapStream):
    """The number of rows that this run wrote, by stream, and for events by event and day.

    It is the last stream of a run; the check of arrival holds the tables against it.
    """

    name = "written_rows"
    primary_keys = ("entry_id",)
    replication_key = "run_started_at"
    jsonschema: ClassVar = schema(
        text("entry_id", "Start of the run, stream, event and day, with slashes.", required=True),
        instant("run_started_at", "Start time of the run, in UTC."),
        text("stream", "Name of the stream, which is that of its table.", required=True),
        text("event_name", "Name of the event; NULL where the stream is not one of events."),
        day("date", "Date of the events in the account's time zone."),
        integer("row_count", "Number of rows written."),
        integer("entries", "Number of rows of this stream that the run wrote."),
    )

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        started_at = self.run.now.isoformat()
        counts = self.run.written_rows.counts
        entries = [_row(one, number, started_at) for one, number in sorted(counts.items(), key=str)]
        yield [entry | {"entries": len(entries)} for entry in entries]

    @override
    def note_written(self, name: str, rows: Counter[EventDay]) -> None:
        """Leave the entries themselves out."""


def _row(written: Written, number: int, started_at: str) -> dict[str, object]:
    return {
        "entry_id": "/".join((started_at, *(part or "" for part in written))),
        "run_started_at": started_at,
        "stream": written.stream,
        "event_name": written.event,
        "date": written.day,
        "row_count": number,
    }
