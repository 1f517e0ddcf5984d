"""Identity: whatever the order of pages and restarts, a slice gives its rows once."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tap_clevertap.api.decoding import Envelope
from tap_clevertap.extraction.deduplication import Deduplicator
from tap_clevertap.records.events import EventRowBuilder, RowBatch, event_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

READER = EventRowBuilder("Viewed", ZoneInfo("Asia/Kolkata"))
DAYS = "2026-07-01", "2026-07-02"


@dataclass(frozen=True)
class Attempt:
    """One reading of a slice: its records in some order, page by page, perhaps broken off."""

    pages: list[list[int]]


def batch(*numbers: int) -> RowBatch:
    """Return a part of records; even numbers are of the first day, odd of the second."""
    sent = [
        {
            "ts": 20260701093000 + number % 2 * 1_000_000,
            "profile": {"objectId": "__g001", "Orders": number},
            "event_props": {"n": number},
        }
        for number in numbers
    ]
    page = Envelope(records=Raw(json.dumps(sent).encode()))
    return next(READER.read(page), RowBatch([], [], []))


def key(number: int) -> bytes:
    """Return the key of a record."""
    return batch(number).keys[0]


def id_of(row: bytes) -> str:
    """Return the id that a row has."""
    return str(json.loads(row)["event_id"])


def paged(numbers: list[int], ends: list[int]) -> list[list[int]]:
    """Cut records into pages."""
    bounds = [0, *sorted(ends), len(numbers)]
    return [numbers[first:last] for first, last in pairwise(bounds)]


@st.composite
def readings(draw: st.DrawFn) -> tuple[list[int], list[Attempt]]:
    """Draw the records of a slice, some repeated, and attempts of which the last is whole."""
    numbers = draw(st.lists(st.integers(0, 8), max_size=20))
    ends = st.lists(st.integers(0, len(numbers)), max_size=4)
    attempts = []
    for _ in range(draw(st.integers(0, 3))):
        pages = paged(draw(st.permutations(numbers)), draw(ends))
        attempts.append(Attempt(pages[: draw(st.integers(0, len(pages)))]))
    return numbers, [*attempts, Attempt(paged(draw(st.permutations(numbers)), draw(ends)))]


def emit(table: Deduplicator, attempts: Iterable[Attempt]) -> Iterator[str]:
    """Yield the ids that go out at once, over all attempts."""
    for number, attempt in enumerate(attempts):
        if number:
            table.restart()
        for page in attempt.pages:
            yield from map(id_of, table.filter_new(batch(*page)))


def duplicates(table: Deduplicator) -> dict[str | None, list[str]]:
    """Return the ids that wait, by day."""
    return {day: list(rows) for day, rows in table.duplicates.items()}


def undisturbed(numbers: list[int]) -> list[str]:
    """Return the ids of all rows, had they been read once and in order."""
    occurrences = Counter(numbers)
    return [event_id(key(n), i) for n, many in occurrences.items() for i in range(many)]


@given(readings())
def test_union_is_an_undisturbed_reading(drawn: tuple[list[int], list[Attempt]]) -> None:
    """What went out and what is held are together the rows of the slice, each exactly once."""
    numbers, attempts = drawn
    table = Deduplicator()
    emitted = list(emit(table, attempts))
    waiting = [one for ids in duplicates(table).values() for one in ids]
    assert sorted(emitted + waiting) == sorted(undisturbed(numbers))


@given(readings())
def test_days_are_counted_apart(drawn: tuple[list[int], list[Attempt]]) -> None:
    """Different rows and repeats are known for each day, of the last attempt alone."""
    numbers, attempts = drawn
    table = Deduplicator()
    list(emit(table, attempts))
    for parity, day in enumerate(DAYS):
        of_day = [number for number in numbers if number % 2 == parity]
        assert table.distinct[day] == len(set(of_day))
        assert len(duplicates(table).get(day, [])) == len(of_day) - len(set(of_day))


def test_first_goes_out_and_repeats_are_held() -> None:
    """Of three identical rows one goes out at once, the others wait with ids of their own."""
    table = Deduplicator()
    out = table.filter_new(batch(2, 2, 4, 2))
    assert [id_of(row) for row in out] == [event_id(key(2), 0), event_id(key(4), 0)]
    assert duplicates(table) == {DAYS[0]: [event_id(key(2), 1), event_id(key(2), 2)]}


def test_counts_outlive_the_keys() -> None:
    """When the keys of a slice that was read whole are freed, counts and held rows stay."""
    table = Deduplicator()
    table.filter_new(batch(2, 2, 3))
    table.free()
    assert table.distinct == {DAYS[0]: 1, DAYS[1]: 1}
    assert len(duplicates(table)[DAYS[0]]) == 1
