"""Deduplication: finds rows of a slice that were read before; duplicates are held back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tap_clevertap.records.events import event_id, with_id

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_clevertap.records.events import RowBatch


class Deduplicator:
    """The keys of one slice's rows: about 100 bytes per row, freed with the slice.

    The first row with a key goes out at once. A repeat waits until the slice closes, because only
    then is it known what it was. A slice may be read several times: what went out once does not go
    out again, and what went out counts, whichever reading it came with.

    `distinct` counts the different rows that went out by local day, `duplicates` has the repeats of
    each day, by their ids, as the last reading had them. `repeated_days` are the days of pages that
    this reading has had twice: as many rows may be missing from them.
    """

    def __init__(self) -> None:
        self.distinct: Counter[str | None] = Counter()
        self.duplicates: dict[str | None, dict[str, bytes]] = {}
        self.repeated_days: set[str | None] = set()
        self._emitted: set[bytes] = set()
        self._seen: set[bytes] = set()
        self._repeats: Counter[bytes] = Counter()

    def __len__(self) -> int:
        """Return how many different rows the present reading has had."""
        return len(self._seen)

    def filter_new(self, batch: RowBatch) -> list[bytes]:
        """Return the rows that go out now; repeats get the id of their occurrence and wait."""
        seen, emitted, out = self._seen, self._emitted, []
        if not emitted and seen.isdisjoint(batch.keys):
            before = len(seen)
            seen.update(batch.keys)
            if len(seen) == before + len(batch.keys):
                self.distinct.update(batch.days)
                return batch.rows
            seen.difference_update(batch.keys)
        for key, day, row in zip(*batch, strict=True):
            if key in seen:
                self._keep_duplicate(key, day, row)
                continue
            seen.add(key)
            if key not in emitted:
                self.distinct[day] += 1
                out.append(row)
        return out

    def restart(self) -> None:
        """Expect the slice to be read again: repeats come anew."""
        self._emitted = self._emitted | self._seen
        self._seen = set()
        self._repeats.clear()
        self.duplicates.clear()
        self.repeated_days.clear()

    def part(self, days: Collection[str]) -> Deduplicator:
        """Return a table for some of the days, which are to be read separately from here on."""
        table = Deduplicator()
        table._emitted = self._emitted | self._seen
        table.distinct.update({day: self.distinct[day] for day in days if day in self.distinct})
        return table

    def absorb(self, part: Deduplicator, days: Collection[str]) -> None:
        """Take over the last reading of some days, by a table that was made for them."""
        self._emitted = self._emitted | part._emitted | part._seen
        for day in days:
            self.distinct[day] = part.distinct[day]
            self.duplicates.pop(day, None)
            self.repeated_days.discard(day)
        self.distinct.update({day: n for day, n in part.distinct.items() if day not in days})
        self.duplicates.update(part.duplicates)
        self.repeated_days |= part.repeated_days

    def free(self) -> None:
        """Free what only reading needs."""
        self._seen = self._emitted = set()

    def _keep_duplicate(self, key: bytes, day: str | None, row: bytes) -> None:
        self._repeats[key] += 1
        own_id = event_id(key, self._repeats[key])
        self.duplicates.setdefault(day, {})[own_id] = with_id(row, own_id)
