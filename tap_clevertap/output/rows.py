"""The forms that a record has until it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

Row: TypeAlias = bytes | msgspec.Struct | dict[str, Any]
"""A record as finished JSON, or as what encodes to it without being taken apart."""

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


def as_json(row: Row) -> bytes:
    """Return a record as JSON."""
    return row if isinstance(row, bytes) else _ENCODE(row)


def record_lines(stream: str, rows: Sequence[Row], time: str, version: int | None) -> bytes:
    """Return a RECORD message for each row, a line each; `time` is that of extraction."""
    if not rows:
        return b""
    head = b'{"type":"RECORD","stream":%b,"record":' % _ENCODE(stream)
    tail = b',"time_extracted":%b' % _ENCODE(time)
    tail += b"}\n" if version is None else b',"version":%d}\n' % version
    return head + (tail + head).join(map(as_json, rows)) + tail
