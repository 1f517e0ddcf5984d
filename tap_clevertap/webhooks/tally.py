"""What was answered, told once a minute: nothing of a request is ever logged."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from http import HTTPStatus

logger = logging.getLogger("tap-clevertap-webhooks")

REPORT_SECONDS = 60.0


class Tally:
    """Counts answers by status, and connections that were closed without one."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._answers: Counter[int] = Counter()
        self._closed = 0

    def add(self, status: int) -> None:
        """Count an answer."""
        self._answers[status] += 1

    def add_closed(self) -> None:
        """Count a connection that was closed to make place, or because it took too long."""
        self._closed += 1

    async def report(self) -> None:
        """Log once a minute what has been counted, until cancelled."""
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            self.log()

    def log(self) -> None:
        """Log what has been counted since the last time; nothing where that is nothing."""
        answers, self._answers = self._answers, Counter()
        closed, self._closed = self._closed, 0
        stored = answers.pop(HTTPStatus.OK, 0)
        if stored or answers or closed:
            refused = ", ".join(f"{count} x {status}" for status, count in sorted(answers.items()))
            logger.info(
                "%d stored, refused: %s, connections closed: %d", stored, refused or "none", closed
            )
