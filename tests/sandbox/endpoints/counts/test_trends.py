"""Trends."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_clevertap.sandbox.account.models import Event, EventType, Person, World, epoch
from tap_clevertap.sandbox.endpoints.counts.totals import count_events, trends
from tap_clevertap.sandbox.endpoints.counts.trends import weekly
from tap_clevertap.sandbox.http_messages import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

ALL = {key: {"trend_type": key} for key in ("daily", "weekly", "monthly")}


def account(events: Sequence[tuple[date, int, object]], name: str = "UTM Visited") -> World:
    """Return an account in Kolkata where these days, people and amounts happened."""
    world = World("Asia/Kolkata", people=[Person([]) for _ in range(3)])
    world.event_types[name] = EventType(name)
    for day, person, amount in events:
        at = epoch(f"{day}T01:00:00", "Asia/Kolkata")
        world.add(Event(name, at, person, props={"Amount": amount}))
    return world


def ask(world: World, body: dict[str, object]) -> dict[str, Any]:
    """Return the trends that a body asks for."""
    request = Request("POST", "/1/counts/trends.json", body=json.dumps(body).encode())
    answer: dict[str, Any] = json.loads(trends(world, epoch("2027-01-01"), request).encode())
    return answer


def test_the_documented_question_gets_the_documented_answer() -> None:
    """Groups stand beside `status`; the last week of 2016 reaches from the 24th to the 31st."""
    days = {24: 10, 25: 10, 26: 60}
    events = [(date(2016, 12, day), 0, 1) for day, times in days.items() for _ in range(times)]
    events += [(date(2017, 1, 3), 0, 1)] * 10 + [(date(2017, 1, 1), 0, 1)] * 20
    body: dict[str, object] = json.loads(
        """{"event_name":"UTM Visited","from":20161224,"to":20170103,"unique":false,
        "groups":{"foo":{"trend_type":"daily"},"bar":{"trend_type":"weekly"},
        "foobar":{"trend_type":"monthly"}}}"""
    )
    assert ask(account(events), body) == json.loads(
        """{"status":"success",
        "foo":{"20161224":10,"20161225":10,"20161226":60,"20170101":20,"20170103":10},
        "bar":{"201652":80,"201701":30},
        "foobar":{"201612":80,"201701":30}}"""
    )


days_of_events = st.lists(
    st.tuples(
        st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 2), st.integers(-9, 9)
    ),
    max_size=30,
)
YEAR = {"event_name": "UTM Visited", "from": 20260101, "to": 20261231}


@settings(deadline=None)
@given(days_of_events)
def test_every_group_sums_up_to_the_count(events: list[tuple[date, int, object]]) -> None:
    """Days, weeks and months are three ways to split one number; the months split the days."""
    world = account(events)
    answer = ask(world, YEAR | {"groups": ALL})
    request = Request("POST", "/1/counts/events.json", body=json.dumps(YEAR).encode())
    counted = json.loads(count_events(world, epoch("2027-01-01"), request).encode())["count"]
    assert counted == len(events)
    assert all(sum(answer[key].values()) == counted for key in ALL)
    for month, number in answer["monthly"].items():
        assert number == sum(n for day, n in answer["daily"].items() if day.startswith(month))


@settings(deadline=None)
@given(days_of_events)
def test_unique_counts_each_person_once_a_period(events: list[tuple[date, int, object]]) -> None:
    """Who came on two days of a month is one person in that month."""
    answer = ask(account(events), YEAR | {"unique": True, "groups": ALL})
    for month in {f"{day:%Y%m}" for day, _, _ in events}:
        people = {person for day, person, _ in events if f"{day:%Y%m}" == month}
        assert answer["monthly"][month] == len(people)
    assert sum(answer["daily"].values()) == len({(day, person) for day, person, _ in events})


def test_a_property_can_be_summed() -> None:
    """Numbers are added, nothing else is, days that sum up to nothing are left out."""
    day = date(2026, 8, 1)
    events: list[tuple[date, int, object]] = [(date(2026, 8, 2), 0, "free")]
    events += [(day, 0, amount) for amount in (1.5, 2, "9", True)]
    answer = ask(account(events), YEAR | {"sum_event_prop": "Amount", "groups": ALL})
    assert answer["daily"] == {"20260801": 3.5}


def test_days_without_events_are_left_out() -> None:
    """An empty group is an empty object."""
    answer = ask(account([]), YEAR | {"groups": {"foo": {"trend_type": "daily"}}})
    assert answer == {"status": "success", "foo": {}}


def test_filters_apply() -> None:
    """A trend takes the filters of the query language."""
    events: list[tuple[date, int, object]] = [(date(2026, 8, 1), 0, 1), (date(2026, 8, 1), 0, 2)]
    filters = {"event_properties": [{"name": "Amount", "value": 2}]}
    answer = ask(account(events), YEAR | filters | {"groups": ALL})
    assert answer["daily"] == {"20260801": 1}


@pytest.mark.parametrize(
    "groups",
    [
        None,
        {},
        {"foo": {}},
        {"foo": {"trend_type": "hourly"}},
        {"foo": {"trend_type": ["daily"]}},
        {str(number): {"trend_type": "daily"} for number in range(6)},
    ],
)
def test_wrong_groups_are_refused(groups: object) -> None:
    """At most five, each of a known type."""
    answer = ask(account([]), YEAR | {"groups": groups})
    assert answer["status"] == "fail"
    assert "Invalid group" in answer["error"]


def test_five_groups_are_allowed() -> None:
    """The documented limit is the last number that works."""
    groups = {str(number): {"trend_type": "daily"} for number in range(5)}
    assert set(ask(account([]), YEAR | {"groups": groups})) == {"status", *groups}


def test_a_trend_spans_a_year_at_most() -> None:
    """A leap year fits; a day more does not."""
    leap = {"event_name": "UTM Visited", "from": 20240101, "to": 20241231, "groups": ALL}
    assert ask(account([]), leap)["status"] == "success"
    refused = ask(account([]), leap | {"to": 20250101})
    assert (refused["status"], refused["code"]) == ("fail", 4002)
    assert "date range" in refused["error"]


def test_weeks_have_seven_days_from_new_year() -> None:
    """Whatever day of the week a year begins on."""
    days = [date(2026, 1, 1), date(2026, 1, 7), date(2026, 1, 8), date(2026, 12, 23)]
    assert [weekly(day) for day in days] == ["202601", "202601", "202602", "202651"]


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_weeks_stay_within_their_year_and_never_run_back(day: date) -> None:
    """The week of a day is the week of the next day, or the one before it."""
    tomorrow = day + timedelta(days=1)
    assert weekly(day).startswith(str(day.year))
    assert 1 <= int(weekly(day)[4:]) <= 52
    step = int(weekly(tomorrow)) - int(weekly(day))
    assert step in ({0, 1} if day.year == tomorrow.year else {49})
