"""The settler: a slice that was read waits for counts, is reconciled with them, and closes."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from tap_clevertap import errors
from tap_clevertap.extraction.fetcher import CountRequest, DailyCounts
from tap_clevertap.extraction.reconciliation.reread_budget import (
    SAMPLED_DAYS,
    SYSTEMATIC_DAYS,
    RereadBudget,
)
from tap_clevertap.extraction.slices.model import SliceState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from tap_clevertap.config.settings import Settings
    from tap_clevertap.extraction.checkpoint import Checkpoint
    from tap_clevertap.extraction.reconciliation.report import ReconciliationReport
    from tap_clevertap.extraction.reconciliation.verdicts import SliceResult
    from tap_clevertap.extraction.slice_reader import RoutedRows, SliceReader
    from tap_clevertap.extraction.slices.model import Partition, Slice
    from tap_clevertap.extraction.slices.window import Window

UNKNOWN = DailyCounts(None)


MAX_ROUNDS = 2
"""Times that days which do not add up are read again in a run."""
LAG = timedelta(days=7)
"""How long a count is doubted: rows of phones that were offline arrive for days."""


class Settler:
    """Reconciles slices with CleverTap's counts, and closes those that are complete.

    The counts of all days of a partition are requested once, by `expect_counts`. A slice whose
    counts differ is counted afresh, once: rows arrive between reading and counting. Days that still
    differ are read again from new cursors, and counted again.
    """

    def __init__(  # noqa: PLR0913 - the parts that decide on a slice
        self,
        *,
        settings: Settings,
        window: Window,
        checkpoint: Checkpoint,
        report: ReconciliationReport,
        request_counts: Callable[[CountRequest], None],
        read: Callable[[list[SliceReader]], None],
        repair: Callable[[list[Slice]], None],
    ) -> None:
        self._settings = settings
        self._window = window
        self._checkpoint = checkpoint
        self._report = report
        self._request_counts = request_counts
        self._read = read
        self._repair = repair
        self._budget = RereadBudget()
        self._expected: set[Partition] = set()
        self._counts: dict[Partition, DailyCounts] = {}
        self._awaiting: dict[Partition, list[SliceReader]] = defaultdict(list)
        self._recounted: dict[Slice, SliceReader] = {}
        self._ranged: set[Partition] = set()

    def count_page(self, *, is_read_again: bool) -> None:
        """Count a page that was read, for the share that may be read again."""
        self._budget.add_page(is_read_again=is_read_again)

    def expect_counts(self, request: CountRequest) -> None:
        """Request the counts of all days of a partition."""
        self._expected.add(request.partition)
        self._request_counts(request)

    def on_read(self, reader: SliceReader) -> Iterator[RoutedRows]:
        """Settle a slice that was read whole, now or when its counts arrive."""
        reader.move_to(SliceState.READ)
        slice_, partition = reader.slice_, reader.slice_.partition
        needs_counts = self._settings.duplicates == "reconcile" and reader.has_repeats
        if not (self._is_reconciled(slice_) or needs_counts):
            yield from self._settle(reader, UNKNOWN)
        elif slice_.is_open or slice_.is_repair or partition not in self._expected:
            self._recount(reader)
        elif partition in self._counts:
            yield from self._settle(reader, self._counts[partition])
        else:
            reader.move_to(SliceState.AWAITING_COUNTS)
            self._awaiting[partition].append(reader)

    def on_counts(self, request: CountRequest, counts: DailyCounts) -> Iterator[RoutedRows]:
        """Settle the slices that waited for counts."""
        partition = request.partition
        if request.slice_ is not None:
            known = counts if counts.by_day is not None else self._counts.get(partition, counts)
            yield from self._settle(self._recounted.pop(request.slice_), known)
            return
        self._counts[partition] = counts
        for reader in self._awaiting.pop(partition, ()):
            yield from self._settle(reader, counts)

    def finish(self) -> None:
        """Check that all slices are settled, and log the days that are remembered together.

        Raises:
            SliceFailed: A slice was read but not settled, which would be a defect of the tap.
        """
        waiting = [one for readers in self._awaiting.values() for one in readers]
        for partition in sorted(self._ranged):
            for one in self._checkpoint.remembered_ranges(partition):
                self._report.log_remembered(partition.event, one)
        if waiting := [*waiting, *self._recounted.values()]:
            msg = f"slices were read but not settled: {', '.join(str(one) for one in waiting)}"
            raise errors.SliceFailed(msg)

    def _is_reconciled(self, slice_: Slice) -> bool:
        return self._settings.reconciliation != "off" and not slice_.is_open

    def _recount(self, reader: SliceReader) -> None:
        reader.is_recounted = True
        reader.move_to(SliceState.AWAITING_COUNTS)
        slice_ = reader.slice_
        self._recounted[slice_] = reader
        self._request_counts(CountRequest(slice_.partition, slice_.first, slice_.last, slice_))

    def _settle(self, reader: SliceReader, counts: DailyCounts) -> Iterator[RoutedRows]:
        slice_ = reader.slice_
        result = reader.reconcile(
            self._settings.duplicates, counts.by_day, self._window, self._budget.trusts
        )
        if result.is_doubtful and not reader.is_recounted:
            self._recount(reader)
            return
        if reader.rounds:
            self._note_readings(reader, result)
        if days := self._days_to_read_again(reader, result):
            self._report.read_again(slice_, days)
            self._read(reader.read_again(days))
            return
        reader.table.free()
        self._report.add(slice_, result)
        yield slice_.streams, result.rows
        is_uncounted = counts.by_day is None and self._is_reconciled(slice_)
        if self._settings.reconciliation == "fail" and (result.wrong or is_uncounted):
            self._report.uncounted_slices += [slice_] * is_uncounted
            reader.move_to(SliceState.UNPROVED)
            return
        reader.move_to(SliceState.CLOSED)
        self._report.close(slice_, sum(reader.table.distinct.values()))
        if counts.by_day is not None and self._is_reconciled(slice_):
            self._remember(slice_, result)
        self._checkpoint.close(slice_, reader.rows_a_day)

    def _days_to_read_again(self, reader: SliceReader, result: SliceResult) -> list[date]:
        """Return the days that do not add up, where reading them again is worth its requests.

        Those whose many repeats are left out are among them, a few of an event. Where that is most
        of the slice, a few are tried first: if these still differ, the event's counts are not about
        its rows, and the others would differ too.
        """
        slice_ = reader.slice_
        own = list(slice_.days())
        days = [one.day for one in result.wrong if one.day in own]
        unsure = [
            one for one in result.many_left_out if one in own and not reader.is_read_twice(one)
        ]
        unsure = unsure[: self._budget.unsure_left(slice_.event)]
        is_off = self._settings.reconciliation == "off" or slice_.is_open
        if not (days or unsure) or is_off or reader.rounds >= MAX_ROUNDS:
            return []
        if self._budget.is_systematic(slice_.event):
            self._report.add_systematic(slice_.event)
            return []
        if reader.rounds:
            return days
        is_most = len(days) >= SYSTEMATIC_DAYS and 2 * len(days) > len(own)
        tried = days[:SAMPLED_DAYS] if is_most else days[: self._days_left(reader)]
        if self._settings.reconciliation == "fail":  # equal numbers are proved by nothing else
            tried += [one.day for one in result.wrong if not one.difference and one.day in own]
        return sorted({*tried, *unsure})

    def _days_left(self, reader: SliceReader) -> int:
        """Return how many days of a slice may be read again, in pages of half the size."""
        return self._budget.days_left(2 * reader.rows_a_day // self._settings.batch_size)

    def _may_lag(self, slice_: Slice, day: date) -> bool:
        """Tell whether a day's count is fresh, and no look-back corrects what it leaves out.

        A count that lags by as many rows as users did twice takes these for repeats of the API,
        however often it is asked for on that night.
        """
        is_fresh = day >= self._window.today - LAG
        is_again = slice_.is_repair or self._window.is_read_again(day)
        return is_fresh and not is_again and day in slice_.days()

    def _note_readings(self, reader: SliceReader, result: SliceResult) -> None:
        """Learn from the days that were read again whether that helps with this event."""
        wrong = {one.day: one for one in result.wrong}
        for day, is_same in reader.second_readings():
            differs = day in wrong and wrong[day].difference != 0
            self._budget.add_reading(
                reader.slice_.event,
                is_same=is_same,
                differs=differs,
                is_left_out=day in result.many_left_out,
            )

    def _remember(self, slice_: Slice, result: SliceResult) -> None:
        """Note the days that do not add up for the next runs, and forget those that do."""
        wrong = sorted({one.day for one in result.wrong} & set(slice_.days()))
        for day in slice_.days():
            if day not in wrong:
                self._checkpoint.forget_mismatch(slice_, day)
        if left_out := [day for day in result.left_out if self._may_lag(slice_, day)]:
            self._report.log_left_out(slice_, left_out)
            for day in left_out:
                self._checkpoint.note_mismatch(slice_, day)
        if self._budget.is_systematic(slice_.event):
            named = self._checkpoint.note_mismatches(slice_, wrong)
            self._ranged.add(slice_.partition)
        else:
            noted = [self._checkpoint.note_mismatch(slice_, day) for day in wrong]
            named = [one for one in noted if one is not None]
        for one in named:
            self._report.log_remembered(slice_.event, one)
        self._repair(self._checkpoint.further_repairs(slice_.partition, self._window))
