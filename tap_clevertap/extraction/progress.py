"""Progress of a stream: a log line every minute and one at the end."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from tap_clevertap import logger

if TYPE_CHECKING:
    from tap_clevertap.api.retry import WaitStats


EVERY_SECONDS = 60.0  # schedulers kill jobs that log nothing for minutes


class Progress:
    """Counts rows and slices of one stream, and logs the counts."""

    def __init__(self, stream: str, waits: WaitStats, unit: str = "slices") -> None:
        self.unit = unit
        self.counts: Counter[str] = Counter()
        self.planned = 0
        self.label = stream
        self._waits = waits
        self._before = dict(waits.seconds)
        self._started = self._said = time.monotonic()

    def add(self, **numbers: int) -> None:
        """Add to the counts, and log them once a minute."""
        self.counts.update(numbers)
        if time.monotonic() - self._said >= EVERY_SECONDS:
            self._say("so far")

    def wait(self) -> None:
        """Log what the stream is waiting for."""
        self._say(f"waiting for CleverTap ({self._waits.current() or 'no response yet'})")

    def end(self) -> None:
        """Log the final counts."""
        self._say("done")

    def _say(self, what: str) -> None:
        self._said = time.monotonic()
        counts = self.counts
        extras = {k: n for k, n in counts.items() if k not in {"rows", self.unit} and n}
        logger.info(
            "%s: %s after %.0f s, %s rows, %d of %d %s closed%s%s",
            self.label,
            what,
            self._said - self._started,
            f"{counts['rows']:,}",
            counts[self.unit],
            self.planned,
            self.unit,
            "".join(f", {n:,} {name.replace('_', ' ')}" for name, n in extras.items()),
            f"; waited for {waited}" if (waited := self._waits.since(self._before)) else "",
        )
