"""How long one request may be tried: each failure is told to wait, or that it was the last."""

from __future__ import annotations

from collections import defaultdict

from tap_clevertap.errors import InProgress, Transient

HASTY_TRIES = 2

Hasty = tuple[type[Transient], ...]
"""Kinds of failure that are tried just once more."""


class Patience:
    """Counts one request's failures, each kind for itself, so that a mixture ends too."""

    def __init__(self, in_progress_timeout: float, *, hasty: Hasty = ()) -> None:
        """Wait `in_progress_timeout` seconds for a page in preparation; hurry with some kinds."""
        self._in_progress_timeout = in_progress_timeout
        self._hasty = hasty
        self._failures: dict[type[Transient], int] = defaultdict(int)
        self._waited: dict[type[Transient], float] = defaultdict(float)

    def is_over(self, error: Exception) -> bool:
        """Count a failure and tell whether it was the last that is borne."""
        if not isinstance(error, Transient):
            return True
        kind = type(error)
        self._failures[kind] += 1
        is_in_progress = isinstance(error, InProgress)
        budget = self._in_progress_timeout if is_in_progress else error.budget
        tries = HASTY_TRIES if isinstance(error, self._hasty) else error.tries
        return self._failures[kind] >= tries or self._waited[kind] >= budget

    def wait(self, error: Transient) -> float:
        """Return the seconds to wait after a failure that was counted."""
        kind = type(error)
        seconds = error.wait(self._failures[kind])
        self._waited[kind] += seconds
        return seconds
