"""What a sync of slices came to: told slice by slice, judged at the end."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from tap_clevertap import errors
from tap_clevertap.extraction.reconciliation import DuplicateKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_clevertap.extraction.progress import Progress
    from tap_clevertap.extraction.reconciliation import DayReconciliation
    from tap_clevertap.extraction.slice_reader import SliceResult
    from tap_clevertap.extraction.slices.model import Slice

logger = logging.getLogger("tap-clevertap")

SHOWN = 5
MOST_WARNINGS = 20


class ReconciliationReport:
    """What a sync came to, day by day; `uncounted_slices` had no counts."""

    def __init__(
        self, reconciliation: str, progress: Progress, count_errors: Mapping[str, str]
    ) -> None:
        """Begin with nothing proved; `count_errors` tells why an event has no counts."""
        self.days: list[DayReconciliation] = []
        self.uncounted_slices: list[Slice] = []
        self._must_hold = reconciliation == "fail"
        self._progress = progress
        self._count_errors = count_errors
        self._warnings = 0

    def add(self, slice_: Slice, result: SliceResult) -> None:
        """Add a slice to the day, and say what is odd about it."""
        self.days += result.days
        self._progress.add(rows=len(result.rows), wrong_days=len(result.wrong))
        for what, number in result.identical.items():
            self._progress.add(**{f"identical_rows_{what.replace(' ', '_')}": number})
            level = logging.WARNING if what == DuplicateKind.UNDECIDED.value else logging.INFO
            logger.log(level, "%s has %d identical rows: %s", slice_, number, what)
        for day in result.wrong[: MOST_WARNINGS - self._warnings]:
            self._warnings += 1
            logger.warning("reconciliation: %s", day)

    def close(self, slice_: Slice) -> None:
        """Count the days of a slice that was closed."""
        self._progress.add(days=len(list(slice_.days())))

    def log_summary(self) -> None:
        """Say how the rows compare with CleverTap's counts."""
        if self._count_errors:
            event, cause = next(iter(self._count_errors.items()))
            many = len(self._count_errors)
            logger.warning("no counts for %d events, such as %r (%s)", many, event, cause)
        if self.days:
            verdicts = Counter(day.verdict.value for day in self.days)
            logger.info(
                "reconciliation: %d events, %d days, %s rows extracted, difference %+d; days %s",
                len({day.event for day in self.days}),
                len(self.days),
                f"{sum(day.extracted for day in self.days):,}",
                sum(day.difference for day in self.days),
                ", ".join(f"{verdict}: {n}" for verdict, n in verdicts.items()),
            )

    @property
    def mismatched_events(self) -> set[str]:
        """The events that do not hold what is to hold."""
        if not self._must_hold:
            return set()
        wrong = {day.event for day in self.days if day.verdict.is_wrong}
        return wrong | {slice_.event for slice_ in self.uncounted_slices}

    def raise_on_mismatch(self) -> None:
        """End the sync red where its day is to hold and does not.

        Raises:
            ReconciliationFailed: A day differs, or has no counts.
        """
        wrong = [day for day in self.days if day.verdict.is_wrong]
        if wrong and self._must_hold:
            some = "; ".join(str(day) for day in wrong[:SHOWN])
            msg = f"reconciliation: {len(wrong)} days differ from CleverTap's count: {some}"
            raise errors.ReconciliationFailed(msg)
        if self.uncounted_slices:
            first, cause = self.uncounted_slices[0], next(iter(self._count_errors.values()), "")
            many = len(self.uncounted_slices)
            msg = f"reconciliation: no counts for {many} slices, such as {first} ({cause})"
            raise errors.ReconciliationFailed(msg)
