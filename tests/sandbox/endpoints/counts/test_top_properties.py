"""Top property counts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.sandbox.account.models import Device, Event, Person, World, epoch
from tap_clevertap.sandbox.endpoints.counts.top_properties import label
from tap_clevertap.sandbox.endpoints.counts.totals import top_properties
from tap_clevertap.sandbox.http_messages import Request


@pytest.fixture
def world() -> World:
    """Return an account where fifteen purchases were made, five of them by somebody Gold."""
    world = World("UTC")
    phone, laptop = Device("__g1", "Android"), Device("web", "Web")
    world.people = [
        Person([phone], properties={"Customer Type": "Gold"}),
        Person([laptop], properties={"Customer Type": "Silver"}),
    ]
    for number in range(15):
        amount: object = "free" if number == 14 else 20 * number
        props = {"Amount": amount, "Items": [{"Category": "books"}], "Gift": number < 3}
        at = epoch("2017-01-01T10:00:00") + number
        world.add(Event("Charged", at, int(number >= 5), props=props, session={"utm": "x"}))
    early = epoch("2015-01-01T10:00:00")
    world.add(Event("Charged", early, 0, props={"Coupon": "SPRING"}))
    return world


def ask(world: World, groups: object, **more: object) -> dict[str, Any]:
    """Return the tops that groups ask for."""
    body = {"event_name": "Charged", "from": 20161229, "to": 20170129, "groups": groups} | more
    request = Request("POST", "/1/counts/top.json", body=json.dumps(body).encode())
    answer: dict[str, Any] = json.loads(top_properties(world, 2_000_000_000, request).encode())
    return answer


def values(world: World, section: str, name: str, **more: object) -> object:
    """Return the answer for one property."""
    return ask(world, {"foo": {"property_type": section, "name": name} | more}).get("foo")


def test_the_documented_question_gets_an_answer_of_the_documented_shape(world: World) -> None:
    """Numbers come in ranges, texts by value, rarest first if so asked."""
    groups = json.loads(
        """{"foo":{"property_type":"event_properties","name":"Amount"},
        "bar":{"property_type":"profile_fields","name":"Customer Type","top_n":2,"order":"asc"}}"""
    )
    answer = ask(world, groups)
    assert answer == {
        "status": "success",
        "foo": {"NUMBER": {"0-100": 5, "100-200": 5, "200-300": 4}, "STR": {"free": 1}},
        "bar": {"STR": {"Gold": 5, "Silver": 10}},
    }
    assert list(answer["bar"]["STR"]) == ["Gold", "Silver"]


def test_the_most_frequent_come_first_and_alone(world: World) -> None:
    """`top_n` cuts, from the other end when the order is turned."""
    assert values(world, "profile_fields", "Customer Type", top_n=1) == {"STR": {"Silver": 10}}
    assert values(world, "profile_fields", "Customer Type", top_n=1, order="asc") == {
        "STR": {"Gold": 5}
    }


def test_ten_are_shown_by_default(world: World) -> None:
    """Twelve values are cut to ten unless more are asked for."""
    for number in range(12):
        at = epoch("2017-01-02T10:00:00")
        world.add(Event("Charged", at, 0, props={"Colour": f"c{number:02}"}))
    shown = ask(world, {"foo": {"property_type": "event_properties", "name": "Colour"}})
    assert list(shown["foo"]["STR"]) == [f"c{number:02}" for number in range(10)]


@pytest.mark.parametrize(
    ("section", "name", "expected"),
    [
        ("event_properties", "Items|Category", {"STR": {"books": 15}}),
        ("event_properties", "Gift", {"STR": {"false": 12, "true": 3}}),
        ("session_properties", "utm", {"STR": {"x": 15}}),
        ("technographics", "OS", {"STR": {"Android": 5, "Web": 10}}),
        ("event_properties", "Coupon", {}),
        ("event_properties", "Typo", None),
        ("profile_fields", "Typo", None),
        ("event_fields", "Amount", None),
    ],
)
def test_each_section_has_its_properties(
    world: World, section: str, name: str, expected: object
) -> None:
    """A property seen on other days only is empty; one never seen is refused."""
    assert values(world, section, name) == expected


@pytest.mark.parametrize(
    "more",
    [
        {"top_n": 0},
        {"top_n": 101},
        {"top_n": "5"},
        {"top_n": True},
        {"order": ["asc"]},
        {"name": ["Amount"]},
        {"property_type": None},
    ],
)
def test_wrong_groups_are_refused(world: World, more: dict[str, object]) -> None:
    """`top_n` is 1 to 100, `order` is asc or desc."""
    group = {"property_type": "event_properties", "name": "Amount"} | more
    answer = ask(world, {"foo": group})
    assert answer == {"status": "fail", "error": "Invalid group : foo", "code": 400}


def test_equally_frequent_values_come_in_alphabetical_order(world: World) -> None:
    """The answer is the same on every run, whatever order the events came in."""
    for colour in ("red", "blue", "green"):
        world.add(Event("Charged", epoch("2017-01-02T10:00:00"), 0, props={"Colour": colour}))
    for order in ("asc", "desc"):
        group = {"property_type": "event_properties", "name": "Colour", "order": order}
        assert list(ask(world, {"foo": group})["foo"]["STR"]) == ["blue", "green", "red"]


def test_filters_apply(world: World) -> None:
    """Top counts take the filters of the query language."""
    gold = {"profile_fields": [{"name": "Customer Type", "value": "Gold"}]}
    group = {"foo": {"property_type": "event_properties", "name": "Amount"}}
    answer = ask(world, group, common_profile_properties=gold)
    assert answer["foo"] == {"NUMBER": {"0-100": 5}}


@given(st.one_of(st.integers(), st.floats(-1e9, 1e9)))
def test_a_number_lies_within_its_range(value: float) -> None:
    """The lower end belongs to the range, the upper one to the next."""
    kind, text = label(value)
    low = int(text[: text.index("-", 1)])
    assert kind == "NUMBER"
    assert text == f"{low}-{low + 100}"
    assert low % 100 == 0
    assert low <= value <= low + 100
