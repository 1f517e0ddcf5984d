"""Trends: a year a question, and no table that is none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.api.counts import MOST_DAYS, daily_counts, years
from tap_clevertap.errors import BrokenAnswer

if TYPE_CHECKING:
    from tap_clevertap.api.client import Client
    from tests.conftest import Connect, Serve


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 2000))
def test_years_cover_each_day_once(first: date, more: int) -> None:
    """The pieces follow one another, none longer than a year."""
    pieces = list(years(first, first + timedelta(days=more)))
    days = [one + timedelta(days=n) for one, end in pieces for n in range((end - one).days + 1)]
    assert days == [first + timedelta(days=n) for n in range(more + 1)]
    assert all((end - one).days < MOST_DAYS for one, end in pieces)


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
        def ask(self, _path: str, _question: object) -> dict[str, object]:
            return {"days": group}

    client: Client = Odd()  # type: ignore[assignment] # answers as no sandbox does
    with pytest.raises(BrokenAnswer, match="no table"):
        daily_counts(client, "Viewed", date(2026, 7, 1), date(2026, 7, 1))
