"""Which events and people a query selects."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tap_clevertap.sandbox.account.models import Device, Event, Person, World, epoch
from tap_clevertap.sandbox.query.filters import (
    event_matches,
    has_event_filters,
    has_person_filters,
    person_matches,
    person_test,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

KOLKATA = ZoneInfo("Asia/Kolkata")
NOW = epoch("2015-10-25T12:00:00")

CHARGED = Event(
    "Charged",
    epoch("2015-10-10T22:31:00", "Asia/Kolkata"),
    0,
    props={"Amount": 100, "Currency": "USD", "Items": [{"Category": "books"}, {"Category": "pc"}]},
    session={"utm_source": "google"},
)


def launch(person: int, day: str, **props: object) -> Event:
    """Return an app launch at noon of a day."""
    return Event("App Launched", epoch(f"{day}T12:00:00", "Asia/Kolkata"), person, props=props)


@pytest.fixture
def world() -> World:
    """Return Ana, who launched twice and bought, Ben, who launched once, and idle Cem."""
    world = World("Asia/Kolkata")
    ana = Person([Device("__g1", "Android", {"make": "Apple"}, "fcm:x")], identity="ana")
    ana.properties = {"language": "en", "Education": "College", "Gender": "Female"}
    ben = Person([Device("-g2", "iOS", {"make": "Apple"})], properties={"language": "de"})
    world.people = [ana, ben, Person([Device("web", "Web")])]
    for event in (
        launch(0, "2015-10-11", Source="push"),
        launch(0, "2015-10-12", Source="icon"),
        launch(1, "2015-10-11", Source="icon"),
        CHARGED,
    ):
        world.add(event)
    return world


def selected(world: World, query: Mapping[str, object]) -> list[int]:
    """Return the people whom a query selects."""
    return [index for index in range(3) if person_matches(world, NOW, query, index)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, True),
        ({"event_properties": [{"name": "Amount", "operator": "equals", "value": 100}]}, True),
        ({"event_properties": [{"name": "Amount", "operator": "less_than", "value": 100}]}, False),
        ({"event_properties": [{"name": "amount", "value": 100}]}, False),
        ({"event_properties": [{"name": "Items|Category", "value": "pc"}]}, True),
        ({"event_properties": [{"name": "Items", "value": ["toys", "books"]}]}, True),
        ({"event_properties": [{"name": "Items|Category", "value": "toys"}]}, False),
        ({"session_properties": [{"name": "utm_source", "value": "google"}]}, True),
        ({"session_properties": [{"name": "utm_source", "value": "bing"}]}, False),
        ({"session_properties": [{"name": "time_of_day", "value": ["22:30", "22:35"]}]}, True),
        ({"session_properties": [{"name": "time_of_day", "value": ["22:31", "22:31"]}]}, True),
        ({"session_properties": [{"name": "time_of_day", "value": ["17:00", "17:05"]}]}, False),
        ({"session_properties": [{"name": "time_of_day", "value": "evening"}]}, True),
        (
            {
                "event_properties": [{"name": "Amount", "value": 100}],
                "session_properties": [{"name": "utm_source", "value": "bing"}],
            },
            False,
        ),
    ],
)
def test_events_are_selected_by_their_properties(
    query: dict[str, object], *, expected: bool
) -> None:
    """All triples of both sections must hold; hours are those of the account."""
    assert event_matches(query, CHARGED, KOLKATA) is expected


@pytest.mark.parametrize(
    "query",
    [
        {"event_propertys": [{"name": "Amount", "value": 1}]},
        {"event_properties": {"name": "Amount", "value": 1}},
        {"event_properties": ["Amount"]},
        {"event_properties": [{"value": 1}]},
        {"event_properties": [{"name": "Amount", "operator": "gt", "value": 1000}]},
    ],
)
def test_a_typo_widens_a_query_of_events(query: dict[str, object]) -> None:
    """What is not understood is ignored without a word."""
    assert event_matches(query, CHARGED, KOLKATA)


@pytest.mark.parametrize(
    ("section", "triple", "expected"),
    [
        ("app_fields", {"name": "Make", "operator": "contains", "value": "Apple"}, [0, 1]),
        ("profile_fields", {"name": "language", "operator": "equals", "value": "en"}, [0]),
        ("demographics", {"name": "Education", "value": ["College", "Graduate"]}, [0]),
        ("demographics", {"name": "Gender", "value": "Female"}, [0]),
        ("technographics", {"name": "Device", "value": ["Mobile", "Tablet"]}, [0, 1]),
        ("technographics", {"name": "Platform", "value": "AndroidApp"}, [0]),
        ("reachability", {"name": "has_token", "value": "True"}, [0]),
        ("reachability", {"name": "has_token", "value": "False"}, [1, 2]),
        ("profile_fields", {"name": "language", "operator": "does_not_exist"}, [2]),
        ("likes", {"name": "language", "value": "en"}, [0, 1, 2]),
    ],
)
def test_people_are_selected_by_their_profile(
    world: World, section: str, triple: dict[str, object], expected: list[int]
) -> None:
    """Every section of the documented sample selects; an unknown one does not."""
    assert selected(world, {"common_profile_properties": {section: [triple]}}) == expected


def test_all_sections_of_a_profile_must_hold(world: World) -> None:
    """Sections are joined by AND, and places count as sections."""
    apple = {"app_fields": [{"name": "Make", "value": "Apple"}]}
    german = {"profile_fields": [{"name": "language", "value": "de"}]}
    assert selected(world, {"common_profile_properties": apple | german}) == [1]
    india: dict[str, object] = {"geo_fields": [["India"]]}
    assert selected(world, {"common_profile_properties": apple | india}) == []
    world.people[1].properties["Country"] = "India"
    assert selected(world, {"common_profile_properties": apple | india}) == [1]


DAYS = {"from": 20151011, "to": 20151012}
LAUNCHED = {"event_name": "App Launched"} | DAYS
BOUGHT = {"event_name": "Charged", "from": 20151001, "to": 20151031}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"did_all": [LAUNCHED]}, [0, 1]),
        ({"did_all": [LAUNCHED | {"operator": "equals", "value": 2}]}, [0]),
        ({"did_all": [LAUNCHED | {"value": 1}]}, [1]),
        ({"did_all": [LAUNCHED | {"operator": "less_than", "value": 2}]}, [1, 2]),
        ({"did_all": [LAUNCHED, BOUGHT]}, [0]),
        ({"did_all": [LAUNCHED | {"to": 20151011, "value": 1}]}, [0, 1]),
        ({"did_all": [{"event_name": "App Launched"}]}, [0, 1]),
        ({"did_any": {"any_events": [LAUNCHED, BOUGHT]}}, [0, 1]),
        ({"did_any": {"any_events": [LAUNCHED, BOUGHT], "operator": "equals", "value": 3}}, [0]),
        ({"did_none": [BOUGHT]}, [1, 2]),
        ({"did_none": [LAUNCHED, BOUGHT]}, [2]),
        ({"did_not": [BOUGHT]}, [0, 1, 2]),
        ({"did_all": [BOUGHT], "did_none": [LAUNCHED]}, []),
        ("did_all", [0, 1, 2]),
    ],
)
def test_people_are_selected_by_what_they_did(
    world: World, query: object, expected: list[int]
) -> None:
    """All, any and none are joined by AND; `did_not` is no word of the language."""
    assert selected(world, {"advanced_query": query}) == expected


def test_history_can_be_asked_with_properties(world: World) -> None:
    """A part of a history takes event properties of its own."""
    pushed = LAUNCHED | {"event_properties": [{"name": "Source", "value": "push"}]}
    assert selected(world, {"advanced_query": {"did_all": [pushed]}}) == [0]


def test_history_without_days_reaches_back_a_year(world: World) -> None:
    """365 days before today are looked at, the 366th is not."""
    for person, day in ((0, "2014-10-25"), (1, "2014-10-24")):
        world.add(Event("Signed Up", epoch(f"{day}T12:00:00", "Asia/Kolkata"), person))
    query = {"advanced_query": {"did_all": [{"event_name": "Signed Up"}]}}
    assert selected(world, query) == [0]


def test_history_counts_what_has_arrived(world: World) -> None:
    """An event that is still on its way was not done yet."""
    late = launch(2, "2015-10-12")
    world.add(Event(late.name, late.at, late.person, arrived_at=NOW + 1))
    query = {"advanced_query": {"did_all": [LAUNCHED]}}
    assert selected(world, query) == [0, 1]
    assert person_test(world, NOW + 1, query)(2)


def test_a_query_tells_what_it_selects_among() -> None:
    """Empty sections select nothing."""
    assert has_event_filters({"session_properties": [{"name": "a", "value": 1}]})
    assert not has_event_filters({"event_properties": [], "advanced_query": {"did_all": [1]}})
    assert has_person_filters({"advanced_query": {"did_all": [1]}})
    assert not has_person_filters({"common_profile_properties": {}})
