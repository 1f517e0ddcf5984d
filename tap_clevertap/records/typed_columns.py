"""Rows of events with a typed column for each property, beside all that they had.

A value that its column does not take leaves it empty and is counted; `event_props` has it as sent.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec import Raw

from tap_clevertap.records.column_types import (
    BOOLEANS,
    INSTANT,
    ColumnType,
    column_name,
    fits_integer,
)
from tap_clevertap.records.field_reader import MAX_INT64, utc
from tap_clevertap.records.json_values import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NULL = b"null"
NUMERIC = b"-0123456789"
DIGITS = re.compile(rb"-?(?:0|[1-9]\d*)(?:\.\d+)?")
MAX_FLOAT = 2.0 * MAX_INT64
MAX_PROPERTIES = 4096
"""Whose column is remembered; CleverTap allows an event 256."""

Cast: TypeAlias = Callable[[bytes], "bytes | None"]
"""Returns a value of JSON as its column takes it; None where it does not."""
Place: TypeAlias = "tuple[int, Cast | None]"
"""The number of a column, and what fits values to it; `NOWHERE` is that of no column."""
NOWHERE: Place = (0, None)


class _Event(msgspec.Struct, gc=False):
    event_props: dict[str, Raw] = {}


_EVENTS = msgspec.json.Decoder(_Event)


class TypedColumns:
    """Adds columns to rows.

    `cast_failures` counts by column the values that it did not take; `collisions` those that found
    another spelling's value in their column; `unknown` values of properties without a column.
    """

    def __init__(self, kinds: Mapping[str, ColumnType], reserved: Iterable[str]) -> None:
        """Know the type of each column; `reserved` are the names of the columns that rows have."""
        self.cast_failures: Counter[str] = Counter()
        self.collisions: Counter[str] = Counter()
        self.unknown = 0
        self._columns = list(kinds)
        self._places = _Places(kinds, reserved)
        self._nulls = [NULL] * len(kinds)
        named = b"".join(b",%b:%%b" % encode(name).replace(b"%", b"%%") for name in kinds)
        self._row = b"%b" + named + b"}"

    def __call__(self, rows: Sequence[bytes]) -> list[bytes]:
        """Return the rows with their columns; all are there in each, null where there is none."""
        nulls, places, typed = self._nulls, self._places, self._row
        out = []
        for row in rows:
            values = nulls.copy()
            for name, raw in _EVENTS.decode(row).event_props.items():
                place, fit = places[name]
                value = bytes(raw)
                if value == NULL:
                    continue
                if fit is None:
                    self.unknown += value[:1] not in b"[{"  # those never have a column
                elif values[place] is NULL:
                    values[place] = fit(value) or self._note_cast_failure(place, value)
                elif values[place] != fit(value):
                    self.collisions[self._columns[place]] += 1
            out.append(typed % (row[:-1], *values))
        return out

    def _note_cast_failure(self, place: int, value: bytes) -> bytes:
        """Count a value that its column does not take, but not an empty text: it says nothing."""
        if value != b'""':
            self.cast_failures[self._columns[place]] += 1
        return NULL


class _Places(dict[str, Place]):
    """The place of each property; what fits its value is None where it has no column."""

    def __init__(self, kinds: Mapping[str, ColumnType], reserved: Iterable[str]) -> None:
        super().__init__()
        self._reserved = frozenset(reserved)
        self._columns = {name: (n, CASTS[kind]) for n, (name, kind) in enumerate(kinds.items())}

    def __missing__(self, name: str) -> Place:
        if len(self) >= MAX_PROPERTIES:
            self.clear()
        column = column_name(name, self._reserved)
        # A catalog may have been given a column by the property's own name.
        found = self[name] = self._columns.get(column) or self._columns.get(name) or NOWHERE
        return found


def _as_number(value: bytes) -> bytes | None:
    """Return a number as sent; one that came as text is its digits, unless it has an exponent."""
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
        except InvalidOperation:  # an exponent beyond any sense
            return None
        if exact != exact.to_integral_value():
            return None
        number = b"%d" % int(exact)
    return number if fits_integer(number) else None


def _as_instant(value: bytes) -> bytes | None:
    found = INSTANT.fullmatch(value)
    instant = utc(int(found[1])) if found else None
    return None if instant is None else b'"%b"' % instant.encode()


def _as_text(value: bytes) -> bytes:
    """Return a text as sent, anything else as the text of its JSON."""
    return value if value[:1] == b'"' else encode(value.decode())


CASTS: dict[ColumnType, Cast] = {
    ColumnType.BOOLEAN: BOOLEANS.get,
    ColumnType.INTEGER: _as_integer,
    ColumnType.NUMBER: _as_number,
    ColumnType.INSTANT: _as_instant,
    ColumnType.TEXT: _as_text,
}
