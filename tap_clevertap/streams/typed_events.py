"""Typed event streams: one event each, with a typed column for each property."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_clevertap import logger
from tap_clevertap.output.rows import as_json
from tap_clevertap.records.column_types import Column, ColumnType
from tap_clevertap.records.typed_columns import TypedColumns
from tap_clevertap.streams.base.columns import boolean, instant, integer, number, schema, text
from tap_clevertap.streams.events import EventsStream

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Collection, Mapping, Sequence

    from singer_sdk import Tap

    from tap_clevertap.extraction.run import Run
    from tap_clevertap.output.rows import Row


ENVELOPE: dict[str, Any] = EventsStream.jsonschema
RESERVED_COLUMNS = frozenset(ENVELOPE["properties"])
"""Columns that every event has; a property with such a name gets a prefix."""

MAX_LISTED = 8
COLUMNS = {
    ColumnType.BOOLEAN: boolean,
    ColumnType.INTEGER: integer,
    ColumnType.NUMBER: number,
    ColumnType.INSTANT: instant,
    ColumnType.TEXT: text,
}


class TypedStream(EventsStream):
    """One event of `typed_events`: the columns of `events`, and one for each property.

    `events` are event names that differ only in case, spaces and punctuation.
    """

    def __init__(
        self,
        tap: Tap,
        run: Callable[[], Run],
        *,
        name: str,
        events: Collection[str],
        columns: Mapping[str, Column],
    ) -> None:
        self.event_names = events
        self._kinds = {one: column.kind for one, column in columns.items()}
        super().__init__(tap, run, name=name, schema=_with_columns(columns))

    @override
    def wants(self, event: str) -> bool:
        return event in self.event_names

    @property
    @override
    def transforms(self) -> bool:
        return True

    @override
    def transform(self, rows: Sequence[Row]) -> Sequence[Row]:
        return self._typed([as_json(row) for row in super().transform(rows)])

    @cached_property
    def _typed(self) -> TypedColumns:
        return TypedColumns(self._kinds, RESERVED_COLUMNS)

    @override
    def write_all(self) -> None:
        super().write_all()
        typed = self._typed
        if typed.unknown:
            what = "%s: %d property values have no column; re-run discovery to add them"
            logger.warning(what, self.name, typed.unknown)
        if typed.cast_failures:
            what = "%s: values that do not fit their column (kept in event_props): %s"
            logger.warning(what, self.name, _most(typed.cast_failures))
        if typed.collisions:
            what = "%s: column name collisions (values kept in event_props): %s"
            logger.warning(what, self.name, _most(typed.collisions))


def _most(counts: Counter[str]) -> str:
    return ", ".join(
        f"{name!r} {number:,} times" for name, number in counts.most_common(MAX_LISTED)
    )


def _with_columns(columns: Mapping[str, Column]) -> dict[str, Any]:
    """Return the schema of the `events` stream with added columns."""
    added = schema(
        *(COLUMNS[column.kind](name, _description(column)) for name, column in columns.items())
    )
    return {**ENVELOPE, "properties": {**ENVELOPE["properties"], **added["properties"]}}


def _description(column: Column) -> str:
    names = ", ".join(map(repr, column.properties))
    return f"Event property {names}." if names else "A property of the event."
