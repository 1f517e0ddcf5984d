"""What a run has done so far, in a line a minute and one at its end."""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_clevertap.api.retry import WaitStats

logger = logging.getLogger("tap-clevertap")

EVERY_SECONDS = 60.0


class Progress:
    """Counts rows and slices of one stream and says so; silence would get a job killed."""

    def __init__(self, stream: str, waits: WaitStats, unit: str = "slices") -> None:
        self._unit = unit
        self.counts: Counter[str] = Counter()
        self.planned = 0
        self._stream = stream
        self._waits = waits
        self._before = dict(waits.seconds)
        self._started = self._said = time.monotonic()

    def add(self, **numbers: int) -> None:
        """Add to the counts, and say them when a minute has passed."""
        self.counts.update(numbers)
        if time.monotonic() - self._said >= EVERY_SECONDS:
            self._say("so far")

    def wait(self) -> None:
        """Say that nothing has come for a while, and for what is waited."""
        self._say(f"waiting for CleverTap ({self._waits.current() or 'no answer yet'})")

    def end(self) -> None:
        """Say what came of it."""
        self._say("done")

    def _say(self, what: str) -> None:
        self._said = time.monotonic()
        counts = self.counts
        extras = {k: n for k, n in counts.items() if k not in {"rows", self._unit} and n}
        logger.info(
            "%s: %s after %.0f s, %s rows, %d of %d %s closed%s%s",
            self._stream,
            what,
            self._said - self._started,
            f"{counts['rows']:,}",
            counts[self._unit],
            self.planned,
            self._unit,
            "".join(f", {n:,} {name.replace('_', ' ')}" for name, n in extras.items()),
            f"; waited for {waited}" if (waited := self._waits.since(self._before)) else "",
        )
