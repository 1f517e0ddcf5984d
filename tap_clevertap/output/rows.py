"""Rows: the forms of a record before it is written."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

Row: TypeAlias = bytes | msgspec.Struct | dict[str, Any]
"""A record as finished JSON, or as an object that encodes to it."""

EventDay: TypeAlias = "tuple[str | None, str | None]"
"""The name of an event and its day, `YYYY-MM-DD`; both None of a row that is not an event."""

NO_EVENT: EventDay = (None, None)

DAY = b'"event_date":"'
DAY_LENGTH = len("2026-07-01")


class _Head(msgspec.Struct, gc=False):
    event_name: str | None = None
    event_date: str | None = None


_HEAD = msgspec.json.Decoder(_Head)
_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


def as_json(row: Row) -> bytes:
    """Return a record as JSON."""
    return row if isinstance(row, bytes) else _ENCODE(row)


def plain_count(rows: Sequence[Row]) -> Counter[EventDay]:
    """Count rows that are not events."""
    return Counter({NO_EVENT: len(rows)})


def events_by_day(rows: Sequence[Row]) -> Counter[EventDay]:
    """Count events of one name by their day.

    Their heads have one length, except where the time is unknown, so that the day stands at the
    same place in each: parsing every row would take longer than writing it.
    """
    counts: Counter[EventDay] = Counter()
    if not rows:
        return counts
    # The rows of a page are all of one form, and nearly always finished JSON.
    is_json = isinstance(rows[0], bytes)
    texts = cast("Sequence[bytes]", rows) if is_json else list(map(as_json, rows))
    first = texts[0]
    event = _HEAD.decode(first).event_name
    start = first.find(DAY)
    end = start + len(DAY) + DAY_LENGTH
    for mark, number in Counter([row[start:end] for row in texts]).items():
        if start >= 0 and mark.startswith(DAY):
            counts[event, mark[-DAY_LENGTH:].decode()] += number
        else:
            unlike = [row for row in texts if row[start:end] == mark]
            heads = map(_HEAD.decode, unlike)
            counts.update((head.event_name, head.event_date) for head in heads)
    return counts
