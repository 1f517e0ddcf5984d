"""What reading days again may cost: a share of the run, and little for what never adds up."""

from __future__ import annotations

from collections import Counter

SHARE = 4
"""One page in four, at most, is one that is read again."""
FREE_PAGES = 24
"""A small run may read a few days again, whatever their share."""
SYSTEMATIC_DAYS = 4
"""Days of a slice from which on "most of them differ" is a statement about the event."""
SAMPLED_DAYS = 2
"""Days of such a slice that are tried first, and that the state remembers."""


FEW_REPEATS = 20
"""Fewer than a page has, so that they cannot stand for a page that is missing."""
ENOUGH_CONFIRMED = 2
"""Days of an event with repeats that a second reading had too: users of this event do that."""


class RereadBudget:
    """Counts pages, and the days of each event that do not add up."""

    def __init__(self) -> None:
        self._pages = self._pages_again = 0
        self._again: Counter[str] = Counter()
        self._differing: Counter[str] = Counter()
        self._confirmed: Counter[str] = Counter()
        self._refuted: set[str] = set()
        self._left_out: Counter[str] = Counter()

    def add_page(self, *, is_read_again: bool) -> None:
        """Count a page."""
        self._pages += 1
        self._pages_again += is_read_again

    def add_reading(
        self, event: str, *, is_same: bool, differs: bool, is_left_out: bool = False
    ) -> None:
        """Note a day that was read again.

        That is whether its rows were the same, whether its numbers still differ, and whether the
        counts say again that its many repeats are the API's.
        """
        self._left_out[event] += is_left_out
        self._again[event] += 1
        self._differing[event] += differs
        self._confirmed[event] += is_same
        if not is_same:
            self._refuted.add(event)

    def trusts(self, event: str, repeats: int) -> bool:
        """Tell whether a few repeats of an event need no second reading any more."""
        is_known = self._confirmed[event] >= ENOUGH_CONFIRMED and event not in self._refuted
        return is_known and repeats < FEW_REPEATS

    def unsure_left(self, event: str) -> int:
        """How many days of an event whose many repeats are left out may be read again.

        Where a few of them had been left out rightly, its repeats are the API's: reading all would
        double an account that has them every day.
        """
        return max(0, min(self.days_left(), ENOUGH_CONFIRMED - self._left_out[event]))

    def days_left(self, pages: int = 0) -> int:
        """Return how many days of so many pages may be read again.

        Each takes two requests or more, and one may be larger than what is left.
        """
        left = max(0, max(FREE_PAGES, self._pages // SHARE) - self._pages_again)
        return max(left // max(2, pages), min(1, left // 2))

    def is_systematic(self, event: str) -> bool:
        """Tell whether reading an event's days again has mostly not helped."""
        again = self._again[event]
        return again >= SAMPLED_DAYS and 2 * self._differing[event] > again
