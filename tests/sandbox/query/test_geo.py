"""Filters by place."""

from __future__ import annotations

import pytest

from tap_clevertap.sandbox.account.models import Person
from tap_clevertap.sandbox.query.geo import is_in_places, is_near

MUMBAI = Person(
    [],
    properties={
        "Country": "India",
        "Region": "Maharashtra",
        "City": "Mumbai",
        "Latitude": 19.076,
        "Longitude": 72.877,
    },
)
NOWHERE = Person([])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["India", "Maharashtra", "Mumbai"], ["United States", "New York", "New York"]], True),
        ([["India"]], True),
        ([["India", "Goa"]], False),
        ([["United States", "New York", "New York City"]], False),
        ([], True),
        (None, True),
        (["India"], True),
    ],
)
def test_people_are_found_by_country_region_and_city(rows: object, *, expected: bool) -> None:
    """One matching row is enough; what is no row is ignored."""
    assert is_in_places(rows, MUMBAI, 0) is expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[18.520, 73.857, 125]], True),
        ([[18.520, 73.857, 115]], False),
        ([[35, 42.5, 5.2], [19.076, 72.877, 0.1]], True),
        ([[35, 42.5]], True),
        (None, True),
    ],
)
def test_people_are_found_within_kilometres(rows: object, *, expected: bool) -> None:
    """Mumbai and Pune are 120 km apart; what is no circle is ignored."""
    assert is_near(rows, MUMBAI, 0) is expected


def test_people_without_a_place_are_nowhere() -> None:
    """A filter by place does not find them."""
    assert not is_in_places([["India"]], NOWHERE, 0)
    assert not is_near([[19.0, 72.8, 20000]], NOWHERE, 0)
