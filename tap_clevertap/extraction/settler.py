"""The settler: a slice that was read waits for counts, is reconciled with them, and closes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tap_clevertap import errors
from tap_clevertap.extraction.fetcher import CountRequest, DailyCounts
from tap_clevertap.extraction.slices.model import SliceState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from tap_clevertap.config.settings import Settings
    from tap_clevertap.extraction.checkpoint import Checkpoint
    from tap_clevertap.extraction.report import ReconciliationReport
    from tap_clevertap.extraction.slice_reader import RoutedRows, SliceReader
    from tap_clevertap.extraction.slices.model import Partition, Slice
    from tap_clevertap.extraction.slices.window import Window

UNKNOWN = DailyCounts(None)


class Settler:
    """Reconciles slices with CleverTap's counts, and closes those that are complete.

    The counts of all days of a partition are requested once, by `expect_counts`. A slice whose
    rows differ is counted again, once: rows arrive between reading and counting.
    """

    def __init__(  # noqa: PLR0913 - the parts that decide on a slice
        self,
        *,
        settings: Settings,
        window: Window,
        checkpoint: Checkpoint,
        report: ReconciliationReport,
        non_exportable: Collection[str],
        request_counts: Callable[[CountRequest], None],
    ) -> None:
        self._settings = settings
        self._window = window
        self._checkpoint = checkpoint
        self._report = report
        self._non_exportable = non_exportable
        self._request_counts = request_counts
        self._expected: set[Partition] = set()
        self._counts: dict[Partition, DailyCounts] = {}
        self._awaiting: dict[Partition, list[SliceReader]] = defaultdict(list)
        self._recounted: dict[Slice, SliceReader] = {}

    def expect_counts(self, request: CountRequest) -> None:
        """Request the counts of all days of a partition."""
        self._expected.add(request.partition)
        self._request_counts(request)

    def on_read(self, reader: SliceReader) -> Iterator[RoutedRows]:
        """Settle a completely read slice, now or when its counts arrive."""
        reader.finish()
        slice_, partition = reader.slice_, reader.slice_.partition
        is_refused = slice_.event in self._non_exportable
        needs_counts = self._settings.duplicates == "reconcile" and reader.has_repeats
        if is_refused or not (self._is_reconciled(slice_) or needs_counts):
            yield from self._settle(reader, UNKNOWN)
        elif slice_.is_open or partition not in self._expected:
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
        """Check that all slices are settled.

        Raises:
            SliceFailed: A slice was read but not settled, which would be a defect of the tap.
        """
        waiting = [one for readers in self._awaiting.values() for one in readers]
        if waiting := [*waiting, *self._recounted.values()]:
            msg = f"slices were read but not settled: {', '.join(str(one) for one in waiting)}"
            raise errors.SliceFailed(msg)

    def _is_reconciled(self, slice_: Slice) -> bool:
        is_wanted = self._settings.reconciliation != "off" and not slice_.is_open
        return is_wanted and slice_.event not in self._non_exportable

    def _recount(self, reader: SliceReader) -> None:
        reader.is_recounted = True
        reader.move_to(SliceState.AWAITING_COUNTS)
        slice_ = reader.slice_
        self._recounted[slice_] = reader
        self._request_counts(CountRequest(slice_.partition, slice_.first, slice_.last, slice_))

    def _settle(self, reader: SliceReader, counts: DailyCounts) -> Iterator[RoutedRows]:
        slice_ = reader.slice_
        result = reader.reconcile(self._settings.duplicates, counts.by_day, self._window)
        if result.is_doubtful and not reader.is_recounted:
            self._recount(reader)
            return
        self._report.add(slice_, result)
        yield slice_.streams, result.rows
        is_uncounted = counts.by_day is None and self._is_reconciled(slice_)
        if self._settings.reconciliation == "fail" and (result.wrong or is_uncounted):
            self._report.uncounted_slices += [slice_] * is_uncounted
            reader.move_to(SliceState.UNPROVED)
            return
        reader.move_to(SliceState.CLOSED)
        self._report.close(slice_)
        if slice_.event not in self._non_exportable:
            self._checkpoint.close(slice_, reader.rows_a_day)
