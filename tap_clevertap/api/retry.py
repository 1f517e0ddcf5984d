"""How long one request may be tried, and how long all of them have waited."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from tap_clevertap.errors import InProgress, Transient

if TYPE_CHECKING:
    from collections.abc import Mapping

FAIL_FAST_TRIES = 2

FailFast = tuple[type[Transient], ...]
"""Kinds of failure that are tried just once more."""


class RetryBudget:
    """Counts one request's failures, each kind for itself, so that a mixture ends too."""

    def __init__(self, in_progress_timeout: float, *, fail_fast_on: FailFast = ()) -> None:
        """Wait `in_progress_timeout` seconds for a page in preparation; hurry with some kinds."""
        self._in_progress_timeout = in_progress_timeout
        self._fail_fast_on = fail_fast_on
        self._failures: dict[type[Transient], int] = defaultdict(int)
        self._waited: dict[type[Transient], float] = defaultdict(float)

    def gives_up(self, error: Exception) -> bool:
        """Count a failure and tell whether it was the last that is borne."""
        if not isinstance(error, Transient):
            return True
        kind = type(error)
        self._failures[kind] += 1
        is_in_progress = isinstance(error, InProgress)
        budget = self._in_progress_timeout if is_in_progress else error.budget
        tries = FAIL_FAST_TRIES if isinstance(error, self._fail_fast_on) else error.tries
        return self._failures[kind] >= tries or self._waited[kind] >= budget

    def wait(self, error: Transient) -> float:
        """Return the seconds to wait after a failure that was counted."""
        kind = type(error)
        seconds = error.wait(self._failures[kind])
        self._waited[kind] += seconds
        return seconds


class WaitStats:
    """Pauses by their reason; shared between threads, each pause known by its own token."""

    def __init__(self) -> None:
        """Begin with none."""
        self.seconds: dict[str, float] = {}
        self._now: dict[int, str] = {}

    def start(self, token: int, reason: str, seconds: float) -> None:
        """Note a pause of so many seconds; it replaces the token's last."""
        self.seconds[reason] = self.seconds.get(reason, 0.0) + seconds
        self._now[token] = reason

    def stop(self, token: int) -> None:
        """Note that whoever paused goes on for good."""
        self._now.pop(token, None)

    def current(self) -> str:
        """Say for what is being waited: `2 x InProgress`, or nothing."""
        return ", ".join(
            f"{n} x {reason}" for reason, n in Counter(list(self._now.values())).items()
        )

    def since(self, before: Mapping[str, float]) -> str:
        """Say for what has been waited since the seconds were `before`: `InProgress 42 s`."""
        more = {reason: n - before.get(reason, 0.0) for reason, n in dict(self.seconds).items()}
        return ", ".join(f"{reason} {n:.0f} s" for reason, n in more.items() if n)
