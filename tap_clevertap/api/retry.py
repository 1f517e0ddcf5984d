"""How long a request is retried, and statistics of the time spent waiting."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from tap_clevertap.errors import InProgress, Transient

if TYPE_CHECKING:
    from collections.abc import Mapping

FAIL_FAST_TRIES = 2

FailFast = tuple[type[Transient], ...]
"""Classes of failure that are retried only once."""


class RetryBudget:
    """Counts the failures of one request by class, so that alternating failures end too."""

    def __init__(self, in_progress_timeout: float, *, fail_fast_on: FailFast = ()) -> None:
        """Allow `in_progress_timeout` seconds for a page that is being prepared."""
        self._in_progress_timeout = in_progress_timeout
        self._fail_fast_on = fail_fast_on
        self._failures: dict[type[Transient], int] = defaultdict(int)
        self._waited: dict[type[Transient], float] = defaultdict(float)

    def gives_up(self, error: Exception) -> bool:
        """Count a failure and return whether to stop retrying."""
        if not isinstance(error, Transient):
            return True
        kind = type(error)
        self._failures[kind] += 1
        is_in_progress = isinstance(error, InProgress)
        budget = self._in_progress_timeout if is_in_progress else error.budget
        tries = FAIL_FAST_TRIES if isinstance(error, self._fail_fast_on) else error.tries
        return self._failures[kind] >= tries or self._waited[kind] >= budget

    def wait(self, error: Transient) -> float:
        """Return the seconds to wait after a failure that `gives_up` has counted."""
        kind = type(error)
        seconds = error.wait(self._failures[kind])
        self._waited[kind] += seconds
        return seconds


class WaitStats:
    """Time spent waiting, by reason; shared between threads, each wait under its own token."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._now: dict[int, str] = {}

    def start(self, token: int, reason: str, seconds: float) -> None:
        """Record a wait of that many seconds; it replaces the token's last one."""
        self.seconds[reason] = self.seconds.get(reason, 0.0) + seconds
        self._now[token] = reason

    def stop(self, token: int) -> None:
        """Record that the token no longer waits."""
        self._now.pop(token, None)

    def current(self) -> str:
        """Return what is being waited for, such as `2 x InProgress`; empty if nothing."""
        return ", ".join(
            f"{n} x {reason}" for reason, n in Counter(list(self._now.values())).items()
        )

    def since(self, before: Mapping[str, float]) -> str:
        """Return the waits since the totals were `before`, such as `InProgress 42 s`."""
        more = {reason: n - before.get(reason, 0.0) for reason, n in dict(self.seconds).items()}
        return ", ".join(f"{reason} {n:.0f} s" for reason, n in more.items() if n)
