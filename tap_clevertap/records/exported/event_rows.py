"""Exported events as rows of the same envelope as the API's, from the same code."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from itertools import groupby, islice
from typing import TYPE_CHECKING

import msgspec

from tap_clevertap.records.events import ID_BYTES, EventRowBuilder, event_id, with_id
from tap_clevertap.records.profile_columns import ProfileCache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import tzinfo

    from tap_clevertap.records.exported.record import ExportedEvent

ROWS = 512
"""Rows that are made at a time."""
OF_ROW, OF_FILE = b"row", b"file"
"""What an event id is made of: the event itself, as the API's, or its place in its file too."""

_ENCODE = msgspec.json.Encoder().encode


class Days(msgspec.Struct, frozen=True):
    """Which account-local days are wanted, as ISO 8601; None has no bound."""

    first: str | None = None
    last: str | None = None

    def has(self, day: str | None) -> bool:
        """Tell whether an event of a day is wanted; one without a day always is."""
        if day is None:
            return True
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)


class ExportedEventRows:
    """Makes the rows of one file.

    `lasting_name` is what stays of its name when an export is run again, so that ids made from it
    stay too. `outside` counts the events of days that are not wanted.
    """

    def __init__(
        self, zone: tzinfo, days: Days, file: str, lasting_name: str, modified: str
    ) -> None:
        """Know the file; `modified` is when it was written, ISO 8601."""
        self.outside = 0
        self._zone, self._days = zone, days
        self._place = f"{lasting_name}\0".encode()
        self._profiles = ProfileCache()
        self._builders: dict[str, EventRowBuilder] = {}
        self._seen: set[bytes] = set()
        self._repeats: Counter[bytes] = Counter()
        said = _ENCODE(file), _ENCODE(modified)
        self._end = b',"file":%b,"line":%%d,"file_modified":%b}' % tuple(
            part.replace(b"%", b"%%") for part in said
        )
        self._ends = {
            source: b',"source":"%b"' % source + self._end for source in (OF_ROW, OF_FILE)
        }

    def read(self, events: Iterable[ExportedEvent]) -> Iterator[list[bytes]]:
        """Yield rows, some at a time.

        Raises:
            InvalidResponse: A record is no JSON object.
        """
        left = iter(events)
        while some := list(islice(left, ROWS)):
            rows: list[bytes] = []
            for name, same in groupby(some, lambda one: one.name):
                rows += self._rows(name, list(same))
            yield rows

    def _rows(self, name: str, events: Sequence[ExportedEvent]) -> Iterator[bytes]:
        builder = self._builders.get(name)
        if builder is None:
            builder = self._builders[name] = EventRowBuilder(name, self._zone, self._profiles)
        batch = builder.build([one.record for one in events])
        for event, key, day, row in zip(events, *batch, strict=True):
            if not self._days.has(day):
                self.outside += 1
            elif event.has_id:
                identified = with_id(row, event_id(key, self._occurrence(key)))
                yield identified[:-1] + self._ends[OF_ROW] % event.line
            else:
                identified = with_id(row, self._file_id(key, event.line))
                yield identified[:-1] + self._ends[OF_FILE] % event.line

    def _occurrence(self, key: bytes) -> int:
        """Return how often the same event was in the file before."""
        if key in self._seen:
            self._repeats[key] += 1
        self._seen.add(key)
        return self._repeats[key]

    def _file_id(self, key: bytes, line: int) -> str:
        text = b"%b%b%d" % (key, self._place, line)
        return blake2b(text, digest_size=ID_BYTES).hexdigest()
