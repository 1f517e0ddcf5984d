"""Patience with one request: tries and seconds, each kind of failure for itself."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap import errors
from tap_clevertap.api.retry import RetryBudget, WaitStats

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAVES = errors.Transient.__subclasses__()


def waits(patience: RetryBudget, failures: Iterable[errors.Transient]) -> list[float]:
    """Return the waits between failures, up to the one that is not borne."""
    borne = itertools.takewhile(lambda error: not patience.gives_up(error), failures)
    return [patience.wait(error) for error in borne]


@pytest.mark.parametrize(
    ("leaf", "expected"),
    [
        (errors.ServerError, [1, 2, 4, 8, 16, 32]),
        (errors.ConnectionFailed, [1, 2, 4, 8, 16, 32]),
        (errors.TimedOut, [1, 2]),
        (errors.EmptyResponse, [1, 2]),
        (errors.InvalidResponse, [1, 2, 4]),
        (errors.Throttled, [30] * 9),
        (errors.TooManyRequests, [2, 4, 8, 16, *[30] * 25]),
    ],
)
def test_tries_of_a_leaf(leaf: type[errors.Transient], expected: list[float]) -> None:
    """Each leaf is tried as often as it says, with waits that grow up to its longest."""
    assert waits(RetryBudget(900), itertools.repeat(leaf("again"))) == expected


def test_pending_ends_with_its_budget() -> None:
    """A count that is never ready is given up after so many seconds of waiting, not after tries."""
    waited = waits(RetryBudget(900), itertools.repeat(errors.Pending("again")))
    longest = errors.Pending.longest_wait
    assert errors.Pending.budget <= sum(waited) < errors.Pending.budget + longest
    assert waited == sorted(waited)


@pytest.mark.parametrize("timeout", [1, 60, 900, 86400])
def test_page_in_preparation_ends_with_its_timeout(timeout: float) -> None:
    """The setting bounds the waiting for one page, give or take the last wait."""
    waited = waits(RetryBudget(timeout), itertools.repeat(errors.InProgress("again")))
    assert timeout <= sum(waited) < timeout + 30


def test_caller_may_be_less_patient() -> None:
    """A kind that is `fail_fast` is tried just once more, the others as ever."""
    fail_fast = RetryBudget(900, fail_fast_on=(errors.ServerError, errors.InProgress))
    assert waits(fail_fast, itertools.repeat(errors.ServerError("again"))) == [1]
    assert waits(fail_fast, itertools.repeat(errors.InProgress("again"))) == [2]
    assert waits(fail_fast, itertools.repeat(errors.TimedOut("again"))) == [1, 2]


def test_kinds_are_counted_apart() -> None:
    """A failure of one kind does not use up the patience with another, nor lengthen its waits."""
    failures = [errors.ServerError("a"), errors.TimedOut("b"), errors.ServerError("c")]
    assert waits(RetryBudget(900), failures) == [1, 1, 2]


@given(st.lists(st.sampled_from(LEAVES), min_size=1, max_size=9))
def test_mixture_ends(kinds: list[type[errors.Transient]]) -> None:
    """Whatever the order in which kinds of failure alternate, the request ends."""
    endless = (kind("again") for kind in itertools.cycle(kinds))
    assert len(waits(RetryBudget(60), itertools.islice(endless, 2000))) < 200


@pytest.mark.parametrize("error", [errors.InvalidEvent("no"), errors.CursorLost("no"), OSError()])
def test_what_is_not_transient_is_over_at_once(error: Exception) -> None:
    """Only a transient failure is borne."""
    assert RetryBudget(900).gives_up(error)


def test_what_is_waited_for_now_is_counted_by_reason() -> None:
    """Two requests that pause for one reason are two of it; one that goes on is none."""
    waits = WaitStats()
    waits.start(1, "InProgress", 2)
    waits.start(2, "InProgress", 2)
    waits.start(3, "Pending", 1)
    waits.start(1, "InProgress", 4)
    assert waits.current() == "2 x InProgress, 1 x Pending"
    waits.stop(1)
    waits.stop(2)
    waits.stop(3)
    assert waits.current() == ""


def test_seconds_add_up_by_reason_from_any_moment() -> None:
    """A stream says what was waited since it began, not what another waited before."""
    waits = WaitStats()
    waits.start(1, "InProgress", 2)
    before = dict(waits.seconds)
    waits.start(1, "InProgress", 4)
    waits.start(2, "TooManyRequests", 2.4)
    assert waits.since({}) == "InProgress 6 s, TooManyRequests 2 s"
    assert waits.since(before) == "InProgress 4 s, TooManyRequests 2 s"
    assert waits.since(dict(waits.seconds)) == ""
