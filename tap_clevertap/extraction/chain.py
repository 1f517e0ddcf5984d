"""One chain of pages, from its cursor on: whether it still leads anywhere."""

from __future__ import annotations

FULL_PAGE = 20
"""Rows from which on a page that equals an earlier one is no coincidence."""
SMALL_PAGE = 5
"""Different rows from which on a page that equals an earlier one throws doubt on its days.

Smaller pages, at the end of a chain, may be filled by what two or three users did three times.
"""
MAX_STALE_PAGES = 20
"""Pages in a row without a row that is new to the chain."""


class Chain:
    """Recognises a chain that repeats its pages, or goes on without end.

    `is_broken` tells that it leads nowhere. A page of fewer than `FULL_PAGE` rows that comes twice
    breaks no chain, because the last pages of a chain may be as small as one row.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.is_broken = False
        self._stale = 0
        self._pages: set[tuple[int, bytes, bytes]] = set()

    def add(self, keys: list[list[bytes]], new_rows: int) -> bool:
        """Take a page by the keys of its rows, of which some are new to the chain.

        Returns:
            Whether a page of several different rows has come a second time.
        """
        rows = sum(map(len, keys))
        page = (rows, keys[0][0], keys[-1][-1]) if rows else None
        is_repeated = page in self._pages and not new_rows
        self._stale = 0 if new_rows else self._stale + 1
        self.is_broken |= (is_repeated and rows >= FULL_PAGE) or self._stale >= MAX_STALE_PAGES
        if page:
            self._pages.add(page)
        return is_repeated and len(set().union(*keys)) >= SMALL_PAGE
