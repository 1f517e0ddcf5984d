"""Counts what goes out, so that a load can be checked against it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_clevertap.output.rows import EventDay


class Written(NamedTuple):
    """What rows are counted by; streams that are not of events have neither event nor day."""

    stream: str
    event: str | None = None
    day: str | None = None


class WrittenRows:
    """The number of rows that went out, by stream, event and day."""

    def __init__(self) -> None:
        self.counts: Counter[Written] = Counter()

    def add(self, stream: str, rows: Mapping[EventDay, int]) -> None:
        """Count rows of a stream."""
        for (event, day), number in rows.items():
            self.counts[Written(stream, event, day)] += number
