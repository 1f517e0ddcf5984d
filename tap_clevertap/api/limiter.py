"""Limits concurrent requests, and adapts the limit to the responses."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Few enough to recover within a run, enough not to provoke the next throttling at once.
SUCCESSES_TO_RECOVER = 20


class ConcurrencyLimiter:
    """Allows at most `limit` requests at a time; throttling lowers it, successes restore it."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._max = limit
        self._in_flight = 0
        self.urgent_waiting = 0
        self._successes = 0
        self._changed = threading.Condition()

    @contextmanager
    def acquire(self, *, is_urgent: bool = True) -> Iterator[None]:
        """Wait for a free slot and hold it."""
        with self._changed:
            self.urgent_waiting += is_urgent
            try:
                self._changed.wait_for(
                    lambda: self._in_flight < self.limit and (is_urgent or not self.urgent_waiting)
                )
                self._in_flight += 1
            finally:
                self.urgent_waiting -= is_urgent
                self._changed.notify_all()  # there may be a slot for one that is not urgent
        try:
            yield
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    def on_throttled(self) -> None:
        """Lower the limit by one, to no less than one."""
        with self._changed:
            self.limit = max(1, self.limit - 1)
            self._successes = 0

    def on_success(self) -> None:
        """Raise the limit by one after every twenty responses without throttling."""
        with self._changed:
            self._successes += 1
            if self._successes >= SUCCESSES_TO_RECOVER and self.limit < self._max:
                self.limit += 1
                self._successes = 0
                self._changed.notify_all()
