"""How many requests may be in flight at once, learned from being refused."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CALM = 20


class Permits:
    """At most `limit` holders at a time; a refusal takes one away until things are calm again."""

    def __init__(self, limit: int) -> None:
        """Begin with all of them."""
        self.limit = limit
        self._most = limit
        self._held = 0
        self._calm = 0
        self._changed = threading.Condition()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for a permit and hold it."""
        with self._changed:
            self._changed.wait_for(lambda: self._held < self.limit)
            self._held += 1
        try:
            yield
        finally:
            with self._changed:
                self._held -= 1
                self._changed.notify_all()

    def refused(self) -> None:
        """Take one permit away; the last one stays."""
        with self._changed:
            self.limit = max(1, self.limit - 1)
            self._calm = 0

    def accepted(self) -> None:
        """Give one back after every twenty answers without a refusal."""
        with self._changed:
            self._calm += 1
            if self._calm >= CALM and self.limit < self._most:
                self.limit += 1
                self._calm = 0
                self._changed.notify_all()
