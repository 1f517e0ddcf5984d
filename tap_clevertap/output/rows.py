"""Rows: the forms of a record before it is written."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

Row: TypeAlias = bytes | msgspec.Struct | dict[str, Any]
"""A record as finished JSON, or as an object that encodes to it."""

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


def as_json(row: Row) -> bytes:
    """Return a record as JSON."""
    return row if isinstance(row, bytes) else _ENCODE(row)
