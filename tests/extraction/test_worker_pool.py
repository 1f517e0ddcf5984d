"""Workers: a few jobs at once give what a nested loop gives, and leave no thread behind."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_clevertap.extraction.worker_pool import JobDone, WorkerPool, in_parallel

if TYPE_CHECKING:
    from collections.abc import Iterator

JOBS = st.lists(st.lists(st.integers(), max_size=5), max_size=8)
HANG_GUARD = 120.0


class PositionLost(Exception):
    """What a job fails with here."""


def lanes_alive() -> list[str]:
    """Return the names of the lanes that still run."""
    return [one.name for one in threading.enumerate() if one.name.startswith("lane-")]


@given(jobs=JOBS, lanes=st.integers(1, 4), buffer=st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_same_as_a_nested_loop(jobs: list[list[int]], lanes: int, buffer: int) -> None:
    """Each job gives its items in their order and its end after them, whatever runs beside it."""
    came: dict[int, list[int | JobDone]] = {number: [] for number in range(len(jobs))}
    for number, item in in_parallel(
        range(len(jobs)), lambda n: jobs[n], lanes=lanes, buffer=buffer
    ):
        came[number].append(item)
    assert list(came.values()) == [[*items, JobDone()] for items in jobs]
    assert not lanes_alive()


def test_one_lane_keeps_the_order_of_jobs() -> None:
    """With one lane it is the nested loop itself."""
    came = list(in_parallel("ab", lambda job: [job + "1", job + "2"], lanes=1))
    done = JobDone()
    assert came == [("a", "a1"), ("a", "a2"), ("a", done), ("b", "b1"), ("b", "b2"), ("b", done)]


def test_jobs_start_in_their_order() -> None:
    """Oldest first, however many lanes there are."""
    started: list[int] = []
    three = threading.Barrier(3)

    def fetch(job: int) -> list[int]:
        started.append(job)
        three.wait(HANG_GUARD)
        return []

    list(in_parallel(range(9), fetch, lanes=3))
    assert [sorted(started[at : at + 3]) for at in (0, 3, 6)] == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


@pytest.mark.parametrize("lanes", [1, 3])
def test_never_more_jobs_at_once_than_lanes(lanes: int) -> None:
    """All lanes work, and no job beside them."""
    at_once, most, lock = 0, 0, threading.Lock()
    together = threading.Barrier(lanes)

    def fetch(job: int) -> Iterator[int]:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        together.wait(HANG_GUARD)
        yield job
        with lock:
            at_once -= 1

    list(in_parallel(range(12), fetch, lanes=lanes, buffer=9))
    assert most == lanes


@pytest.mark.parametrize(("lanes", "buffer"), [(1, 1), (3, 2), (2, 5)])
def test_slow_consumer_is_not_overrun(lanes: int, buffer: int) -> None:
    """Whoever writes slowly finds at most the buffer waiting, and one item in each lane's hand."""
    fetched = 0
    lock = threading.Lock()

    def fetch(_: int) -> Iterator[int]:
        nonlocal fetched
        for item in range(20):
            with lock:
                fetched += 1
            yield item

    most = 0
    for taken, _ in enumerate(in_parallel(range(6), fetch, lanes=lanes, buffer=buffer), start=1):
        if taken % 20 == 1:
            time.sleep(0.03)
            most = max(most, fetched - taken)
    assert fetched == 120
    assert buffer <= most <= buffer + lanes


def test_error_surfaces_once_and_ends_everything() -> None:
    """The first failure is raised to the caller, and no other job begins after it."""
    started: list[int] = []

    def fetch(job: int) -> Iterator[int]:
        started.append(job)
        yield job
        if job == 2:
            raise PositionLost
        time.sleep(0.02)

    came = in_parallel(range(1000), fetch, lanes=3)
    with pytest.raises(PositionLost):
        list(came)
    assert list(came) == []
    assert len(started) < 20
    assert not lanes_alive()


def test_every_lane_may_fail() -> None:
    """Several failures at once are one to the caller, and leave no thread."""

    def fetch(_: int) -> list[int]:
        raise PositionLost

    with pytest.raises(PositionLost):
        list(in_parallel(range(9), fetch, lanes=3))
    assert not lanes_alive()


def test_failing_list_of_jobs_surfaces() -> None:
    """A failure while the next job is picked is one like any other."""

    def jobs() -> Iterator[int]:
        yield 1
        raise PositionLost

    with pytest.raises(PositionLost):
        list(in_parallel(jobs(), lambda job: [job], lanes=2))
    assert not lanes_alive()


def test_items_before_a_failure_are_not_lost() -> None:
    """What a job gave before it failed has come."""
    came = in_parallel([0], failing_after_two, lanes=1)
    assert [next(came), next(came)] == [(0, 1), (0, 2)]
    with pytest.raises(PositionLost):
        next(came)


def failing_after_two(_: int) -> Iterator[int]:
    """Yield two items, then fail."""
    yield 1
    yield 2
    raise PositionLost


def test_closing_early_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who stops reading stops the lanes, also those that wait for a place."""
    monkeypatch.setattr("tap_clevertap.extraction.worker_pool.GRACE_SECONDS", HANG_GUARD)
    came = in_parallel(range(100), lambda job: [job] * 100, lanes=3, buffer=1)
    next(came)
    assert lanes_alive()
    came.close()  # type: ignore[attr-defined]  # a generator, promised as an iterator
    assert not lanes_alive()


def test_failing_caller_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the caller's own ends the lanes too."""
    monkeypatch.setattr("tap_clevertap.extraction.worker_pool.GRACE_SECONDS", HANG_GUARD)
    came = in_parallel(range(100), lambda job: [job] * 100, lanes=3, buffer=1)
    with pytest.raises(ZeroDivisionError):
        _ = [1 // job for job, _ in came]
    del came
    assert not lanes_alive()


def test_lane_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lane in the middle of a request does not hold up the end for more than the grace."""
    monkeypatch.setattr("tap_clevertap.extraction.worker_pool.GRACE_SECONDS", 0.05)
    may_end = threading.Event()

    def fetch(job: int) -> Iterator[int]:
        yield job
        may_end.wait(HANG_GUARD)

    came = in_parallel([1], fetch, lanes=1)
    next(came)
    came.close()  # type: ignore[attr-defined]  # a generator, promised as an iterator
    assert lanes_alive() == ["lane-0"]
    may_end.set()
    for one in threading.enumerate():
        if one.name == "lane-0":
            one.join(HANG_GUARD)
    assert not lanes_alive()


def test_caller_hears_when_nothing_comes() -> None:
    """While a job is silent, the caller's thread is told again and again."""
    told: list[threading.Thread] = []
    is_heard = threading.Event()

    def on_idle() -> None:
        told.append(threading.current_thread())
        if len(told) == 3:
            is_heard.set()

    def fetch(job: int) -> Iterator[int]:
        is_heard.wait(HANG_GUARD)
        yield job

    came = list(in_parallel([1], fetch, lanes=1, on_idle=on_idle, idle_seconds=0.01))
    assert came == [(1, 1), (1, JobDone())]
    assert len(told) >= 3
    assert set(told) == {threading.current_thread()}


def test_nothing_is_heard_while_items_come() -> None:
    """Who is busy is not told to wait."""
    told: list[int] = []
    list(in_parallel(range(9), lambda n: [n] * 9, lanes=3, on_idle=lambda: told.append(1)))
    assert told == []


def test_kinds_have_lanes_of_their_own() -> None:
    """Jobs of one kind that are slow do not keep those of another waiting."""
    may_end = threading.Event()

    def slow(_: str) -> list[str]:
        may_end.wait(HANG_GUARD)
        return []

    pool: WorkerPool[str, str] = WorkerPool({"slow": 1, "quick": 1})
    pool.submit("slow", "a", slow)
    pool.submit("slow", "b", slow)
    pool.submit("quick", "c", lambda job: [job])
    came = pool.results()
    assert [next(came), next(came)] == [("c", "c"), ("c", JobDone())]
    may_end.set()
    assert [job for job, _ in came] == ["a", "b"]


def test_reader_may_submit_more() -> None:
    """A job that is submitted when the last has finished is done too."""
    pool: WorkerPool[int, int] = WorkerPool({"lane": 2})
    pool.submit("lane", 3, range)
    finished = []
    for job, item in pool.results():
        if isinstance(item, JobDone):
            finished.append(job)
            if job:
                pool.submit("lane", job - 1, range)
    assert finished == [3, 2, 1, 0]


def test_no_job_is_no_result() -> None:
    """Who has nothing to do ends at once."""
    assert list(WorkerPool[int, int]({"lane": 2}).results(idle_seconds=HANG_GUARD)) == []
    assert not lanes_alive()
