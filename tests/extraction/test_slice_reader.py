"""Reading: what becomes of a slice's identical rows, and how its days are judged."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tap_clevertap.api.decoding import Envelope
from tap_clevertap.extraction.reconciliation.verdicts import Verdict
from tap_clevertap.extraction.slice_reader import SliceReader
from tap_clevertap.extraction.slices.model import Slice, SliceState
from tap_clevertap.extraction.slices.window import Window
from tap_clevertap.records.events import EventRowBuilder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_clevertap.extraction.reconciliation.verdicts import SliceResult

FIRST, SECOND, LAST = date(2026, 7, 1), date(2026, 7, 2), date(2026, 7, 3)
WINDOW = Window(FIRST, date(2026, 7, 10), lookback_days=3)


def page(*days: int, n: int = 0) -> Envelope:
    """Return a page with a record for each day of July; those of one day are identical."""
    records: list[dict[str, Any]] = [
        {
            "ts": 20260700000000 + day * 1000000,
            "profile": {"objectId": "g"},
            "event_props": {"n": n},
        }
        for day in days
    ]
    return Envelope(records=msgspec.Raw(msgspec.json.encode(records)))


def reading(*, is_open: bool = False) -> SliceReader:
    """Return the reading of three days."""
    return SliceReader(Slice("E", FIRST, LAST, is_open), EventRowBuilder("E", ZoneInfo("UTC")))


def rows_of(read: SliceReader, attempt: int, delivered: Envelope) -> list[bytes]:
    """Return the rows of a page that go out, all parts of it."""
    read.begin(attempt)
    return [row for batch in read.builder.read(delivered) for row in read.table.filter_new(batch)]


def settled(
    read: SliceReader, counts: Mapping[date, int] | None, duplicates: str = "reconcile"
) -> SliceResult:
    """Settle by those counts."""
    return read.reconcile(duplicates, counts, WINDOW)


def test_a_new_attempt_emits_only_what_is_new() -> None:
    """Rows of an attempt that broke off are recognised by the next."""
    read = reading()
    assert len(rows_of(read, 0, page(1, 2))) == 2
    assert [json.loads(row)["event_date"] for row in rows_of(read, 1, page(2, 3, 1))] == [
        "2026-07-03"
    ]
    assert not read.has_repeats
    assert settled(read, dict.fromkeys((FIRST, SECOND, LAST), 1)).wrong == []


def test_the_rate_is_rows_a_day() -> None:
    """Different rows over the days of the slice."""
    read = reading()
    for n in range(6):
        rows_of(read, 0, page(1, 1, n=n))
    assert read.rows_a_day == 2


@pytest.mark.parametrize(
    ("counts", "duplicates", "what", "rows"),
    [
        ({FIRST: 3}, "reconcile", "genuine", 2),
        ({FIRST: 1}, "reconcile", "API repeats", 0),
        ({FIRST: 2}, "reconcile", "undecided", 2),
        ({}, "reconcile", "undecided", 2),
        (None, "reconcile", "undecided", 2),
        (None, "keep", "kept", 2),
        (None, "drop", "dropped", 0),
        ({FIRST: 3}, "drop", "dropped", 0),
    ],
)
def test_repeats_become_what_the_counts_say(
    counts: Mapping[date, int] | None, duplicates: str, what: str, rows: int
) -> None:
    """Twins and undecided ones go out, repeats of the API do not; settings need no counts."""
    read = reading()
    assert len(rows_of(read, 0, page(1, 1, 1))) == 1
    settlement = settled(read, counts, duplicates)
    assert dict(settlement.identical) == {what: 2}
    assert len(settlement.rows) == rows


def test_each_day_is_judged_by_itself() -> None:
    """A day that is missing in the counts has none; a day without anything is not judged."""
    read = reading()
    rows_of(read, 0, page(1, 2))
    proofs = settled(read, {FIRST: 5}).days
    assert [(one.day, one.extracted, one.reported, one.verdict) for one in proofs] == [
        (FIRST, 1, 5, Verdict.MISSING),
        (SECOND, 1, 0, Verdict.SURPLUS),
    ]


@pytest.mark.parametrize(
    ("days", "counts", "doubt"),
    [
        ((1,), {FIRST: 1}, False),
        ((1,), {FIRST: 2}, True),
        ((1, 1), {FIRST: 1}, True),
    ],
)
def test_what_does_not_come_out_even_is_a_doubt(
    days: tuple[int, ...], counts: Mapping[date, int], *, doubt: bool
) -> None:
    """A difference is worth another count, and so are repeats that would be left out."""
    read = reading()
    rows_of(read, 0, page(*days))
    assert settled(read, counts).is_doubtful is doubt


def test_an_open_day_is_not_judged() -> None:
    """It has not ended, so nothing is wrong about it."""
    read = reading(is_open=True)
    rows_of(read, 0, page(1))
    assert settled(read, {FIRST: 9}).days == []


@pytest.mark.parametrize(
    ("days", "counts", "left_out"),
    [((1, 1), {FIRST: 1}, [FIRST]), ((1, 1), {FIRST: 2}, []), ((1, 2), {FIRST: 1}, [])],
)
def test_days_whose_many_repeats_are_left_out_are_told(
    days: tuple[int, ...], counts: Mapping[date, int], left_out: list[date]
) -> None:
    """More than a tenth of a day: one reading and its count are not enough for that."""
    read = reading()
    rows_of(read, 0, page(*days))
    assert settled(read, counts).many_left_out == left_out


def several(*numbers: int) -> Envelope:
    """Return a page of 1 July with a record of each number; equal ones are repeats."""
    records = [
        {"ts": 20260701000000, "profile": {"objectId": "g"}, "event_props": {"n": n}}
        for n in numbers
    ]
    return Envelope(records=msgspec.Raw(msgspec.json.encode(records)))


@pytest.mark.parametrize(
    ("second", "verdict"),
    [((1, 2, 3, 3), Verdict.EQUAL), ((1, 2, 2, 3), Verdict.UNDECIDED)],
)
def test_a_second_reading_confirms_the_same_repeats_alone(
    second: tuple[int, ...], verdict: Verdict
) -> None:
    """As many repeats of other rows are a page that came in place of another, now or before."""
    read = reading()
    rows_of(read, 0, several(1, 2, 3, 3))
    read.move_to(SliceState.READ)
    [part] = read.read_again([FIRST])
    rows_of(part, 0, several(*second))
    assert read.absorb(part)
    [found] = settled(read, {FIRST: 4}).days
    assert found.verdict is verdict


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_page_that_came_twice_is_forgotten_with_its_reading(*, is_restarted: bool) -> None:
    """Another reading without one, of the day or of the whole slice, proves a few repeats."""
    read, records = reading(), several(*range(12), 11)
    rows_of(read, 0, records)
    read.table.repeated_days.add(str(FIRST))
    [before] = settled(read, {FIRST: 13}).days
    assert before.verdict is Verdict.UNDECIDED
    if is_restarted:
        rows_of(read, 1, records)
    else:
        read.move_to(SliceState.READ)
        [part] = read.read_again([FIRST])
        rows_of(part, 0, records)
        assert read.absorb(part)
    [found] = settled(read, {FIRST: 13}).days
    assert found.verdict is Verdict.EQUAL


@pytest.mark.parametrize("which", ["first", "second"])
def test_a_reading_that_has_had_a_page_twice_confirms_nothing(which: str) -> None:
    """Its repeats are no proof of others that are the same: both may stand for the same rows."""
    read = reading()
    rows_of(read, 0, several(1, 2, 3, 3))
    read.move_to(SliceState.READ)
    if which == "first":
        read.table.repeated_days.add(str(FIRST))
    [part] = read.read_again([FIRST])
    rows_of(part, 0, several(1, 2, 3, 3))
    if which == "second":
        part.table.repeated_days.add(str(FIRST))
    assert read.absorb(part)
    [found] = settled(read, {FIRST: 4}).days
    assert found.verdict is Verdict.UNDECIDED
