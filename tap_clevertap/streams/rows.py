"""The forms that a record has until it is written."""

from __future__ import annotations

from typing import Any

import msgspec

Row = msgspec.Struct | msgspec.Raw | dict[str, Any]
"""A record in a form that encodes to its JSON without being taken apart."""


class RecordLine(msgspec.Struct, tag_field="type", tag="RECORD", omit_defaults=True):
    """A RECORD message whose record may be bytes."""

    stream: str
    record: Row
    time_extracted: str
    version: int | None = None
