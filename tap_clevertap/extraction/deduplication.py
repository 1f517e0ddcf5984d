"""Deduplication: finds rows of a slice that were read before; duplicates are held back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tap_clevertap.records.events import event_id, with_id

if TYPE_CHECKING:
    from tap_clevertap.records.events import RowBatch


class Deduplicator:
    """The keys of one slice's rows: about 100 bytes per row, freed with the slice.

    The first row with a key is written at once. A duplicate waits until the slice is reconciled,
    which decides whether it is genuine.

    `distinct` is the number of different rows of each local day, `duplicates` has the others.
    """

    def __init__(self) -> None:
        self._emitted: set[bytes] = set()
        self._seen: set[bytes] = set()
        self._reset()

    def filter_new(self, batch: RowBatch) -> list[bytes]:
        """Return the rows to write now; duplicates get an id of their own and are held back."""
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
        """Restart reading: keep only which rows were written."""
        self._emitted |= self._seen
        self._reset()

    def free(self) -> None:
        """Free what only reading needs: the slice is complete."""
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
