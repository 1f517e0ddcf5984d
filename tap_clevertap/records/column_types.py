"""Column names and column types of event properties.

CleverTap's properties have no type: the same one may be sent as a number, a string or `"true"`. A
column has the narrowest type that fits all sampled values; the widest type is string.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from hashlib import blake2b
from math import isfinite
from typing import TYPE_CHECKING
from unicodedata import combining, normalize

from tap_clevertap.records.field_reader import MAX_INT64, utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from msgspec import Raw

MAX_NAME_LENGTH = 48
"""PostgreSQL allows tables and columns 63 characters, and a target may add a prefix or suffix."""
DIGEST_BYTES = 3
PREFIX = "prop_"
MAX_COLUMNS = 512
"""Of one event. CleverTap allows 256 properties per event; spellings may differ over time."""
MAX_DIGITS = 20
"""Of a 64-bit integer, including its sign."""
DATE_VALUE = re.compile(rb'"\$D_(-?)(\d{1,13})"')
DAY_DIGITS, MOST_SECONDS_DIGITS = 8, 10
FIRST_YEAR, LAST_YEAR = 1900, 2199
DIGITS = re.compile(rb"-?(?:0|[1-9]\d*)(?:\.\d+)?")
OTHER = re.compile("[^a-z0-9]+")
YES, NO = b"true", b"false"
BOOLEANS = {YES: YES, b'"true"': YES, b'"True"': YES, b'"TRUE"': YES} | {
    NO: NO,
    b'"false"': NO,
    b'"False"': NO,
    b'"FALSE"': NO,
}
"""The spellings that are sent for true and false, each with its JSON boolean."""


class ColumnType(Enum):
    """The type of a column."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    INSTANT = "date-time"
    TEXT = "string"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's type, and the names of the properties that it was sampled from."""

    kind: ColumnType
    properties: tuple[str, ...] = ()


def slug(name: str) -> str:
    """Return a name of lower-case letters, digits and underscores, the same on every run.

    Names that differ only in case, spaces, accents and punctuation share one. Where more is lost,
    such as letters of another script or the end of a long name, a digest keeps them apart.
    """
    decomposed = normalize("NFKD", name)
    plain = OTHER.sub("_", decomposed.encode("ascii", "ignore").decode().lower()).strip("_")
    is_lossy = any(one.isalnum() and not one.isascii() for one in decomposed if not combining(one))
    if plain and not is_lossy and len(plain) <= MAX_NAME_LENGTH:
        return plain
    return f"{plain[: MAX_NAME_LENGTH - 2 * DIGEST_BYTES - 1]}_{digest(name)}".lstrip("_")


def digest(name: str) -> str:
    """Return a few hex digits that distinguish a name from others."""
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).hexdigest()


def column_name(name: str, reserved: Iterable[str]) -> str:
    """Return a property's column, with a prefix if the name is reserved or starts with a digit."""
    column = slug(name)
    return PREFIX + column if column in reserved or column[0].isdigit() else column


def kind_of(value: bytes) -> ColumnType | None:
    """Return the narrowest type of a JSON value; None for a value without a type.

    These are null, the empty string, lists and objects; the last two have no column.
    """
    if value in BOOLEANS:
        return ColumnType.BOOLEAN
    match value[:1]:
        case b'"':
            if value == b'""':
                return None
            return ColumnType.TEXT if date_value(value) is None else ColumnType.INSTANT
        case b"n" | b"[" | b"{":
            return None
    if not value.removeprefix(b"-").isdigit():
        return ColumnType.NUMBER if isfinite(float(value)) else ColumnType.TEXT
    return ColumnType.INTEGER if fits_integer(value) else ColumnType.TEXT


def date_value(value: bytes) -> str | None:
    """Return a `$D_` value as UTC in ISO 8601; None if it is not one, or ambiguous.

    CleverTap's SDKs write epoch seconds, milliseconds (Flutter before 2.4.1), or a day as eight
    digits (web). Up to ten digits are seconds, as documented; 11 to 13 digits are milliseconds, as
    seconds they would lie beyond 2286; eight digits that are a day of the calendar are that day.
    """
    found = DATE_VALUE.fullmatch(value)
    if not found:
        return None
    sign, digits = found.groups()
    if not sign and len(digits) == DAY_DIGITS and (day := _day(digits)) is not None:
        return day
    epoch = int(sign + digits)
    instant = utc(epoch if len(digits) <= MOST_SECONDS_DIGITS else epoch / 1000)
    is_plausible = instant is not None and FIRST_YEAR <= int(instant[:4]) <= LAST_YEAR
    return instant if is_plausible else None


def _day(digits: bytes) -> str | None:
    """Return midnight of a day written as YYYYMMDD; None if it is not of the calendar."""
    if not FIRST_YEAR <= int(digits[:4]) <= LAST_YEAR:
        return None
    try:
        return datetime.strptime(digits.decode(), "%Y%m%d").replace(tzinfo=UTC).isoformat()
    except ValueError:
        return None


def kind_of_cell(value: bytes) -> ColumnType | None:
    """Return the narrowest type of a cell of CSV as JSON, in which numbers are texts too."""
    text = value[1:-1]
    return kind_of(text if value[:1] == b'"' and DIGITS.fullmatch(text) else value)


def fits_integer(digits: bytes) -> bool:
    """Return whether a whole number fits a 64-bit column."""
    return len(digits) <= MAX_DIGITS and abs(int(digits)) <= MAX_INT64


def widened(one: ColumnType, other: ColumnType) -> ColumnType:
    """Return the narrowest type that fits the values of both."""
    if one is other:
        return one
    return (
        ColumnType.NUMBER
        if {one, other} == {ColumnType.INTEGER, ColumnType.NUMBER}
        else ColumnType.TEXT
    )


def merge_columns(parts: Iterable[Mapping[str, Column]]) -> dict[str, Column]:
    """Return the columns that fit the values of all parts, sorted by name."""
    found: dict[str, Column] = {}
    for part in parts:
        for name, column in part.items():
            before = found.get(name, column)
            names = tuple(sorted({*before.properties, *column.properties}))
            found[name] = Column(widened(before.kind, column.kind), names)
    return {name: found[name] for name in sorted(found)}


def columns_of(
    records: Iterable[Mapping[str, Raw]],
    reserved: Iterable[str],
    kind_of: Callable[[bytes], ColumnType | None] = kind_of,
) -> dict[str, Column]:
    """Return the columns of the properties in `records`, sorted by name.

    If there are more than `MAX_COLUMNS`, the most frequent ones are kept.
    """
    kinds: dict[str, ColumnType] = {}
    spelled: dict[str, set[str]] = {}
    seen: Counter[str] = Counter()
    reserved = frozenset(reserved)
    for properties in records:
        for name, value in properties.items():
            kind = kind_of(bytes(value))
            if kind is None:
                continue
            column = column_name(name, reserved)
            kinds[column] = widened(kinds.get(column, kind), kind)
            seen[column] += 1
            spelled.setdefault(column, set()).add(name)
    names = sorted(kinds, key=lambda name: (-seen[name], name))[:MAX_COLUMNS]
    return {name: Column(kinds[name], tuple(sorted(spelled[name]))) for name in sorted(names)}
