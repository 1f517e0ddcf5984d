"""One sync of sliced streams: asks, reads, settles and closes, several slices at once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from tap_clevertap import errors
from tap_clevertap.extraction.fetcher import CountRequest, DailyCounts, SlicePage, SliceSkipped
from tap_clevertap.extraction.report import ReconciliationReport
from tap_clevertap.extraction.slice_reader import SliceReader
from tap_clevertap.extraction.slices import (
    SLICE_ROWS,
    CheckpointOrder,
    Slice,
    fixed_width,
    plan,
    width_by_rows,
)
from tap_clevertap.extraction.worker_pool import JobDone, WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_clevertap.config.settings import Settings
    from tap_clevertap.extraction.fetcher import Fetcher
    from tap_clevertap.extraction.progress import Progress
    from tap_clevertap.extraction.reconciliation import DayReconciliation
    from tap_clevertap.extraction.slices import Partition, SliceWidth, Window
    from tap_clevertap.extraction.subscribers import Subscribers
    from tap_clevertap.records.events import EventRowBuilder

RoutedRows: TypeAlias = "tuple[tuple[str, ...], Sequence[bytes]]"
"""The names of streams, and rows that go to them."""

SHORT_DAYS = 8
UNKNOWN_WIDTH = 7
COUNT_LANES = 2
"""Count lanes for each request that may be in flight: they mostly wait between two polls."""


class ExtractionEngine:
    """Runs the slices of the streams that read an export together.

    A long stretch of days is cut by CleverTap's own daily counts, a short one by how busy the
    event was last night. Rows go out as pages arrive. A slice that has been read is settled once
    its counts are known, and closed in the order of its event's days.
    """

    def __init__(  # noqa: PLR0913 - the parts that a run is made of
        self,
        *,
        settings: Settings,
        window: Window,
        fetcher: Fetcher,
        subscribers: Subscribers,
        progress: Progress,
        reader: Callable[[str], EventRowBuilder],
    ) -> None:
        """Put the parts together; `reader` returns what makes rows of an event's records."""
        self._settings = settings
        self._window = window
        self._fetcher = fetcher
        self._subscribers = subscribers
        self._progress = progress
        self._reader = reader
        self._outcome = ReconciliationReport(
            settings.reconciliation, progress, fetcher.count_errors
        )
        self._lanes_each = 1
        self._order = CheckpointOrder()
        lanes = settings.max_concurrency
        self._pool: WorkerPool[Slice | CountRequest, SlicePage | SliceSkipped | DailyCounts]
        self._pool = WorkerPool({"export": lanes, "count": lanes * COUNT_LANES}, buffer=lanes + 1)
        self._fetch = fetcher.pages_or_skip if settings.skip_failed_streams else fetcher.pages
        self._readings: dict[Slice, SliceReader] = {}
        self._broken: set[Slice] = set()
        self._unplanned: set[Partition] = set()
        self._asked: set[Partition] = set()
        self._counts: dict[Partition, DailyCounts] = {}
        self._unsettled: dict[Partition, list[SliceReader]] = defaultdict(list)

    @property
    def failures(self) -> dict[Partition, errors.ClevertapError]:
        """What failed while the others went on, where failed streams are skipped."""
        return self._fetcher.failures

    @property
    def proofs(self) -> list[DayReconciliation]:
        """The proof of each day that has been settled."""
        return self._outcome.proofs

    def pages(self) -> Iterator[RoutedRows]:
        """Yield the rows of all wanted days; a slice is closed after its last were taken.

        Raises:
            ReconciliationFailed: A day differs from CleverTap's count, where that is to fail.
            ClevertapError: A slice could not be read.
        """
        self._partitions = self._subscribers.partitions()
        self._lanes_each = max(1, self._settings.max_concurrency // max(1, len(self._partitions)))
        for partition in self._partitions:
            self._begin(partition)
        for job, result in self._pool.results(self._progress.wait):
            match job, result:
                case Slice(), SlicePage():
                    yield from self._on_page(job, result)
                case Slice(), SliceSkipped():
                    self._broken.add(job)
                case Slice(), JobDone():
                    yield from self._on_slice_read(job)
                case CountRequest(), DailyCounts():
                    yield from self._on_counts(job, result)
        self._finish_run()

    def _begin(self, partition: Partition) -> None:
        """Submit what is known of a subject: its slices, or the question how to cut them."""
        bookmark = self._subscribers.last_closed(partition)
        first, last = self._window.first_wanted(bookmark), self._window.last_closed
        days = (last - first).days + 1
        is_long = days > SHORT_DAYS
        if is_long:
            self._unplanned.add(partition)
        else:
            self._submit(partition, fixed_width(self._steady_width(partition)))
        if is_long or (days > 0 and self._settings.reconciliation != "off"):
            self._ask(CountRequest(partition, first, last))

    def _steady_width(self, partition: Partition) -> int:
        rate = self._subscribers.rows_a_day(partition)
        return SHORT_DAYS if not rate else max(1, SLICE_ROWS // rate)

    def _submit(self, partition: Partition, width: SliceWidth) -> None:
        event, streams = partition
        closed = self._subscribers.last_closed(partition)
        for slice_ in plan(event, self._window, closed, width, streams):
            self._order.expect(slice_)
            self._progress.planned += 1
            self._pool.submit("export", slice_, self._fetch)

    def _ask(self, request: CountRequest) -> None:
        if request.slice_ is None:
            self._asked.add(request.partition)
        self._pool.submit("count", request, self._fetcher.counts)

    def _on_counts(self, request: CountRequest, counted: DailyCounts) -> Iterator[RoutedRows]:
        """Cut a subject by its counts, or settle the slices that waited for them."""
        partition = request.partition
        if partition in self._unplanned:
            self._unplanned.discard(partition)
            by_day = counted.by_day
            last = self._window.last_closed
            width = fixed_width(UNKNOWN_WIDTH)
            if by_day is not None:
                width = width_by_rows(by_day, last, self._lanes_each)
            self._submit(partition, width)
        if request.slice_ is not None:
            known = counted if counted.by_day is not None else self._counts.get(partition, counted)
            yield from self._finish_slice(self._readings[request.slice_], known)
            return
        self._counts[partition] = counted
        for reading in self._unsettled.pop(partition, ()):
            yield from self._finish_slice(reading, counted)

    def _on_page(self, slice_: Slice, delivery: SlicePage) -> Iterator[RoutedRows]:
        if slice_ not in self._readings:
            self._readings[slice_] = SliceReader(slice_, self._reader(slice_.event))
        reading = self._readings[slice_]
        restarts = delivery.attempt - reading.attempt
        self._progress.add(repaired_pages=int(delivery.page.is_repaired), restarts=restarts)
        for rows in reading.rows(delivery.attempt, delivery.page):
            self._progress.add(rows=len(rows))
            yield slice_.streams, rows

    def _on_slice_read(self, slice_: Slice) -> Iterator[RoutedRows]:
        """Settle a slice that was read whole, at once or when its counts are there."""
        if slice_ in self._broken:
            self._readings.pop(slice_, None)
            return
        reading = self._readings.setdefault(slice_, SliceReader(slice_, self._reader(slice_.event)))
        reading.table.free()
        partition = slice_.partition
        is_refused = slice_.event in self._fetcher.non_exportable
        needs_counts = self._settings.duplicates == "reconcile" and reading.has_repeats
        if is_refused or not (self._needs_proof(slice_) or needs_counts):
            yield from self._finish_slice(reading, DailyCounts(None))
        elif slice_.is_open or partition not in self._asked:
            self._ask_again(reading)
        elif partition in self._counts:
            yield from self._finish_slice(reading, self._counts[partition])
        else:
            self._unsettled[partition].append(reading)

    def _needs_proof(self, slice_: Slice) -> bool:
        is_wanted = self._settings.reconciliation != "off" and not slice_.is_open
        return is_wanted and slice_.event not in self._fetcher.non_exportable

    def _ask_again(self, reading: SliceReader) -> None:
        reading.is_recounted = True
        slice_ = reading.slice_
        self._ask(CountRequest(slice_.partition, slice_.first, slice_.last, slice_))

    def _finish_slice(self, reading: SliceReader, counted: DailyCounts) -> Iterator[RoutedRows]:
        """Decide on a slice and close it; where the counts differ they are asked afresh, once."""
        result = reading.reconcile(self._settings.duplicates, counted.by_day, self._window)
        if result.is_doubtful and not reading.is_recounted:
            self._ask_again(reading)
            return
        del self._readings[reading.slice_]
        self._outcome.add(reading.slice_, result)
        yield reading.slice_.streams, result.rows
        is_unproved = counted.by_day is None and self._needs_proof(reading.slice_)
        if self._settings.reconciliation == "fail" and (result.wrong or is_unproved):
            self._outcome.uncounted_slices += [reading.slice_] * is_unproved
            return
        self._close(reading)

    def _close(self, reading: SliceReader) -> None:
        slice_ = reading.slice_
        self._progress.add(slices=1)
        closed = self._order.finish(slice_)
        if closed is None or slice_.event in self._fetcher.non_exportable:
            return
        self._subscribers.close(slice_.partition, closed, reading.rows_a_day)

    def _finish_run(self) -> None:
        """Say what the run came to.

        Raises:
            SliceFailed: A slice was read but not settled, which would be a defect.
            ReconciliationFailed: A day differs, where that is to fail, and the run with it.
        """
        self._outcome.log_summary()
        if self._readings:
            msg = f"slices were read but not settled: {', '.join(map(str, self._readings))}"
            raise errors.SliceFailed(msg)
        try:
            self._outcome.raise_on_mismatch()
        except errors.ReconciliationFailed as error:
            if not self._settings.skip_failed_streams:
                raise
            mismatched_events = self._outcome.mismatched_events
            self.failures.update(
                {one: error for one in self._partitions if one.event in mismatched_events}
            )
        if self._window.end is not None and not self.failures:
            self._subscribers.end_backfill()
