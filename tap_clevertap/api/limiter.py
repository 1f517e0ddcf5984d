"""How many requests may be in flight at once, learned from being refused."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SUCCESSES_TO_RECOVER = 20


class ConcurrencyLimiter:
    """At most `limit` holders at a time; a refusal takes one away until things are calm again."""

    def __init__(self, limit: int) -> None:
        """Begin with all of them."""
        self.limit = limit
        self._max = limit
        self._in_flight = 0
        self._successes = 0
        self._changed = threading.Condition()

    @contextmanager
    def acquire(self) -> Iterator[None]:
        """Wait for a permit and hold it."""
        with self._changed:
            self._changed.wait_for(lambda: self._in_flight < self.limit)
            self._in_flight += 1
        try:
            yield
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    def on_throttled(self) -> None:
        """Take one permit away; the last one stays."""
        with self._changed:
            self.limit = max(1, self.limit - 1)
            self._successes = 0

    def on_success(self) -> None:
        """Give one back after every twenty answers without a refusal."""
        with self._changed:
            self._successes += 1
            if self._successes >= SUCCESSES_TO_RECOVER and self.limit < self._max:
                self.limit += 1
                self._successes = 0
                self._changed.notify_all()
