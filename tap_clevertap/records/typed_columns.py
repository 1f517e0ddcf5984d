"""Adds a typed column for each property to the rows of events.

A value that cannot be converted leaves its column empty and is counted; it stays in `event_props`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec import Raw

from tap_clevertap.records.column_types import (
    BOOLEANS,
    DIGITS,
    ColumnType,
    column_name,
    date_value,
    fits_integer,
)
from tap_clevertap.records.field_reader import MAX_INT64
from tap_clevertap.records.json_values import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NULL = b"null"
NUMERIC = b"-0123456789"
MAX_FLOAT = 2.0 * MAX_INT64
MAX_PROPERTIES = 4096
"""Property names whose column is cached; CleverTap allows 256 per event."""

Cast: TypeAlias = Callable[[bytes], "bytes | None"]
"""Converts a JSON value to a column's type; returns None if it cannot be converted."""
Position: TypeAlias = "tuple[int, Cast | None]"
"""The index of a column and its cast; `NOWHERE` for a property without a column."""
NOWHERE: Position = (0, None)


class _Event(msgspec.Struct, gc=False):
    event_props: dict[str, Raw] = {}


_EVENTS = msgspec.json.Decoder(_Event)


class TypedColumns:
    """Adds typed columns to rows.

    `cast_failures` counts by column the values that could not be converted, `collisions` those
    whose column already had another spelling's value, `unknown` those without a column.
    """

    def __init__(self, kinds: Mapping[str, ColumnType], reserved: Iterable[str]) -> None:
        """`kinds` is the type of each added column; `reserved` are the columns that rows have."""
        self.cast_failures: Counter[str] = Counter()
        self.collisions: Counter[str] = Counter()
        self.unknown = 0
        self._columns = list(kinds)
        self._positions = _Positions(kinds, reserved)
        self._nulls = [NULL] * len(kinds)
        named = b"".join(b",%b:%%b" % encode(name).replace(b"%", b"%%") for name in kinds)
        self._row = b"%b" + named + b"}"

    def __call__(self, rows: Sequence[bytes]) -> list[bytes]:
        """Return the rows with all columns added; null where a row has no value."""
        nulls, positions, typed = self._nulls, self._positions, self._row
        out = []
        for row in rows:
            values = nulls.copy()
            for name, raw in _EVENTS.decode(row).event_props.items():
                position, fit = positions[name]
                value = bytes(raw)
                if value == NULL:
                    continue
                if fit is None:
                    self.unknown += value[:1] not in b"[{"  # lists and objects get no column
                elif values[position] is NULL:
                    values[position] = fit(value) or self._note_cast_failure(position, value)
                elif values[position] != fit(value):
                    self.collisions[self._columns[position]] += 1
            out.append(typed % (row[:-1], *values))
        return out

    def _note_cast_failure(self, position: int, value: bytes) -> bytes:
        """Count a value that cannot be converted, unless it is the empty string."""
        if value != b'""':
            self.cast_failures[self._columns[position]] += 1
        return NULL


class _Positions(dict[str, Position]):
    """The column of each property; the cast is None if it has none."""

    def __init__(self, kinds: Mapping[str, ColumnType], reserved: Iterable[str]) -> None:
        super().__init__()
        self._reserved = frozenset(reserved)
        self._columns = {name: (n, CASTS[kind]) for n, (name, kind) in enumerate(kinds.items())}

    def __missing__(self, name: str) -> Position:
        if len(self) >= MAX_PROPERTIES:
            self.clear()
        column = column_name(name, self._reserved)
        # A catalog edited by hand may have a column with the property's exact name.
        found = self[name] = self._columns.get(column) or self._columns.get(name) or NOWHERE
        return found


def _as_number(value: bytes) -> bytes | None:
    """Return a number as sent; of a string its digits, unless it has an exponent."""
    if value[:1] == b'"':
        value = value[1:-1]
        if not DIGITS.fullmatch(value):
            return None
    elif value[:1] not in NUMERIC:
        return None
    return value if isfinite(float(value)) else None


def _as_integer(value: bytes) -> bytes | None:
    number = _as_number(value)
    if number is None or abs(float(number)) > MAX_FLOAT:
        return None
    if not number.removeprefix(b"-").isdigit():
        try:
            exact = Decimal(number.decode())
        except InvalidOperation:  # the exponent is too large for Decimal
            return None
        if exact != exact.to_integral_value():
            return None
        number = b"%d" % int(exact)
    return number if fits_integer(number) else None


def _as_instant(value: bytes) -> bytes | None:
    instant = date_value(value)
    return None if instant is None else b'"%b"' % instant.encode()


def _as_text(value: bytes) -> bytes:
    """Return a string as sent, any other value as the string of its JSON."""
    return value if value[:1] == b'"' else encode(value.decode())


CASTS: dict[ColumnType, Cast] = {
    ColumnType.BOOLEAN: BOOLEANS.get,
    ColumnType.INTEGER: _as_integer,
    ColumnType.NUMBER: _as_number,
    ColumnType.INSTANT: _as_instant,
    ColumnType.TEXT: _as_text,
}
