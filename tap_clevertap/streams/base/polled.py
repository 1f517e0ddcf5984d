"""Base stream that posts requests, a few at a time, and polls for their results."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from typing_extensions import override

from tap_clevertap import errors, logger
from tap_clevertap.extraction.fetcher import ATTEMPTS, RESTARTED
from tap_clevertap.extraction.worker_pool import JobDone, WorkerPool
from tap_clevertap.streams.base.stream import ClevertapStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_clevertap.output.rows import Row

RequestT = TypeVar("RequestT")

LANE = "lane"
MAX_BUFFERED = 16
"""Prefetched results in memory; those of a year of an event's counts take 0.1 MB."""


class RequestStream(ClevertapStream, Generic[RequestT]):
    """A stream of independent requests, each of which returns records."""

    workers_per_permit: ClassVar[int] = 1
    """Worker threads per concurrent request: more than one if results are polled."""
    prefetches: ClassVar[bool] = True
    """Whether to send requests before the stream is synced; not if the list of requests has to be
    requested itself, nor for a count of the current moment."""

    _is_syncing = False
    _pool: WorkerPool[RequestT, Sequence[Row] | None] | None = None

    @override
    def prepare(self) -> None:
        self.run.listed_events  # noqa: B018 - evaluated to raise SettingError early

    @abstractmethod
    def requests(self) -> Iterable[RequestT]:
        """Return the requests, in the order in which they are sent."""

    @abstractmethod
    def fetch(self, request: RequestT) -> Sequence[Row]:
        """Send a request and return its records; called on any thread."""

    def on_done(self, request: RequestT) -> None:
        """Called when the records of a request are written; does nothing by default."""

    def max_buffered(self, requests: Sequence[RequestT]) -> int:  # noqa: ARG002 - for streams that know more
        """Return how many results of `requests` may wait to be written."""
        return MAX_BUFFERED

    @override
    def prefetch(self) -> None:
        """Send requests before the stream is synced, so that others can be written meanwhile.

        Results wait in memory; nothing is written.

        Raises:
            SettingError: A bookmark in the state is not valid.
        """
        if self.prefetches and self.is_prepared:
            self._pool = self._start_pool()
            self._pool.start()

    @override
    def cancel(self) -> None:
        """Stop prefetching: the run ended before the stream was synced."""
        if self._pool is not None:
            self._pool.cancel()

    def _start_pool(self) -> WorkerPool[RequestT, Sequence[Row] | None]:
        lanes = self.run.settings.max_concurrency * self.workers_per_permit
        requests = list(self.requests())
        pool: WorkerPool[RequestT, Sequence[Row] | None] = WorkerPool(
            {LANE: lanes}, buffer=self.max_buffered(requests)
        )
        self._asked = len(requests)
        self._left: set[RequestT] = set()
        for request in requests:
            pool.submit(LANE, request, self._prefetch)
        return pool

    def _prefetch(self, request: RequestT) -> Iterator[Sequence[Row] | None]:
        """Yield what a request returns, once; nothing if the run is to end: it is left then."""
        if self.run.deadline.is_over:
            self._left.add(request)
        else:
            yield self._prefetch_one(request)

    def _prefetch_one(self, request: RequestT) -> Sequence[Row] | None:
        """Return the records; None if the request failed before the stream was synced."""
        try:
            return self._fetch_with_retry(request)
        except (errors.PositionLost, errors.Transient):
            if self._is_syncing:
                raise
            return None

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        self._is_syncing = True
        progress = self.run.progress(self.name)
        pool, self._pool = self._pool or self._start_pool(), None
        progress.planned = self._asked
        again: set[RequestT] = set()
        for request, answered in pool.results(progress.wait):
            if answered is None:
                again.add(request)
                pool.submit(LANE, request, lambda one: [self._fetch_with_retry(one)])
                continue
            if isinstance(answered, JobDone):
                if request in self._left:
                    continue
                if request in again:  # JOB_DONE of the failed prefetch; another one will follow
                    again.discard(request)
                    continue
                self.after_flush(partial(self.on_done, request))
                progress.add(slices=1)
                continue
            progress.add(rows=len(answered))
            yield answered
        progress.end()
        if self._left:
            self._stream_version = None  # the target keeps what this run did not read
            logger.warning(
                "%s: max_run_minutes has passed; %d requests are left to the next run",
                self.name,
                len(self._left),
            )

    def _fetch_with_retry(self, request: RequestT) -> Sequence[Row]:
        """Send a request again if it failed after the client's own retries, at most twice.

        Raises:
            ClevertapError: The request failed; the text names it.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return self.fetch(request)
            except (errors.Refused, errors.PositionLost, errors.Transient) as error:
                if attempt < ATTEMPTS and isinstance(error, RESTARTED):
                    continue
                path = self.endpoints[0].path
                what = f"{self.name}: the request to {path} for {request or 'the list'} failed"
                msg = f"{what} ({type(error).__name__}: {error})"
                raise type(error)(msg) from None
