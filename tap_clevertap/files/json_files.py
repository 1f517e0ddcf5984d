"""JSON lines into objects, in both shapes that exports have."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, NamedTuple

import msgspec

from tap_clevertap.errors import FileFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """An object as sent, its number, counted from 1, and the event that the file says it is."""

    number: int
    sent: bytes
    event: str | None


def read_json_lines(binary: IO[bytes]) -> Iterator[Line]:
    """Yield the objects; the first line may be the name of the event of all, bare or as JSON.

    Raises:
        FileFailed: A line holds something else than an object.
    """
    event: str | None = None
    number = 0
    for place, raw in enumerate(binary):
        line = raw.removeprefix(BOM).strip() if place == 0 else raw.strip()
        if not line:
            continue
        if line[:1] != b"{":
            if number or event is not None:
                msg = f"record {number + 1:,} is not a JSON object"
                raise FileFailed(msg)
            event = _event(line)
            continue
        number += 1
        yield Line(number, line, event)


def _event(line: bytes) -> str:
    if line[:1] in b"[<":
        msg = "the first line is not a JSON object; expected an object a line"
        raise FileFailed(msg)
    if line[:1] == b'"':
        try:
            return msgspec.json.decode(line, type=str)
        except msgspec.DecodeError:
            pass
    return line.decode(errors="replace")
