"""Property names to column names, property values to column types: pure.

CleverTap gives a property no type: the same one may come as a number, a text or `"true"`. A column
has one, the narrowest that takes what was seen of it; wider is only text.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from math import isfinite
from typing import TYPE_CHECKING
from unicodedata import combining, normalize

from tap_clevertap.records.field_reader import MAX_INT64

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from msgspec import Raw

LONGEST = 48
"""Of a name: tables and columns of PostgreSQL have 63, and a target may add to it."""
DIGEST_BYTES = 3
PREFIX = "prop_"
MAX_COLUMNS = 512
"""Of an event's properties; CleverTap allows an event 256, warehouses a table some more."""
MAX_DIGITS = 20
"""Of a whole number that may be an integer of 64 bits, with its sign."""
INSTANT = re.compile(rb'"\$D_(-?\d{1,16})"')
OTHER = re.compile("[^a-z0-9]+")
YES, NO = b"true", b"false"
BOOLEANS = {YES: YES, b'"true"': YES, b'"True"': YES, b'"TRUE"': YES} | {
    NO: NO,
    b'"false"': NO,
    b'"False"': NO,
    b'"FALSE"': NO,
}
"""What is sent for true and false, as JSON has it."""


class ColumnType(Enum):
    """The type of a column."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    INSTANT = "date-time"
    TEXT = "string"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's type, and the properties that were seen to go into it."""

    kind: ColumnType
    properties: tuple[str, ...] = ()


def slug(name: str) -> str:
    """Return a name of lower-case letters, digits and underscores alone, the same on every run.

    Names that differ in case, spaces, accents and punctuation share one. Where more is lost, such
    as the letters of another script or the end of a long name, a digest keeps names apart.
    """
    decomposed = normalize("NFKD", name)
    plain = OTHER.sub("_", decomposed.encode("ascii", "ignore").decode().lower()).strip("_")
    is_lossy = any(one.isalnum() and not one.isascii() for one in decomposed if not combining(one))
    if plain and not is_lossy and len(plain) <= LONGEST:
        return plain
    return f"{plain[: LONGEST - 2 * DIGEST_BYTES - 1]}_{digest(name)}".lstrip("_")


def digest(name: str) -> str:
    """Return a few hex digits that tell a name from others."""
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).hexdigest()


def column_name(name: str, reserved: Iterable[str]) -> str:
    """Return a property's column; one of a name that is taken, or begins with a digit, says so."""
    column = slug(name)
    return PREFIX + column if column in reserved or column[0].isdigit() else column


def kind_of(value: bytes) -> ColumnType | None:
    """Return the narrowest type of a JSON value; None for one that tells nothing.

    Null and the empty text tell nothing, and neither do lists and objects: they have no column.
    """
    if value in BOOLEANS:
        return ColumnType.BOOLEAN
    match value[:1]:
        case b'"':
            if value == b'""':
                return None
            return ColumnType.INSTANT if INSTANT.fullmatch(value) else ColumnType.TEXT
        case b"n" | b"[" | b"{":
            return None
    if not value.removeprefix(b"-").isdigit():
        return ColumnType.NUMBER if isfinite(float(value)) else ColumnType.TEXT
    return ColumnType.INTEGER if fits_integer(value) else ColumnType.TEXT


def fits_integer(digits: bytes) -> bool:
    """Tell whether a column of 64 bits takes a whole number."""
    return len(digits) <= MAX_DIGITS and abs(int(digits)) <= MAX_INT64


def widened(one: ColumnType, other: ColumnType) -> ColumnType:
    """Return the narrowest type that takes what either takes."""
    if one is other:
        return one
    return (
        ColumnType.NUMBER
        if {one, other} == {ColumnType.INTEGER, ColumnType.NUMBER}
        else ColumnType.TEXT
    )


def merge_columns(parts: Iterable[Mapping[str, Column]]) -> dict[str, Column]:
    """Return the columns that take what those of any part take, in the order of their names."""
    found: dict[str, Column] = {}
    for part in parts:
        for name, column in part.items():
            before = found.get(name, column)
            names = tuple(sorted({*before.properties, *column.properties}))
            found[name] = Column(widened(before.kind, column.kind), names)
    return {name: found[name] for name in sorted(found)}


def columns_of(records: Iterable[Mapping[str, Raw]], reserved: Iterable[str]) -> dict[str, Column]:
    """Return the columns of events' properties, by name and in the order of their names.

    Of more than `MAX_COLUMNS` the most frequent are there.
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
