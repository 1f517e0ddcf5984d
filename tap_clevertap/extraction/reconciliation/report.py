"""The reconciliation report of a sync: logged slice by slice, summarised at the end."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from tap_clevertap import errors, logger
from tap_clevertap.extraction.reconciliation.verdicts import DuplicateKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from tap_clevertap.extraction.progress import Progress
    from tap_clevertap.extraction.reconciliation.remembered_days import Remembered
    from tap_clevertap.extraction.reconciliation.verdicts import DayReconciliation, SliceResult
    from tap_clevertap.extraction.slices.model import Partition, Slice


MAX_LISTED = 5
MAX_WARNINGS = 20
MEANINGS = {
    DuplicateKind.GENUINE.value: "kept (genuine)",
    DuplicateKind.API_REPEATS.value: "dropped (repeated by the API)",
    DuplicateKind.UNDECIDED.value: "kept (undecided)",
    "kept": "kept",
    "dropped": "dropped",
}


class ReconciliationReport:
    """The reconciliation of a sync, day by day; `uncounted_slices` had no counts."""

    def __init__(
        self, reconciliation: str, progress: Progress, count_errors: Mapping[str, str]
    ) -> None:
        """`count_errors` is the reason why an event has no counts."""
        self.days: list[DayReconciliation] = []
        self.uncounted_slices: list[Slice] = []
        self._must_hold = reconciliation == "fail"
        self._progress = progress
        self._count_errors = count_errors
        self._warnings = 0
        self.rows: Counter[Partition] = Counter()
        self._systematic: set[str] = set()

    def add(self, slice_: Slice, result: SliceResult) -> None:
        """Add the result of a slice, and log its duplicates and mismatched days."""
        self.days += result.days
        self._progress.add(rows=len(result.rows), wrong_days=len(result.wrong))
        for what, number in result.identical.items():
            self._progress.add(**{f"duplicate_rows_{what.replace(' ', '_')}": number})
            level = logging.WARNING if what == DuplicateKind.UNDECIDED.value else logging.INFO
            logger.log(level, "%s: %d duplicate rows: %s", slice_, number, MEANINGS[what])
        for day in result.wrong[: MAX_WARNINGS - self._warnings]:
            self._warnings += 1
            logger.warning("reconciliation: %s", day)

    def close(self, slice_: Slice, rows: int) -> None:
        """Count a slice that was closed, and its rows."""
        self._progress.add(days=len(list(slice_.days())))
        self.rows[slice_.partition] += rows

    def read_again(self, slice_: Slice, days: list[date]) -> None:
        """Log that days are read again."""
        self._progress.add(days_read_again=len(days))
        logger.info("reconciliation: %r: reading %s again", slice_.event, _some(days))

    @staticmethod
    def log_left_out(slice_: Slice, days: list[date]) -> None:
        """Log that days are read once more because rows of them were left out."""
        logger.info(
            "reconciliation: %r %s: duplicates dropped on a fresh count; re-read by the next run",
            slice_.event,
            _some(days),
        )

    def add_systematic(self, event: str) -> None:
        """Name an event once whose counts differ on most of its days."""
        if event not in self._systematic:
            self._systematic.add(event)
            logger.warning(
                "reconciliation: %r differs from CleverTap's counts on most days; not re-reading "
                "all of them",
                event,
            )

    @staticmethod
    def log_remembered(event: str, days: Remembered) -> None:
        """Log what becomes of a day, or of many days of an event, that still differ."""
        first, last, nights = days
        if not nights:
            logger.warning(
                "reconciliation: %r %s differs after a week of re-reading; giving up on it. To "
                "load it again, run a backfill with start_date %s and end_date %s",
                event,
                days,
                first,
                last,
            )
        elif first == last:
            logger.warning(
                "reconciliation: %r %s still differs; it is re-read on the next %d nights",
                event,
                days,
                nights,
            )
        else:
            logger.warning(
                "reconciliation: %r %s still differs; its first and last day are re-read on the "
                "next %d nights, and all of them once one of the two is right",
                event,
                days,
                nights,
            )

    def log_silence(self, rates: Mapping[Partition, int]) -> None:
        """Name the partitions that had rows in earlier runs, and none in this one.

        `rates` are their rows a day. An empty answer is also what a broken tracking looks like.
        """
        for partition, rows in self.rows.items():
            if not rows and rates.get(partition):
                logger.warning(
                    "%s: %r: no rows and no counts, although about %s rows a day were exported "
                    "before",
                    ", ".join(partition.streams),
                    partition.event,
                    f"{rates[partition]:,}",
                )

    def log_summary(self) -> None:
        """Log how the rows compare with CleverTap's counts."""
        if self._count_errors:
            event, cause = next(iter(self._count_errors.items()))
            many = len(self._count_errors)
            what = "reconciliation: no counts for %d events, such as %r (%s)"
            logger.warning(what, many, event, cause)
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
        """The events with a difference, if `reconciliation` is `fail`."""
        if not self._must_hold:
            return set()
        wrong = {day.event for day in self.days if day.verdict.is_wrong}
        return wrong | {slice_.event for slice_ in self.uncounted_slices}

    def raise_on_mismatch(self) -> None:
        """Fail the sync if `reconciliation` is `fail` and a day differs.

        Raises:
            ReconciliationFailed: A day differs, or has no counts.
        """
        wrong = [day for day in self.days if day.verdict.is_wrong]
        if wrong and self._must_hold:
            some = "; ".join(str(day) for day in wrong[:MAX_LISTED])
            msg = f"reconciliation: {len(wrong)} days differ from CleverTap's count: {some}"
            raise errors.ReconciliationFailed(msg)
        if self.uncounted_slices:
            first, cause = self.uncounted_slices[0], next(iter(self._count_errors.values()), "")
            many = len(self.uncounted_slices)
            msg = f"reconciliation: no counts for {many} slices, such as {first} ({cause})"
            raise errors.ReconciliationFailed(msg)


def warn_of_days_left(stream: str, left: Sequence[Slice]) -> None:
    """Log the days that a run did not read because `max_run_minutes` had passed."""
    if left:
        logger.warning(
            "%s: max_run_minutes has passed; %d days of %d events are left, such as %s; "
            "the next run continues there",
            stream,
            sum(len(list(one.days())) for one in left),
            len({one.event for one in left}),
            ", ".join(str(one) for one in left[:MAX_LISTED]),
        )


def _some(days: list[date]) -> str:
    return ", ".join(map(str, days[:MAX_LISTED])) + (", …" if len(days) > MAX_LISTED else "")
