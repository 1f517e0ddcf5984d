"""Which rows of one slice have come already; identical ones are counted and held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from tap_clevertap.records import event_id

if TYPE_CHECKING:
    from tap_clevertap.records import EventRow

_ENCODER = msgspec.json.Encoder()


class IdentityTable:
    """The keys of one slice's rows; about 100 bytes a row, gone with the slice.

    The first row with a key goes out at once. A repeat waits until the slice closes, because only
    then is it known what it was; it waits encoded, so that it does not keep its page alive.
    """

    def __init__(self) -> None:
        """Begin with no row seen and none emitted."""
        self._seen: set[bytes] = set()
        self._emitted: set[bytes] = set()
        self._repeats: dict[bytes, int] = {}
        self.held: list[Raw] = []

    def admit(self, key: bytes, row: EventRow) -> bool:
        """Tell whether a row goes out now; a repeat gets the id of its occurrence and is held."""
        if key not in self._seen:
            self._seen.add(key)
            return key not in self._emitted
        occurrence = self._repeats.get(key, 0) + 1
        self._repeats[key] = occurrence
        row.event_id = event_id(key, occurrence)
        self.held.append(Raw(_ENCODER.encode(row)))
        return False

    def restart(self) -> None:
        """Forget what was seen but not what was emitted: the slice is read again."""
        self._emitted |= self._seen
        self._seen = set()
        self._repeats = {}
        self.held = []

    @property
    def distinct(self) -> int:
        """How many different rows the slice has."""
        return len(self._seen)
