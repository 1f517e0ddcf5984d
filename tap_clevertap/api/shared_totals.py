"""How often events happened, day by day: asked once a run for all who want to know."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from tap_clevertap.api.counts import daily_counts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tap_clevertap.api.client import Client


class _Known(NamedTuple):
    first: date
    last: date
    by_day: Mapping[date, int]


class SharedTotals:
    """Asks CleverTap for the daily totals of an event, and remembers the last answer of each.

    Who wants to know what is being asked waits for that answer. Safe on any thread.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, _Known] = {}
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def by_day(
        self, event: str, first: date, last: date, *, is_urgent: bool = False
    ) -> Mapping[date, int]:
        """Return the days from `first` to `last` on which an event happened, and how often.

        An urgent question goes before those that are not.

        Raises:
            ClevertapError: CleverTap does not tell.
        """
        with self._lock:
            lock = self._locks[event]
        with lock:
            known = self._known.get(event)
            if known is None or not known.first <= first <= last <= known.last:
                counts = daily_counts(self._client, event, first, last, is_urgent=is_urgent)
                known = self._known[event] = _Known(first, last, counts)
        if (known.first, known.last) == (first, last):
            return known.by_day
        return {day: many for day, many in known.by_day.items() if first <= day <= last}
