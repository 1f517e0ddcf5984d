"""How long CleverTap takes for a page, and how many rows fit into eight hours at that pace."""

from __future__ import annotations

HOURS = 8
SECONDS_PER_HOUR = 3600


class Pace:
    """The pages of an export as they come, on any thread; the first of each takes its cursor too.

    `lanes` is how many are asked for at a time when there is much to read.
    """

    def __init__(self, lanes: int) -> None:
        self._lanes = lanes
        self._pages: list[tuple[float, int]] = []

    def add(self, seconds: float, rows: int) -> None:
        """Note how long a page took to come, and how many records it has."""
        self._pages.append((seconds, rows))

    @property
    def capacity(self) -> int | None:
        """How many rows fit into eight hours; None where no rows came."""
        seconds, rows = self._totals
        if not rows or not seconds:
            return None
        return round(rows / seconds * self._lanes * HOURS * SECONDS_PER_HOUR)

    def __str__(self) -> str:
        """Say it in a line; nothing where no rows came."""
        if self.capacity is None:
            return ""
        seconds, rows = self._totals
        pages = sum(1 for _, count in self._pages if count)
        return (
            f"{pages:,} pages of {rows / pages:,.0f} rows took {1000 * seconds / pages:,.0f} ms "
            f"each; with {self._lanes} at a time {HOURS} hours hold about "
            f"{_rounded(self.capacity):,} rows"
        )

    @property
    def _totals(self) -> tuple[float, int]:
        return sum(seconds for seconds, _ in self._pages), sum(rows for _, rows in self._pages)


def _rounded(rows: int) -> int:
    """Return a number of two digits that count: more would be pretended."""
    unit = int("1" + "0" * max(0, len(str(rows)) - 2))
    return round(rows / unit) * unit
