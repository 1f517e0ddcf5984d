"""Trends: a year a question, and no table that is none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.api.counts import (
    MAX_DAYS_PER_REQUEST,
    daily_counts,
    read_count,
    read_ranked,
    year_chunks,
)
from tap_clevertap.errors import InvalidResponse

if TYPE_CHECKING:
    from tap_clevertap.api.client import Client
    from tests.conftest import Connect, Serve


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 2000))
def test_years_cover_each_day_once(first: date, more: int) -> None:
    """The pieces follow one another, none longer than a year."""
    slices_ = list(year_chunks(first, first + timedelta(days=more)))
    days = [one + timedelta(days=n) for one, end in slices_ for n in range((end - one).days + 1)]
    assert days == [first + timedelta(days=n) for n in range(more + 1)]
    assert all((end - one).days < MAX_DAYS_PER_REQUEST for one, end in slices_)


@pytest.mark.usefixtures("short_waits")
def test_counts_are_those_of_the_account(sandbox: Serve, connect: Connect) -> None:
    """Occurrences and people of each day; a day without the event is left out."""
    client = connect(sandbox(partial=1))
    first, last = date(2026, 6, 30), date(2026, 7, 4)
    events = daily_counts(client, "Viewed", first, last)
    assert sum(events.values()) == 200
    assert sorted(events) == [date(2026, 7, day) for day in (1, 2, 3)]
    people = daily_counts(client, "Viewed", first, last, is_unique=True)
    assert people == dict.fromkeys(events, 20)


@pytest.mark.parametrize("group", [["20260701"], {"2026": 1}, {"20260701": "many"}, 7])
def test_a_trend_that_is_no_table_is_broken(group: object) -> None:
    """A wrong shape is an error, never an empty account."""

    class Odd:
        def post_and_poll(self, *_: object, **_dials: object) -> dict[str, object]:
            return {"days": group}

    client: Client = Odd()  # type: ignore[assignment] # answers as no sandbox does
    with pytest.raises(InvalidResponse, match="not a table"):
        daily_counts(client, "Viewed", date(2026, 7, 1), date(2026, 7, 1))


def test_a_count_is_a_number_as_sent() -> None:
    """Zero is a number too, and so are those beyond 32 bits."""
    assert [read_count({"count": n}) for n in (0, 7138, 2**40)] == [0, 7138, 2**40]


@pytest.mark.parametrize("answer", [{}, {"count": None}, {"count": "7"}, {"count": 1.5}], ids=str)
def test_no_number_is_no_count(answer: dict[str, object]) -> None:
    """A missing number is not zero."""
    with pytest.raises(InvalidResponse):
        read_count(answer)


def test_values_keep_type_text_and_order() -> None:
    """The documented shapes, any other data type, and none at all."""
    group = {"NUMBER": {"0-100": 10, "100-200": 9}, "STR": {"Gold": 5, "": 2}, "DATE": {"x": 1}}
    assert list(read_ranked(group)) == [
        ("NUMBER", "0-100", 10),
        ("NUMBER", "100-200", 9),
        ("STR", "Gold", 5),
        ("STR", "", 2),
        ("DATE", "x", 1),
    ]
    assert list(read_ranked({})) == []


@pytest.mark.parametrize("group", [None, 5, [], {"STR": 5}, {"STR": {"Gold": "5"}}], ids=str)
def test_other_shapes_are_broken_answers(group: object) -> None:
    """What cannot be read is not passed off as nothing."""
    with pytest.raises(InvalidResponse):
        list(read_ranked(group))
