"""Tables against records, cell by cell."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.support.running import Run

JSON = dict[str, Any]
Row = dict[str, Any]
CLOCKS = frozenset({"checked_at", "counted_at", "as_of", "run_started_at"})
"""Columns that say when a run was: two runs differ in them."""
MOVING = frozenset({"realtime_counts", "written_rows"})
"""Streams that say what a run found, of which no two runs say the same."""


@dataclass(frozen=True)
class Stream:
    """What the tap sends of a stream: the last record of each key."""

    schema: JSON
    key: tuple[str, ...]
    rows: dict[tuple[Any, ...], Row]


@dataclass
class Arrival:
    """A stream beside its table; `differing` has a line for each cell that is not as sent."""

    stream: str
    expected: int
    arrived: int
    differing: list[str] = field(default_factory=list)

    @property
    def is_exact(self) -> bool:
        """Whether rows and cells are as sent."""
        return self.expected == self.arrived and not self.differing


def streams(sent: Run) -> dict[str, Stream]:
    """Return the streams of a run by name."""
    found: dict[str, Stream] = {}
    for line in sent.lines:
        message = json.loads(line, parse_float=Decimal)
        if message["type"] == "SCHEMA":
            key = tuple(message["key_properties"])
            found[message["stream"]] = Stream(message["schema"], key, {})
        elif message["type"] == "RECORD":
            stream = found[message["stream"]]
            record = message["record"]
            stream.rows[key_of(record, stream)] = record
    return found


def key_of(row: Mapping[str, Any], stream: Stream) -> tuple[Any, ...]:
    """Return the key of a row, the same for records and rows of a table."""
    columns = stream.schema["properties"]
    return tuple(
        str(as_value(row[name], columns[name])) for name in stream.key if name not in CLOCKS
    )


def compare(
    name: str,
    stream: Stream,
    table: Iterable[Row],
    same: Callable[[Any, Any], bool] = lambda sent, found: bool(sent == found),
) -> Arrival:
    """Compare a table, whose values are as Python's driver gives them, with what was sent.

    Of a moving stream there has to be any row. `same` decides about two values of one type.
    """
    rows = list(table)
    if name in MOVING:
        return Arrival(name, len(rows) or 1, len(rows))
    found = {key_of(row, stream): row for row in rows}
    arrival = Arrival(name, len(stream.rows), len(rows))
    for key, record in stream.rows.items():
        if (row := found.get(key)) is None:
            arrival.differing.append(f"{name} {key}: not there")
            continue
        for column, described in stream.schema["properties"].items():
            if column in CLOCKS:
                continue
            sent, there = (as_value(one.get(column), described) for one in (record, row))
            if not same(sent, there):
                arrival.differing.append(f"{name} {key} {column}: {sent!r}, but {there!r} arrived")
    return arrival


def as_value(value: Any, column: Mapping[str, Any]) -> Any:  # noqa: ANN401, PLR0911 - any cell
    """Return a cell as the type that the schema gives it, whatever a target makes of it."""
    if value is None:
        return None
    kinds = column["type"] if isinstance(column["type"], list) else [column["type"]]
    if {"object", "array"}.intersection(kinds):
        return plain(json.loads(value, parse_float=Decimal) if isinstance(value, str) else value)
    match column.get("format"):
        case "date-time":
            return as_instant(value)
        case "date":
            return value if type(value) is date else datetime.fromisoformat(str(value)).date()
    if "boolean" in kinds and isinstance(value, str):
        return value.lower() == "true"
    if {"integer", "number"}.intersection(kinds):
        return Decimal(str(value))
    return value


def as_instant(value: datetime | str) -> datetime:
    """Return an instant; one without a zone is UTC."""
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with all numbers as decimals, as equal as they are in value."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(json.loads(one)) if _is_object(one) else plain(one) for one in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    return value


def _is_object(value: Any) -> bool:  # noqa: ANN401 - JSON
    """Tell an element of a list of JSON that a driver returns as text."""
    return isinstance(value, str) and value[:1] == "{"


def latest(rows: Iterable[Row], stream: Stream) -> list[Row]:
    """Return the last row of each key, for targets that append."""
    return list({key_of(row, stream): row for row in rows}.values())


def report(arrivals: Iterable[Arrival]) -> str:
    """Return the table of a target: streams, rows expected, rows arrived, cells differing."""
    lines = [f"{'stream':20} {'expected':>9} {'arrived':>9} {'differing':>9}"]
    lines += [
        f"{one.stream:20} {one.expected:9} {one.arrived:9} {len(one.differing):9}"
        for one in arrivals
    ]
    return "\n".join(lines)
