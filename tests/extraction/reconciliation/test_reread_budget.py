"""What reading days again may cost."""

from __future__ import annotations

import pytest

from tap_clevertap.extraction.reconciliation.reread_budget import RereadBudget


@pytest.mark.parametrize(
    ("pages", "again", "size", "days"),
    [
        (0, 0, 0, 12),  # a small run may read a few again
        (400, 0, 0, 50),  # a quarter of a large one, two requests a day
        (400, 0, 10, 10),  # fewer days where each has many pages
        (400, 99, 10, 0),
        (400, 60, 200, 1),  # one, however large
        (400, 100, 0, 0),
        (400, 180, 10, 0),
    ],
)
def test_days_are_read_again_within_a_quarter(pages: int, again: int, size: int, days: int) -> None:
    """Of `pages` in all, `again` were read again; a day has `size` of them."""
    budget = RereadBudget()
    for n in range(pages):
        budget.add_page(is_read_again=n < again)
    assert budget.days_left(size) == days
