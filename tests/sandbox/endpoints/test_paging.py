"""Pages, and the faults that change them."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.sandbox import Faults
from tap_clevertap.sandbox.endpoints.paging import Cut, Page, PageFaults, chain


def cut(batch: int, total: int = 1000) -> list[list[int]]:
    """Return numbers as pages, dealt evenly to 23 shards."""
    return chain(range(total), lambda n: n % 23, Cut(batch, 23, "seed"))


def spoil(pages: list[list[int]], **faults: float) -> list[Page[int]]:
    """Return pages as the client sees them."""
    return PageFaults[int](Faults(1, **faults), "request", "export").spoil(pages)


@given(st.integers(1, 500), st.integers(0, 400))
def test_pages_hold_every_record_once(batch: int, total: int) -> None:
    """However large the batch is, nothing is lost and nothing comes twice."""
    pages = cut(batch, total)
    assert Counter(record for page in pages for record in page) == Counter(range(total))


@pytest.mark.parametrize(("batch", "largest"), [(23, 23), (45, 23), (46, 46), (500, 483)])
def test_a_page_takes_the_same_from_every_shard(batch: int, largest: int) -> None:
    """A batch that is no multiple of 23 is rounded down to one."""
    pages = cut(batch)
    assert max(map(len, pages)) == largest
    assert all(count <= batch // 23 for count in Counter(n % 23 for n in pages[0]).values())


def test_a_batch_smaller_than_the_shards_is_no_limit() -> None:
    """Five asked, everything given: the trap of small batches."""
    assert len(cut(5)) == 1


def test_an_empty_export_is_one_empty_page() -> None:
    """There is always a first page."""
    assert cut(500, 0) == [[]]


def test_records_are_in_no_order() -> None:
    """Nobody may rely on one; the same export is in the same order."""
    assert cut(500)[0] != sorted(cut(500)[0])
    assert cut(500) == cut(500)


def test_pages_follow_one_another() -> None:
    """Without faults the last page, and only it, ends the chain."""
    assert [page.following for page in spoil([[1], [2], [3]])] == [1, 2, None]


def test_an_empty_page_comes_before_others() -> None:
    """It has a next page, so it is not the end."""
    pages = spoil([[1], [2]], empty_page=1)
    assert [page.records for page in pages] == [[], [1], [], [2]]
    assert [page.following for page in pages] == [1, 2, 3, None]


def test_a_short_page_is_made_up_for() -> None:
    """One record now, the others later."""
    assert [page.records for page in spoil([[1, 2, 3], [4]], short_page=1)] == [[1], [2, 3], [4]]


def test_a_dropped_page_is_gone() -> None:
    """The chain goes on as if nothing were missing."""
    pages = spoil([[n] for n in range(100)], drop_page=0.3)
    assert 50 < len(pages) < 90
    assert pages[-1].following is None


def test_ending_early_loses_the_last_half() -> None:
    """The last page given looks like the last one."""
    pages = spoil([[1], [2], [3], [4], [5]], ends_early=1)
    assert [(page.records, page.following) for page in pages] == [([1], 1), ([2], None)]


def test_a_repeated_cursor_leads_to_itself() -> None:
    """Whoever follows it never arrives."""
    assert [page.following for page in spoil([[1], [2], [3]], repeated_cursor=1)] == [0, 1, None]


def test_a_cycle_leads_back_to_the_first_page() -> None:
    """No page repeats its own cursor, and still there is no end."""
    pages = spoil([[1], [2], [3]], cursor_cycle=1)
    assert [page.following for page in pages] == [1, 2, 0]
    assert all(one.following != other.following for one, other in pairwise(pages))


def test_repeats_come_twice_and_no_more() -> None:
    """Some on the same page, some on the next; nothing is lost."""
    pages = spoil([list(range(start, start + 100)) for start in (0, 100, 200)], repeats=0.2)
    times = Counter(record for page in pages for record in page.records)
    assert set(times) == set(range(300))
    assert set(times.values()) == {1, 2}
    assert 30 < sum(times.values()) - 300 < 90
    assert any(record < 100 for record in pages[1].records)
    assert any(count == 2 for count in Counter(pages[0].records).values())
