"""Which rows of one slice have come already; identical ones are counted and held back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tap_clevertap.records.events import event_id, with_id

if TYPE_CHECKING:
    from tap_clevertap.records.events import Part


class IdentityTable:
    """The keys of one slice's rows; about 100 bytes a row, gone with the slice.

    The first row with a key goes out at once. A repeat waits until the slice closes, because only
    then is it known what it was.

    `distinct` counts the different rows of each local day, `held` has the repeats of each.
    """

    def __init__(self) -> None:
        """Begin with no row seen and none emitted."""
        self._emitted: set[bytes] = set()
        self._seen: set[bytes] = set()
        self._forget()

    def admit(self, part: Part) -> list[bytes]:
        """Return the rows that go out now; repeats get the id of their occurrence and are held."""
        seen, emitted, out = self._seen, self._emitted, []
        keys = set(part.keys)
        if len(keys) == len(part.keys) and seen.isdisjoint(keys) and not emitted:
            seen |= keys
            self.distinct.update(part.days)
            return part.rows
        for key, day, row in zip(*part, strict=True):
            if key in seen:
                self._hold(key, day, row)
                continue
            seen.add(key)
            self.distinct[day] += 1
            if key not in emitted:
                out.append(row)
        return out

    def restart(self) -> None:
        """Forget what was seen but not what was emitted: the slice is read again."""
        self._emitted |= self._seen
        self._forget()

    def forget_keys(self) -> None:
        """Free what only reading needs: the slice was read whole."""
        self._seen = self._emitted = set()

    def _hold(self, key: bytes, day: str | None, row: bytes) -> None:
        self._repeats[key] += 1
        row = with_id(row, event_id(key, self._repeats[key]))
        self.held.setdefault(day, []).append(row)

    def _forget(self) -> None:
        self._seen = set()
        self._repeats: Counter[bytes] = Counter()
        self.distinct: Counter[str | None] = Counter()
        self.held: dict[str | None, list[bytes]] = {}
