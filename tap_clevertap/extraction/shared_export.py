"""Streams that share the event export: an event that several of them want is requested once."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_clevertap import logger
from tap_clevertap.api.endpoints import EVENTS, Export
from tap_clevertap.errors import ClevertapError
from tap_clevertap.extraction.checkpoint import Checkpoint
from tap_clevertap.extraction.engine import ExtractionEngine
from tap_clevertap.extraction.fetcher import Fetcher
from tap_clevertap.extraction.slices.window import run_window
from tap_clevertap.extraction.subscribers import exported_before, partitions_of
from tap_clevertap.extraction.timezone_check import TimezoneCheck
from tap_clevertap.records.events import EventRowBuilder
from tap_clevertap.records.fast_decoding import decode_events
from tap_clevertap.records.profile_columns import ProfileCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tap_clevertap.extraction.progress import Progress
    from tap_clevertap.extraction.run import Run
    from tap_clevertap.extraction.slice_reader import RoutedRows
    from tap_clevertap.extraction.slices.model import Partition
    from tap_clevertap.extraction.slices.window import Window
    from tap_clevertap.extraction.subscribers import ExportConsumer, Subscriber
    from tap_clevertap.output.rows import Row


PACE, LEAST_SECONDS = "milliseconds_a_request", 60
"""Key of the state, and what a run has to take for its pace to mean something.

An integer: targets of the SDK parse a float of a STATE as a decimal, and die when they write it.
"""
MAX_LISTED = 3
MAX_BUFFERED_ROWS = 50_000
"""Rows buffered for BATCH files, of all streams together: about 50 MB."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading of the export, and what belongs to it."""

    engine: ExtractionEngine
    progress: Progress
    fetcher: Fetcher
    profiles: ProfileCache


class SharedExport:
    """Reads the export once for several streams, when the first of them is synced.

    The SDK syncs streams one after the other: many streams with few rows would each wait for
    CleverTap alone. So the stream that syncs first writes the rows of all of them.
    """

    def __init__(self, consumers: Sequence[ExportConsumer]) -> None:
        self._consumers = {one.name: one for one in consumers}
        self._is_prepared = self._has_read = False
        self._reading: _Reading | None = None
        self._error: ClevertapError | None = None
        self._failures: Mapping[Partition, ClevertapError] = {}

    def prepare(self) -> None:
        """Determine the events to read, and verify the time zone against sample records.

        Raises:
            SettingError: A setting is wrong.
        """
        if self._is_prepared:
            return
        self._find_events()
        self._timezone = TimezoneCheck(self._run, self._window, self._events, self._state)
        self._timezone.start()
        self._is_prepared = True

    def prefetch(self) -> None:
        """Begin to read before the streams are synced; nothing is written.

        Not for a full-table run: it forgets its bookmarks, and not before its turn.
        """
        methods = {one.replication_method for one in self._consumers.values()}
        if self._is_prepared and self._reading is None and "FULL_TABLE" not in methods:
            self._reading = self._begin()
            self._reading.engine.start()

    def cancel(self) -> None:
        """Stop prefetching: the run ended before the streams were synced."""
        if self._reading is not None:
            self._reading.engine.cancel()

    def verify_timezone(self, on_idle: Callable[[], None] = lambda: None) -> None:
        """Wait for the check of the time zone, if one was begun.

        Raises:
            SettingError: The records have another offset.
        """
        if self._is_prepared:
            self._timezone.verify(on_idle)

    def run_of_events(self) -> tuple[Run, Window, dict[str, Subscriber]]:
        """Return what a run would read from, its days and the streams to read for.

        Raises:
            SettingError: A setting is wrong.
        """
        self._find_events()
        return self._run, self._window, self._subscribers()

    @property
    def seconds_a_request(self) -> float | None:
        """How long a request took in the last run of a minute or more, all lanes at work."""
        pace = self._state.get(PACE)
        return pace / 1000 if type(pace) is int else None

    @property
    def _state(self) -> dict[str, Any]:
        return next(iter(self._consumers.values())).stream_state

    def _find_events(self) -> None:
        run = next(iter(self._consumers.values())).run
        self._run, self._settings = run, run.settings
        self._window = run_window(run.settings, run.now)
        consumers = self._consumers.values()
        self._events = [
            event for event in run.chosen_events if any(one.wants(event) for one in consumers)
        ]

    def write_schema_once(self) -> None:
        """Write the schemas of all streams: rows of any of them may be written first."""
        for one in self._consumers.values():
            one.write_schema_once()

    def write_all(self, name: str) -> None:
        """Write the rows of all streams, once; the failure of a stream is raised in its own sync.

        Raises:
            ClevertapError: Rows of `name` could not be read, or those of any stream if that ends
                the run.
        """
        if not self._has_read:
            self._has_read = True
            try:
                self._read()
            except ClevertapError as error:
                self._error = error
        if self._error is not None:
            raise self._error
        for partition, failure in self._failures.items():
            if name in partition.streams:
                raise failure

    def _read(self) -> None:
        with ExitStack() as stack:
            writers = {
                name: self._writer(one, stack.enter_context(one.open_writer()))
                for name, one in self._consumers.items()
            }
            with self._extraction() as engine:
                engine.run(writers, after_page=self._flush_largest)

    @staticmethod
    def _writer(
        consumer: ExportConsumer, write: Callable[[Sequence[Row]], None]
    ) -> Callable[[Sequence[Row]], None]:
        return (lambda rows: write(consumer.transform(rows))) if consumer.transforms else write

    def _flush_largest(self) -> None:
        """Flush the streams with most buffered rows while all together exceed the limit."""
        by_waiting = sorted(self._consumers.values(), key=lambda one: one.buffered_rows)
        total = sum(one.buffered_rows for one in by_waiting)
        while total > MAX_BUFFERED_ROWS:
            fullest = by_waiting.pop()
            total -= fullest.buffered_rows
            fullest.flush()

    def pages(self) -> Iterator[RoutedRows]:
        """Yield rows in batches, with the names of the streams that they belong to.

        Raises:
            ClevertapError: Rows could not be read, or differ from CleverTap's counts.
        """
        with self._extraction() as engine:
            yield from engine.pages()

    @contextmanager
    def _extraction(self) -> Iterator[ExtractionEngine]:
        """Yield the engine that reads for all streams; its results are kept if it fails."""
        reading, self._reading = self._reading or self._begin(), None
        engine, run, began = reading.engine, self._run, time.monotonic()
        self._failures = engine.failures
        try:
            yield engine
        finally:
            seconds = time.monotonic() - began
            if engine.requests and seconds >= LEAST_SECONDS:
                self._state[PACE] = round(seconds * 1000 / engine.requests)
            run.reconciled_days.extend(engine.days)
            reading.progress.end()
            if unusual := reading.profiles.safe.summary():
                logger.warning("%s: unusual values: %s", self._label, unusual)
        if pace := str(reading.fetcher.pace):
            logger.info("%s: %s", self._label, pace)
        if reading.fetcher.non_exportable:
            names = ", ".join(map(repr, sorted(reading.fetcher.non_exportable)))
            what = "%s: export not permitted for %s; only counts are available"
            logger.warning(what, self._label, names)

    def _begin(self) -> _Reading:
        run, settings = self._run, self._settings
        progress = run.progress(self._label, unit="days")
        wants_properties = settings.event_profile_data
        export = Export(EVENTS, wants_properties=wants_properties, decode=decode_events)
        subscribers = self._subscribers()
        fetcher = Fetcher(run, export, exportable=exported_before(subscribers))
        profiles = ProfileCache()
        engine = ExtractionEngine(
            settings=settings,
            window=self._window,
            partitions=partitions_of(subscribers),
            fetcher=fetcher,
            checkpoint=Checkpoint(subscribers),
            progress=progress,
            is_over=lambda: run.deadline.is_over,
            before_rows=lambda: self.verify_timezone(progress.wait),
            builder=lambda event: EventRowBuilder(event, settings.zone, profiles),
        )
        return _Reading(engine, progress, fetcher, profiles)

    def _subscribers(self) -> dict[str, Subscriber]:
        return {name: self._subscriber(name) for name in self._consumers}

    def _subscriber(self, name: str) -> Subscriber:
        stream = self._consumers[name]
        return stream.subscriber(self._window, [one for one in self._events if stream.wants(one)])

    @property
    def _label(self) -> str:
        names = list(self._consumers)
        more = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
        return ", ".join(names[:MAX_LISTED]) + more
