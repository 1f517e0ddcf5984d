"""The extraction engine: slices are fetched by workers, written page by page, then settled."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tap_clevertap import errors
from tap_clevertap.extraction.fetcher import (
    ATTEMPTS,
    RESUME,
    CountRequest,
    DailyCounts,
    SliceCut,
    SlicePage,
    SliceSkipped,
)
from tap_clevertap.extraction.reconciliation.report import ReconciliationReport, warn_of_days_left
from tap_clevertap.extraction.scheduler import Scheduler
from tap_clevertap.extraction.settler import Settler
from tap_clevertap.extraction.slice_reader import SliceReader
from tap_clevertap.extraction.slices.model import Slice, SliceState
from tap_clevertap.extraction.worker_pool import JobDone, WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_clevertap.config.settings import Settings
    from tap_clevertap.extraction.checkpoint import Checkpoint
    from tap_clevertap.extraction.fetcher import Fetcher
    from tap_clevertap.extraction.progress import Progress
    from tap_clevertap.extraction.reconciliation.verdicts import DayReconciliation
    from tap_clevertap.extraction.slice_reader import RoutedRows
    from tap_clevertap.extraction.slices.model import Partition
    from tap_clevertap.extraction.slices.window import Window
    from tap_clevertap.records.events import EventRowBuilder

EXPORT, COUNT = "export", "count"
COUNT_LANES = 5
"""Count workers for each request that may be in flight: they mostly wait between two polls."""


class ExtractionEngine:
    """Runs the slices of the streams that share an export.

    The scheduler decides what to read next, the fetcher reads it on worker threads, the settler
    reconciles each slice that was read. Rows are written as pages arrive, on the calling thread.
    """

    def __init__(  # noqa: PLR0913 - the parts that a run is made of
        self,
        *,
        settings: Settings,
        window: Window,
        partitions: list[Partition],
        fetcher: Fetcher,
        checkpoint: Checkpoint,
        progress: Progress,
        builder: Callable[[str], EventRowBuilder],
        before_rows: Callable[[], None] = lambda: None,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        """`builder` returns the row builder of an event, `is_over` tells when to end early."""
        lanes = settings.max_concurrency
        self._settings = settings
        self._window = window
        self._fetcher = fetcher
        self._checkpoint = checkpoint
        self._progress = progress
        self._builder = builder
        self._report = ReconciliationReport(settings.reconciliation, progress, fetcher.count_errors)
        self._pool: WorkerPool[
            Slice | CountRequest, SlicePage | SliceCut | SliceSkipped | DailyCounts
        ]
        self._pool = WorkerPool({EXPORT: lanes, COUNT: lanes * COUNT_LANES}, buffer=lanes + 1)
        self._scheduler = Scheduler(window, checkpoint, partitions, lanes, settings.batch_size)
        self._settler = Settler(
            settings=settings,
            window=window,
            checkpoint=checkpoint,
            report=self._report,
            request_counts=lambda one: self._pool.submit(COUNT, one, self._counts),
            read=self._read,
            repair=self._read_slices,
        )
        self._rates = {one: checkpoint.rows_a_day(one) or 0 for one in partitions}
        self._readers: dict[Slice, SliceReader] = {}
        self._before_rows = before_rows
        self._is_over = is_over
        self._is_started = False
        self._left: list[Slice] = []
        self.requests = 0
        self._after_page: Callable[[], None] = lambda: None

    @property
    def failures(self) -> dict[Partition, errors.ClevertapError]:
        """The partitions that failed and were skipped, with `skip_failed_streams`."""
        return self._fetcher.failures

    @property
    def days(self) -> list[DayReconciliation]:
        """The reconciliation of each completed day."""
        return self._report.days

    def run(
        self, writers: Mapping[str, Callable[[list[bytes]], None]], after_page: Callable[[], None]
    ) -> None:
        """Write the rows of all selected days with the writers of their streams.

        `after_page` is called after the rows of each page.

        Raises:
            ReconciliationFailed: A day differs from CleverTap's count, and that is to fail.
            ClevertapError: A slice could not be read.
        """
        self._after_page = after_page
        for streams, rows in self.pages():
            for name in streams:
                writers[name](rows)

    def pages(self) -> Iterator[RoutedRows]:
        """Yield the rows of all selected days; a slice is closed after its last rows were taken.

        Raises:
            ReconciliationFailed: A day differs from CleverTap's count, and that is to fail.
            ClevertapError: A slice could not be read.
        """
        self.start()
        self._progress.planned = self._scheduler.planned
        for job, result in self._pool.results(self._progress.wait):
            self._before_rows()
            if self._is_over() and not self._left:
                self._end_early()
            match job, result:
                case Slice(), SlicePage():
                    yield from self._on_page(job, result)
                case Slice(), SliceCut():
                    self._read(self._reader(job).halves())
                case Slice(), SliceSkipped():
                    self._reader(job).move_to(SliceState.SKIPPED)
                case Slice(), JobDone():
                    yield from self._on_read(self._reader(job))
                case CountRequest(), DailyCounts():
                    yield from self._settler.on_counts(job, result)
        self._finish()

    def start(self) -> None:
        """Begin to read, unless that was done; the buffer fills until somebody takes the rows."""
        if self._is_started:
            return
        self._is_started = True
        fetch = self._fetcher
        self._request_counts()
        self._read_slices(self._checkpoint.repairs(self._window))
        self._pool.draw(
            EXPORT,
            self._scheduler.next_slice,
            fetch.pages_or_skip if self._settings.skip_failed_streams else fetch.pages_or_cut,
            has_more=lambda: self._scheduler.has_more,
        )
        self._pool.start()

    def cancel(self) -> None:
        """Read no more: the run ends before its rows were taken."""
        self._pool.cancel()

    def _end_early(self) -> None:
        """Begin nothing more; what is being read is completed, and its counts are awaited."""
        scheduler = self._scheduler
        self._pool.wake(scheduler.stop)
        self._pool.wake(lambda: self._left.extend(scheduler.left()))
        self._pool.drop(
            COUNT, lambda one: one.slice_ is None and not scheduler.has_begun(one.partition)
        )

    def _request_counts(self) -> None:
        """Request the counts that slices are planned by, and reconciled with."""
        for partition in self._scheduler.partitions:
            days = self._scheduler.days(partition)
            is_reconciled = self._settings.reconciliation != "off"
            if days and (is_reconciled or self._scheduler.needs_counts(partition)):
                self._settler.expect_counts(CountRequest(partition, *days))

    def _counts(self, request: CountRequest) -> Iterator[DailyCounts]:
        """Yield the counts of a partition or slice, in a thread of the pool.

        What is read next goes by them as soon as they arrive: the results before them may have to
        wait, for the check of the time zone or for the target.
        """
        for counts in self._fetcher.counts(request):
            if request.slice_ is None:
                cut = partial(self._scheduler.cut, request.partition, counts.by_day)
                self._pool.wake(cut)
            yield counts

    def _on_page(self, slice_: Slice, delivery: SlicePage) -> Iterator[RoutedRows]:
        reader, written = self._reader(slice_), 0
        self.requests += 1
        is_restart = reader.chain is not None and reader.chain.number != delivery.chain
        chain = reader.begin(delivery.chain)
        if chain.is_broken:
            return
        table, streams = reader.table, slice_.streams
        keys, days = list[list[bytes]](), list[list[str | None]]()
        known = len(table)
        for batch in reader.builder.read(delivery.page):
            rows = table.filter_new(batch)
            keys.append(batch.keys)
            days.append(batch.days)
            written += len(rows)
            yield streams, rows
        if chain.add(keys, len(table) - known):
            table.repeated_days.update(*days)
        if chain.is_broken:
            self._fetcher.abandon(chain.number)
        is_repaired = int(delivery.page.is_repaired)
        self._progress.add(rows=written, repaired_pages=is_repaired, restarts=int(is_restart))
        self._settler.count_page(is_read_again=reader.parent is not None)
        self._after_page()

    def _on_read(self, reader: SliceReader) -> Iterator[RoutedRows]:
        del self._readers[reader.slice_]
        self.requests += 1  # the cursor was opened
        self._read_slices(self._fetcher.take_back())
        if reader.state in {SliceState.SKIPPED, SliceState.HALVED}:
            return
        if reader.chain is not None and reader.chain.is_broken:
            self._begin_again(reader)
        elif self._fetcher.pop_unread(reader.slice_):
            reader.move_to(SliceState.SKIPPED)
        elif reader.parent is None:
            yield from self._settler.on_read(reader)
        elif reader.parent.absorb(reader):
            yield from self._settler.on_read(reader.parent)

    def _begin_again(self, reader: SliceReader) -> None:
        """Read a slice again whose chain was found broken after its last page.

        Raises:
            SliceFailed: It stayed broken.
        """
        reader.broken_chains += 1
        if reader.broken_chains < ATTEMPTS:
            self._read([reader])
            return
        msg = f"{', '.join(reader.slice_.streams)}: {reader.slice_} repeats its pages{RESUME}"
        error = errors.SliceFailed(msg)
        if not self._settings.skip_failed_streams:
            raise error
        self.failures.setdefault(reader.slice_.partition, error)
        reader.move_to(SliceState.SKIPPED)

    def _read(self, readers: list[SliceReader]) -> None:
        """Have some slices read before all others."""
        if not readers:
            return
        self._readers.update({one.slice_: one for one in readers})
        self._pool.wake(lambda: self._scheduler.put_first(one.slice_ for one in readers))

    def _read_slices(self, slices_: list[Slice]) -> None:
        """Have some slices read before all others, from their beginning."""
        self._read([self._new(one) for one in slices_])

    def _reader(self, slice_: Slice) -> SliceReader:
        if slice_ not in self._readers:
            self._readers[slice_] = self._new(slice_)
        return self._readers[slice_]

    def _new(self, slice_: Slice) -> SliceReader:
        return SliceReader(slice_, self._builder(slice_.event))

    def _finish(self) -> None:
        """Log the summary of the run.

        Raises:
            SliceFailed: A slice was read but not settled, which would be a defect of the tap.
            ReconciliationFailed: A day differs from CleverTap's count, and that is to fail.
        """
        self._report.log_summary()
        self._settler.finish()
        self._report.log_silence(self._rates)
        try:
            self._report.raise_on_mismatch()
        except errors.ReconciliationFailed as error:
            if not self._settings.skip_failed_streams:
                raise
            events = self._report.mismatched_events
            partitions = self._scheduler.partitions
            self.failures.update({one: error for one in partitions if one.event in events})
        warn_of_days_left(self._progress.label, self._left)
        if self._window.end is not None and not self.failures and not self._left:
            self._checkpoint.end_backfill()
