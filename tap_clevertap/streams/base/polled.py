"""A stream whose records come whole in the answers to questions, a few asked at a time."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from typing_extensions import override

from tap_clevertap import errors
from tap_clevertap.extraction.fetcher import ATTEMPTS, RESTARTED
from tap_clevertap.extraction.progress import Progress
from tap_clevertap.extraction.worker_pool import JobDone, WorkerPool
from tap_clevertap.streams.base.stream import ClevertapStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_clevertap.output.rows import Row

RequestT = TypeVar("RequestT")

LANE = "lane"
MOST_WAITING = 16
"""Answers that wait to be written; a year of an event's counts is a tenth of a megabyte."""


class RequestStream(ClevertapStream, Generic[RequestT]):
    """Asks its questions and passes on what they are answered."""

    workers_per_permit: ClassVar[int] = 1
    """Questions under way for each request that may be in flight: more where answers are polled."""
    prefetches: ClassVar[bool] = True
    """Whether to ask before the stream's turn: not where the questions are to be asked for too, and
    not for what is true of a moment alone."""

    _is_syncing = False
    _pool: WorkerPool[RequestT, Sequence[Row] | None] | None = None

    @override
    def prepare(self) -> None:
        self.run.listed_events  # noqa: B018 - asking is what counts

    @abstractmethod
    def requests(self) -> Iterable[RequestT]:
        """Return what to ask, in the order of asking."""

    @abstractmethod
    def fetch(self, request: RequestT) -> Sequence[Row]:
        """Ask and return the records of the answer; called on any thread."""

    def on_done(self, request: RequestT) -> None:
        """Do what follows when the records of a question are written; nothing by default."""

    def prefetch(self) -> None:
        """Put the questions before it is the stream's turn: CleverTap answers while others write.

        Some answers wait in memory until they are taken; nothing is written.

        Raises:
            SettingError: What the state says of an earlier run is no bookmark.
        """
        if self.prefetches and self.is_prepared:
            self._pool = self._start_pool()
            self._pool.start()

    def cancel(self) -> None:
        """Ask no more: the run has come to its end without the stream's turn."""
        if self._pool is not None:
            self._pool.cancel()

    def _start_pool(self) -> WorkerPool[RequestT, Sequence[Row] | None]:
        lanes = self.run.settings.max_concurrency * self.workers_per_permit
        pool: WorkerPool[RequestT, Sequence[Row] | None] = WorkerPool(
            {LANE: lanes}, buffer=MOST_WAITING
        )
        requests = list(self.requests())
        self._asked = len(requests)
        for request in requests:
            pool.submit(LANE, request, lambda one: [self._prefetch_one(one)])
        return pool

    def _prefetch_one(self, request: RequestT) -> Sequence[Row] | None:
        """Answer; None where that fails before the stream's turn and may succeed later."""
        try:
            return self._fetch_with_retry(request)
        except (errors.PositionLost, errors.Transient):
            if self._is_syncing:
                raise
            return None

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        self._is_syncing = True
        progress = Progress(self.name, self.run.client.waits)
        pool, self._pool = self._pool or self._start_pool(), None
        progress.planned = self._asked
        again: set[RequestT] = set()
        for request, answered in pool.results(progress.wait):
            if answered is None:
                again.add(request)
                pool.submit(LANE, request, lambda one: [self._fetch_with_retry(one)])
                continue
            if isinstance(answered, JobDone):
                if request in again:  # the first of the two times that it finishes
                    again.discard(request)
                    continue
                self.after_flush(partial(self.on_done, request))
                progress.add(slices=1)
                continue
            progress.add(rows=len(answered))
            yield answered
        progress.end()

    def _fetch_with_retry(self, request: RequestT) -> Sequence[Row]:
        """Put a question again whose answer stays broken, at most twice.

        Raises:
            ClevertapError: There is no answer; the text says to what.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return self.fetch(request)
            except (errors.Refused, errors.PositionLost, errors.Transient) as error:
                if attempt < ATTEMPTS and isinstance(error, RESTARTED):
                    continue
                what = f"{self.name}: {request or 'the list'} was not answered"
                msg = f"{what} ({type(error).__name__}: {error})"
                raise type(error)(msg) from None
