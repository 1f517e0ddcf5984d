"""Permits: never more at once than allowed, fewer after a refusal, more again when calm."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.api.limiter import SUCCESSES_TO_RECOVER, ConcurrencyLimiter

HANG_GUARD = 120


def most_at_once(permits: ConcurrencyLimiter, holders: int) -> int:
    """Return how many of many threads held a permit at the same time."""
    at_once, most, lock = 0, 0, threading.Lock()

    def hold(_: int) -> None:
        nonlocal at_once, most
        with permits.acquire():
            with lock:
                at_once += 1
                most = max(most, at_once)
            time.sleep(0.005)
            with lock:
                at_once -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hold, range(holders)))
    return most


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_never_more_than_the_limit(limit: int) -> None:
    """All permits are used, and not one more."""
    assert most_at_once(ConcurrencyLimiter(limit), 24) == limit


def test_refusal_takes_one_away() -> None:
    """After a refusal fewer hold a permit at once, those who come later included."""
    permits = ConcurrencyLimiter(3)
    permits.on_throttled()
    assert most_at_once(permits, 16) == 2


def test_refusal_counts_those_who_still_hold() -> None:
    """A permit taken away while all are held is not given out when the first comes back."""
    permits, has_entered = ConcurrencyLimiter(2), threading.Event()

    def enter() -> None:
        with permits.acquire():
            has_entered.set()

    with permits.acquire():
        with permits.acquire():
            permits.on_throttled()
        newcomer = threading.Thread(target=enter)
        newcomer.start()
        assert not has_entered.wait(0.05)
    newcomer.join(1)
    assert has_entered.is_set()


def test_calm_gives_back() -> None:
    """Twenty answers without a refusal give one permit back, and wake who waits for it."""
    permits, has_entered = ConcurrencyLimiter(2), threading.Event()
    permits.on_throttled()

    def enter() -> None:
        with permits.acquire():
            has_entered.set()

    with permits.acquire():
        newcomer = threading.Thread(target=enter)
        newcomer.start()
        for _ in range(SUCCESSES_TO_RECOVER - 1):
            permits.on_success()
        assert not has_entered.wait(0.05)
        permits.on_success()
        assert has_entered.wait(HANG_GUARD)
    newcomer.join(HANG_GUARD)


def test_refusal_ends_the_calm() -> None:
    """Answers before a refusal do not count towards giving back."""
    permits = ConcurrencyLimiter(3)
    permits.on_throttled()
    for _ in range(SUCCESSES_TO_RECOVER - 1):
        permits.on_success()
    permits.on_throttled()
    permits.on_success()
    assert permits.limit == 1


@given(st.integers(1, 5), st.lists(st.booleans(), max_size=200))
def test_last_permit_stays_and_none_is_invented(most: int, answers: list[bool]) -> None:
    """Whatever comes, the limit lies between one and what it began with."""
    permits = ConcurrencyLimiter(most)
    for is_refused in answers:
        permits.on_throttled() if is_refused else permits.on_success()
        assert 1 <= permits.limit <= most


def test_permit_comes_back_after_an_error() -> None:
    """Who fails while holding a permit gives it back."""
    permits = ConcurrencyLimiter(1)
    with pytest.raises(ZeroDivisionError), permits.acquire():
        _ = 1 / 0
    assert most_at_once(permits, 2) == 1


def test_permits_come_back_one_by_one() -> None:
    """Each twenty calm answers give back one permit, up to what there was at first."""
    permits = ConcurrencyLimiter(3)
    permits.on_throttled()
    permits.on_throttled()
    limits = []
    for _ in range(4):
        for _ in range(SUCCESSES_TO_RECOVER):
            permits.on_success()
        limits.append(permits.limit)
    assert limits == [2, 3, 3, 3]


def test_the_urgent_go_first() -> None:
    """Whoever is not urgent waits until nobody is, whatever came first."""
    limiter, order, waiting = ConcurrencyLimiter(1), list[str](), list[threading.Thread]()

    def enter(name: str, *, is_urgent: bool) -> None:
        with limiter.acquire(is_urgent=is_urgent):
            order.append(name)

    with limiter.acquire():
        for name, is_urgent in (("late", False), ("later", False), ("urgent", True)):
            thread = threading.Thread(target=enter, args=(name,), kwargs={"is_urgent": is_urgent})
            thread.start()
            waiting.append(thread)
        deadline = time.monotonic() + 20
        while not limiter.urgent_waiting and time.monotonic() < deadline:
            time.sleep(0.001)
    for thread in waiting:
        thread.join(20)
    assert order[0] == "urgent"
    assert set(order[1:]) == {"late", "later"}
