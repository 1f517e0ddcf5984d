"""A worker pool: jobs on threads, results as they arrive; knows neither CleverTap nor Singer."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Job = TypeVar("Job")
Item = TypeVar("Item")
SomeJob = TypeVar("SomeJob")

POLL_SECONDS = 0.1  # how soon a worker with a full queue notices that the caller has left
GRACE_SECONDS = 2.0  # a worker in a request cannot be interrupted; as a daemon it ends with the run


@dataclass(frozen=True, slots=True)
class JobDone:
    """The last result of a job."""


JOB_DONE = JobDone()


@dataclass(frozen=True, slots=True)
class _JobFailed:
    error: BaseException


class WorkerPool(Generic[Job, Item]):
    """Threads that run jobs and put their results into one bounded queue.

    Each kind of job has a queue and threads ("lanes") of its own, so that slow jobs of one kind do
    not block the others. The reader of the results may submit more jobs at any time.
    """

    def __init__(self, lanes: dict[str, int], *, buffer: int = 2) -> None:
        """`lanes` is the number of threads for each kind of job, `buffer` the size of the queue."""
        self._lanes = lanes
        self._submitted: dict[str, deque[_Task[Any, Item]]] = {kind: deque() for kind in lanes}
        self._drawn: dict[str, _Draw[Any, Item]] = {}
        self._results: queue.Queue[tuple[Job, Item | JobDone] | _JobFailed]
        self._results = queue.Queue(maxsize=buffer)
        self._changed = threading.Condition()
        self._is_stopped = threading.Event()
        self._unfinished = 0
        self._threads: list[threading.Thread] = []

    def submit(self, kind: str, job: SomeJob, fetch: Callable[[SomeJob], Iterable[Item]]) -> None:
        """Queue a job after those of its kind that were submitted before."""
        with self._changed:
            self._unfinished += 1
            self._submitted[kind].append(_Task(job, fetch))
            self._changed.notify_all()

    def draw(
        self,
        kind: str,
        next_job: Callable[[], SomeJob | None],
        fetch: Callable[[SomeJob], Iterable[Item]],
        *,
        has_more: Callable[[], bool],
    ) -> None:
        """Let the lanes of a kind take their jobs from `next_job` whenever they are free.

        It is called under the pool's lock, and may return None while no job is ready; `has_more`
        returns whether there will be more. Changes to what it returns are made through `wake`.
        """
        with self._changed:
            self._drawn[kind] = _Draw(next_job, fetch, has_more)
            self._changed.notify_all()

    def drop(self, kind: str, is_dropped: Callable[[Any], bool]) -> None:
        """Forget submitted jobs of a kind that have not begun."""
        with self._changed:
            tasks = self._submitted[kind]
            kept = deque(task for task in tasks if not is_dropped(task.job))
            self._unfinished -= len(tasks) - len(kept)
            self._submitted[kind] = kept

    def wake(self, change: Callable[[], None]) -> None:
        """Change, under the pool's lock, what `next_job` returns, and wake free lanes."""
        with self._changed:
            change()
            self._changed.notify_all()

    def results(
        self, on_idle: Callable[[], None] = lambda: None, idle_seconds: float = 60.0
    ) -> Iterator[tuple[Job, Item | JobDone]]:
        """Yield `(job, item)` as items arrive, until every job is finished.

        The items of one job keep their order, and `JOB_DONE` follows the last. The first error of
        a job is raised here. Closing the iterator ends the threads. `on_idle` is called each time
        `idle_seconds` pass without an item.
        """
        self.start()
        try:
            while self._is_at_work():
                try:
                    result = self._results.get(timeout=idle_seconds)
                except queue.Empty:
                    on_idle()
                    continue
                if isinstance(result, _JobFailed):
                    raise result.error
                yield result
                if isinstance(result[1], JobDone):
                    with self._changed:
                        self._unfinished -= 1
        finally:
            self._stop()

    def start(self) -> None:
        """Start the threads before results are read; they stop when the queue is full."""
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
        """Signal the threads to end after their current item, without waiting for them."""
        self._is_stopped.set()
        with self._changed:
            self._changed.notify_all()

    def _is_at_work(self) -> bool:
        with self._changed:
            return self._unfinished > 0 or any(one.has_more() for one in self._drawn.values())

    def _stop(self) -> None:
        """End the threads; one that is blocked in a request is abandoned."""
        self.cancel()
        deadline = time.monotonic() + GRACE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self, kind: str) -> None:
        try:
            while task := self._next_task(kind):
                for item in task.fetch(task.job):
                    self._hand_over((task.job, item))
                    if self._is_stopped.is_set():
                        return
                self._hand_over((task.job, JOB_DONE))
        except BaseException as error:  # noqa: BLE001 - raised again on the caller's thread
            self._hand_over(_JobFailed(error))

    def _next_task(self, kind: str) -> _Task[Any, Item] | None:
        """Wait for a job; None if the pool is stopped."""
        with self._changed:
            while not self._is_stopped.is_set():
                if self._submitted[kind]:
                    return self._submitted[kind].popleft()
                draw = self._drawn.get(kind)
                if draw and (job := draw.next_job()) is not None:
                    self._unfinished += 1
                    return _Task(job, draw.fetch)
                self._changed.wait()
        return None

    def _hand_over(self, result: tuple[Job, Item | JobDone] | _JobFailed) -> None:
        """Put a result into the queue, unless the pool is stopped."""
        while not self._is_stopped.is_set():
            try:
                self._results.put(result, timeout=POLL_SECONDS)
            except queue.Full:
                continue
            return


@dataclass(frozen=True, slots=True)
class _Draw(Generic[Job, Item]):
    next_job: Callable[[], Job | None]
    fetch: Callable[[Job], Iterable[Item]]
    has_more: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class _Task(Generic[Job, Item]):
    job: Job
    fetch: Callable[[Job], Iterable[Item]]


def in_parallel(  # noqa: PLR0913 - two are the work, the others are options with defaults
    jobs: Iterable[Job],
    fetch: Callable[[Job], Iterable[Item]],
    *,
    lanes: int,
    buffer: int = 2,
    on_idle: Callable[[], None] = lambda: None,
    idle_seconds: float = 60.0,
) -> Iterator[tuple[Job, Item | JobDone]]:
    """Run `fetch` over jobs on `lanes` threads and yield `(job, item)` as items arrive.

    The promises are those of `WorkerPool.results`.
    """
    pool: WorkerPool[Job, Item] = WorkerPool({"lane": lanes}, buffer=buffer)
    for job in jobs:
        pool.submit("lane", job, fetch)
    yield from pool.results(on_idle, idle_seconds)
