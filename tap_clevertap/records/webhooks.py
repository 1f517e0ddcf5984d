"""Bodies that CleverTap has posted: as the receiver stores them, and as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from datetime import datetime

_ENCODER = msgspec.json.Encoder()


class Delivery(msgspec.Struct, kw_only=True):
    """A body as sent, with the instant at which its last byte had come."""

    received_at: datetime
    content_type: str | None = None
    body: str


def stored_line(received_at: datetime, content_type: str | None, body: str) -> bytes:
    """Return the line of a body, with its line break."""
    delivery = Delivery(received_at=received_at, content_type=content_type, body=body)
    return _ENCODER.encode(delivery) + b"\n"
