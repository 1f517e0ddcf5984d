"""A few jobs at a time, their results as they come; knows neither CleverTap nor Singer."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Job = TypeVar("Job")
Item = TypeVar("Item")

POLL_SECONDS = 0.1
GRACE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Finished:
    """The last thing that comes of a job."""


FINISHED = Finished()
NO_JOB = object()


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


@dataclass(frozen=True, slots=True)
class _LaneEnded:
    pass


class _Crew(Generic[Job, Item]):
    """Threads that take jobs in order and put what they fetch into one bounded queue."""

    def __init__(
        self,
        jobs: Iterable[Job],
        fetch: Callable[[Job], Iterable[Item]],
        lanes: int,
        buffer: int,
    ) -> None:
        self._jobs = iter(jobs)
        self._fetch = fetch
        self._picking = threading.Lock()
        self._is_stopped = threading.Event()
        self._results: queue.Queue[tuple[Job, Item | Finished] | _Failed | _LaneEnded]
        self._results = queue.Queue(maxsize=buffer)
        self._threads = [
            threading.Thread(target=self._work, name=f"lane-{lane}", daemon=True)
            for lane in range(lanes)
        ]

    def results(
        self, on_idle: Callable[[], None], idle_seconds: float
    ) -> Iterator[tuple[Job, Item | Finished]]:
        """Start the lanes and yield until the last of them has ended."""
        for thread in self._threads:
            thread.start()
        at_work = len(self._threads)
        while at_work:
            try:
                result = self._results.get(timeout=idle_seconds)
            except queue.Empty:
                on_idle()
                continue
            if isinstance(result, _Failed):
                raise result.error
            if isinstance(result, _LaneEnded):
                at_work -= 1
                continue
            yield result

    def stop(self) -> None:
        """End the lanes; one that hangs in a request is left behind, as a daemon."""
        self._is_stopped.set()
        deadline = time.monotonic() + GRACE_SECONDS
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self) -> None:
        try:
            for job in iter(self._pick, NO_JOB):
                for item in self._fetch(job):
                    self._hand_over((job, item))
                    if self._is_stopped.is_set():
                        return
                self._hand_over((job, FINISHED))
            self._hand_over(_LaneEnded())
        except BaseException as error:  # noqa: BLE001 - raised again on the caller's thread
            self._hand_over(_Failed(error))

    def _pick(self) -> Any:  # noqa: ANN401 - a job, or the mark that there is none
        with self._picking:
            return next(self._jobs, NO_JOB)

    def _hand_over(self, result: tuple[Job, Item | Finished] | _Failed | _LaneEnded) -> None:
        """Wait for a place, unless the caller has left."""
        while not self._is_stopped.is_set():
            try:
                self._results.put(result, timeout=POLL_SECONDS)
            except queue.Full:
                continue
            return


def in_parallel(  # noqa: PLR0913 - two of them are the job, the rest are dials with defaults
    jobs: Iterable[Job],
    fetch: Callable[[Job], Iterable[Item]],
    *,
    lanes: int,
    buffer: int = 2,
    on_idle: Callable[[], None] = lambda: None,
    idle_seconds: float = 60.0,
) -> Iterator[tuple[Job, Item | Finished]]:
    """Run `fetch` over the jobs on `lanes` threads and yield `(job, item)` as items come.

    Jobs start in their order; the items of one job keep theirs, and `FINISHED` follows the last.
    At most `buffer` items wait here, whatever the caller's pace. The first error of a job is
    raised here, and closing the iterator ends the threads. `on_idle` is called on the caller's
    thread each time `idle_seconds` pass without an item.
    """
    crew = _Crew(jobs, fetch, lanes, buffer)
    try:
        yield from crew.results(on_idle, idle_seconds)
    finally:
        crew.stop()
