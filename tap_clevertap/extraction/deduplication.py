"""Which rows of one slice have come already; identical ones are counted and held back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tap_clevertap.records.events import event_id, with_id

if TYPE_CHECKING:
    from tap_clevertap.records.events import RowBatch


class Deduplicator:
    """The keys of one slice's rows; about 100 bytes a row, gone with the slice.

    The first row with a key goes out at once. A repeat waits until the slice closes, because only
    then is it known what it was.

    `distinct` counts the different rows of each local day, `duplicates` has the repeats of each.
    """

    def __init__(self) -> None:
        self._emitted: set[bytes] = set()
        self._seen: set[bytes] = set()
        self._reset()

    def filter_new(self, batch: RowBatch) -> list[bytes]:
        """Return the rows that go out now; repeats get the id of their occurrence and are held."""
        seen, emitted, out = self._seen, self._emitted, []
        keys = set(batch.keys)
        if len(keys) == len(batch.keys) and seen.isdisjoint(keys) and not emitted:
            seen |= keys
            self.distinct.update(batch.days)
            return batch.rows
        for key, day, row in zip(*batch, strict=True):
            if key in seen:
                self._keep_duplicate(key, day, row)
                continue
            seen.add(key)
            self.distinct[day] += 1
            if key not in emitted:
                out.append(row)
        return out

    def restart(self) -> None:
        """Forget what was seen but not what was emitted: the slice is read again."""
        self._emitted |= self._seen
        self._reset()

    def free(self) -> None:
        """Free what only reading needs: the slice was read whole."""
        self._seen = self._emitted = set()

    def _keep_duplicate(self, key: bytes, day: str | None, row: bytes) -> None:
        self._repeats[key] += 1
        row = with_id(row, event_id(key, self._repeats[key]))
        self.duplicates.setdefault(day, []).append(row)

    def _reset(self) -> None:
        self._seen = set()
        self._repeats: Counter[bytes] = Counter()
        self.distinct: Counter[str | None] = Counter()
        self.duplicates: dict[str | None, list[bytes]] = {}
