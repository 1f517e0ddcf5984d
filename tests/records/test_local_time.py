"""Local time: minutes worked out by the hour are those that the zone itself gives."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.records.local_time import SECOND_DIGITS, SECONDS, LocalMinuteCache

ZONES = (
    "UTC",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)
CHANGES = (
    datetime(2011, 12, 30, 12, tzinfo=UTC),
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 4, 4, 15, tzinfo=UTC),
    datetime(2026, 10, 3, 16, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
)
"""Instants at which one of the zones moves its clocks."""
FIRST, LAST = 10 * 365 * 86_400, 70 * 365 * 86_400
"""Seconds since 1970: before 1980 some zones were seconds apart from others."""


def expected(naive: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """Return instant and day as the zone gives them for the first passing."""
    utc = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return utc.isoformat(), naive.date().isoformat()


ANY_TIME = st.integers(FIRST, LAST)
NEAR_A_CHANGE = st.builds(
    lambda at, minutes: int(at.timestamp()) + 60 * minutes,
    st.sampled_from(CHANGES),
    st.integers(-1500, 1500),
)


def test_minutes_of_an_hour_in_which_the_clocks_change() -> None:
    """On Lord Howe Island they go forward by half an hour at two: each minute is its own."""
    minutes = LocalMinuteCache(ZoneInfo("Australia/Lord_Howe"))
    for minute in range(60):
        found = minutes[202610040200 + minute]
        assert found is not None
        assert found.digits == b"2026100402%02d" % minute
        utc = (found.utc + SECONDS[0]).decode()
        zone = ZoneInfo("Australia/Lord_Howe")
        assert (utc, found.day) == expected(datetime(2026, 10, 4, 2, minute), zone)  # noqa: DTZ001 - zone follows


@given(st.sampled_from(ZONES), st.lists(ANY_TIME | NEAR_A_CHANGE, min_size=1, max_size=40))
def test_each_minute_is_what_the_zone_says(zone: str, times: list[int]) -> None:
    """In whatever order they are asked for, beside a change of the clocks too."""
    minutes = LocalMinuteCache(ZoneInfo(zone))
    for seconds in times:
        naive = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
        found = minutes[int(f"{naive:%Y%m%d%H%M}")]
        assert found is not None
        digits = found.digits + SECOND_DIGITS[naive.second]
        assert digits.decode() == f"{naive:%Y%m%d%H%M%S}"
        utc = (found.utc + SECONDS[naive.second]).decode()
        assert (utc, found.day) == expected(naive, ZoneInfo(zone))
        assert found.date.decode() == found.day


@pytest.mark.parametrize(
    "digits",
    [0, 1, 99_912_312_359, 202607012360, 202607012400, 202613010000, 202602300000, 202607010060],
)
def test_digits_that_are_no_time(digits: int) -> None:
    """They have no instant, also when they are asked for again."""
    minutes = LocalMinuteCache(ZoneInfo("Asia/Kolkata"))
    assert (minutes[digits], minutes[digits]) == (None, None)


def test_times_beyond_the_calendar() -> None:
    """A time whose UTC instant has no year of four digits is none."""
    assert LocalMinuteCache(ZoneInfo("America/New_York"))[999912312300] is None
