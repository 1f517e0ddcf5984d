"""What the formats of export files have in common: an event as the API would send it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from msgspec import Raw

    from tap_clevertap.records.fast_decoding import EventRecord


class ExportedEvent(NamedTuple):
    """An event, and where it stands in the file, counted from 1.

    `has_id` tells that it carries all that the API's event id is made of, in the API's types.
    """

    line: int
    name: str
    record: EventRecord | Raw
    has_id: bool
