"""What is needed to read a file, in a form that can be handed to another process."""

from __future__ import annotations

from typing import Any

import msgspec

from tap_clevertap.config.patterns import EventPatterns
from tap_clevertap.files.listing import StoredFile  # noqa: TC001 - msgspec resolves it
from tap_clevertap.files.names import Kind  # noqa: TC001 - likewise
from tap_clevertap.records.exported.event_rows import Days


class FileJob(msgspec.Struct, frozen=True):
    """A file of a folder, read for the events or profiles in it; `zone` is the account's."""

    url: str
    options: dict[str, Any]
    setting: str
    file: StoredFile
    kind: Kind
    zone: str
    events: EventPatterns = EventPatterns()
    days: Days = Days()


class FileSummary(msgspec.Struct):
    """How many rows a file has, and what of it did not become rows.

    `unwanted` are events not asked for, `outside` those of other days; `skipped` says why the whole
    file was left out, where it was.
    """

    rows: int = 0
    unwanted: int = 0
    outside: int = 0
    skipped: str = ""
