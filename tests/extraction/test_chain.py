"""A chain of pages: which page that comes twice breaks it, and which throws doubt on its days."""

from __future__ import annotations

import pytest

from tap_clevertap.extraction.chain import MAX_STALE_PAGES, Chain


def page(*numbers: int) -> list[list[bytes]]:
    """Return the keys of a page's rows, in two batches."""
    keys = [b"%d" % n for n in numbers]
    return [one for one in (keys[:1], keys[1:]) if one]


@pytest.mark.parametrize("rows", [1, 4, 5, 19, 20])
def test_a_page_that_comes_twice(rows: int) -> None:
    """Users who did the same three times fill a page of two rows; nothing but the API a larger."""
    chain = Chain(0)
    assert not chain.add(page(*range(rows)), rows)
    assert chain.add(page(*range(rows)), 0) == (rows >= 5)
    assert chain.is_broken == (rows >= 20)


def test_one_row_many_times_is_no_page_that_came_twice() -> None:
    """An app that sends one event again and again sends pages of it."""
    chain = Chain(0)
    assert not chain.add(page(1, 1, 1, 1, 1, 1), 1)
    assert not chain.add(page(1, 1, 1, 1, 1, 1), 0)
    assert not chain.is_broken


def test_a_page_with_a_new_row_is_another() -> None:
    """Its first and last row alone are those of an earlier one."""
    chain = Chain(0)
    chain.add(page(1, 2, 3, 4, 5), 5)
    assert not chain.add(page(1, 2, 9, 4, 5), 1)


def test_pages_without_a_new_row_break_a_chain() -> None:
    """So many in a row; one new row begins the count again."""
    chain = Chain(0)
    chain.add(page(1, 2), 2)
    for n in range(MAX_STALE_PAGES - 1):
        chain.add(page(1 + n % 2), 0)
    chain.add(page(3), 1)
    for _ in range(MAX_STALE_PAGES - 1):
        chain.add(page(3), 0)
    assert not chain.is_broken
    chain.add(page(3), 0)
    assert chain.is_broken
