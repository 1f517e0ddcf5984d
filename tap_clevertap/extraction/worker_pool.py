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
SomeJob = TypeVar("SomeJob")

POLL_SECONDS = 0.1
GRACE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class JobDone:
    """The last thing that comes of a job."""


JOB_DONE = JobDone()


@dataclass(frozen=True, slots=True)
class _JobFailed:
    error: BaseException


class WorkerPool(Generic[Job, Item]):
    """Threads that work off jobs and put what they fetch into one bounded queue.

    Jobs wait in the queue of their kind, and each kind has lanes of its own, so that slow jobs of
    one kind do not keep the others waiting. Whoever reads the results may submit more jobs
    meanwhile.
    """

    def __init__(self, lanes: dict[str, int], *, buffer: int = 2) -> None:
        """Plan `lanes` threads for each kind of job; at most `buffer` items wait to be taken."""
        self._lanes = lanes
        self._waiting: dict[str, queue.SimpleQueue[_Task[Any, Item] | None]]
        self._waiting = {kind: queue.SimpleQueue() for kind in lanes}
        self._results: queue.Queue[tuple[Job, Item | JobDone] | _JobFailed]
        self._results = queue.Queue(maxsize=buffer)
        self._is_stopped = threading.Event()
        self._unfinished = 0
        self._threads: list[threading.Thread] = []

    def submit(self, kind: str, job: SomeJob, fetch: Callable[[SomeJob], Iterable[Item]]) -> None:
        """Have a job done after those of its kind that were submitted before."""
        self._unfinished += 1
        self._waiting[kind].put(_Task(job, fetch))

    def results(
        self, on_idle: Callable[[], None] = lambda: None, idle_seconds: float = 60.0
    ) -> Iterator[tuple[Job, Item | JobDone]]:
        """Yield `(job, item)` as items come, until every job that was submitted is finished.

        The items of one job keep their order, and `JOB_DONE` follows the last. The first error of
        a job is raised here. Closing the iterator ends the threads. `on_idle` is called each time
        `idle_seconds` pass without an item.
        """
        self.start()
        try:
            while self._unfinished:
                try:
                    result = self._results.get(timeout=idle_seconds)
                except queue.Empty:
                    on_idle()
                    continue
                if isinstance(result, _JobFailed):
                    raise result.error
                self._unfinished -= isinstance(result[1], JobDone)
                yield result
        finally:
            self._stop()

    def start(self) -> None:
        """Begin with the jobs, though nobody takes results yet: the buffer will fill."""
        if self._threads:
            return
        for kind, lanes in self._lanes.items():
            for lane in range(lanes):
                thread = threading.Thread(
                    target=self._work, args=(kind,), name=f"{kind}-{lane}", daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def cancel(self) -> None:
        """Tell the lanes to end with what they are at, and do not wait for that."""
        self._is_stopped.set()
        for kind, lanes in self._lanes.items():
            for _ in range(lanes):
                self._waiting[kind].put(None)

    def _stop(self) -> None:
        """End the lanes; one that hangs in a request is left behind, as a daemon."""
        self.cancel()
        deadline = time.monotonic() + GRACE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self, kind: str) -> None:
        try:
            for task in iter(self._waiting[kind].get, None):
                if self._is_stopped.is_set():
                    return
                for item in task.fetch(task.job):
                    self._hand_over((task.job, item))
                    if self._is_stopped.is_set():
                        return
                self._hand_over((task.job, JOB_DONE))
        except BaseException as error:  # noqa: BLE001 - raised again on the caller's thread
            self._hand_over(_JobFailed(error))

    def _hand_over(self, result: tuple[Job, Item | JobDone] | _JobFailed) -> None:
        """Wait for a place, unless the caller has left."""
        while not self._is_stopped.is_set():
            try:
                self._results.put(result, timeout=POLL_SECONDS)
            except queue.Full:
                continue
            return


@dataclass(frozen=True, slots=True)
class _Task(Generic[Job, Item]):
    job: Job
    fetch: Callable[[Job], Iterable[Item]]


def in_parallel(  # noqa: PLR0913 - two of them are the work, the rest are dials with defaults
    jobs: Iterable[Job],
    fetch: Callable[[Job], Iterable[Item]],
    *,
    lanes: int,
    buffer: int = 2,
    on_idle: Callable[[], None] = lambda: None,
    idle_seconds: float = 60.0,
) -> Iterator[tuple[Job, Item | JobDone]]:
    """Run `fetch` over jobs of one kind on `lanes` threads and yield `(job, item)` as items come.

    The promises are those of `WorkerPool.results`.
    """
    pool: WorkerPool[Job, Item] = WorkerPool({"lane": lanes}, buffer=buffer)
    for job in jobs:
        pool.submit("lane", job, fetch)
    yield from pool.results(on_idle, idle_seconds)
