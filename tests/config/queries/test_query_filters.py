"""Filters: the documented ones pass, and no typo gets to CleverTap, which would ignore it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.config.queries.query_filters import as_day, problems

JSON = dict[str, Any]

DOCUMENTED: JSON = {
    "event_properties": [{"name": "Amount", "operator": "equals", "value": 100}],
    "session_properties": [
        {"name": "first_time", "value": "True"},
        {"name": "time_of_day", "value": ["22:30", "22:35"]},
    ],
    "common_profile_properties": {
        "app_fields": [{"name": "Make", "operator": "contains", "value": "Apple"}],
        "profile_fields": [{"name": "language", "operator": "equals", "value": "en"}],
        "demographics": [{"name": "Education", "value": ["College", "Graduate"]}],
        "technographics": [{"name": "Platform", "value": "AndroidApp"}],
        "reachability": [{"name": "has_token", "value": "True"}],
        "geo_fields": [["India", "Maharashtra", "Mumbai"], ["United States"]],
        "geo_radius": [[35, 42.5, 5.2], [77.6, 76.2, 11]],
    },
    "advanced_query": {
        "did_all": [
            {
                "event_name": "App Launched",
                "from": 20151011,
                "to": 20151012,
                "operator": "equals",
                "value": 10,
                "event_properties": [{"name": "Product", "operator": "contains", "value": "mug"}],
                "session_properties": [{"name": "utm_campaign", "value": "sale"}],
            }
        ],
        "did_any": {
            "any_events": [{"event_name": "Added To Cart", "from": 20150911, "to": 20151011}],
            "operator": "equals",
            "value": 10,
        },
        "did_none": [{"event_name": "App Uninstalled", "from": 20151010, "to": 20151011}],
    },
}
Step = str | int


def _changed(path: tuple[Step, ...], value: object) -> JSON:
    """Return the documented filters with one part put otherwise."""
    changed = copy.deepcopy(DOCUMENTED)
    part: Any = changed
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return changed


def _without(*path: Step) -> JSON:
    changed = copy.deepcopy(DOCUMENTED)
    part: Any = changed
    for step in path[:-1]:
        part = part[step]
    del part[path[-1]]
    return changed


def _objects(part: JSON | list[Any], path: tuple[Step, ...] = ()) -> list[tuple[Step, ...]]:
    """Return the way to each object within the filters."""
    found = [path] if isinstance(part, dict) else []
    steps: Any = part.items() if isinstance(part, dict) else enumerate(part)
    for step, inner in steps:
        if isinstance(inner, dict | list):
            found += _objects(inner, (*path, step))
    return found


def test_the_documented_filters_pass() -> None:
    """Everything that the documentation shows is allowed, and so is no filter at all."""
    assert list(problems(DOCUMENTED, "f")) == []
    assert list(problems({}, "f")) == []


@pytest.mark.parametrize("path", _objects(DOCUMENTED), ids=str)
def test_no_key_is_unknown_in_any_depth(path: tuple[Step, ...]) -> None:
    """A key that CleverTap would ignore is found wherever it stands, once."""
    lines = list(problems(_changed((*path, "typo"), 1), "f"))
    assert len(lines) == 1
    assert 'unknown key "typo"' in lines[0]


CALLED = "common_profile_properties"
WRONG: list[tuple[JSON, str]] = [
    (
        _changed(("advanced_query", "did_not"), []),
        'f.advanced_query: unknown key "did_not"; did you mean did_none?',
    ),
    (_changed(("event_properties",), []), "f.event_properties: [] is not valid; expected a list"),
    (_changed(("event_properties",), {"name": "x"}), "f.event_properties: {"),
    (
        _changed(("event_properties", 0), "Amount"),
        'f.event_properties[0]: "Amount" is not an object',
    ),
    (_changed(("event_properties", 0, "name"), ""), 'f.event_properties[0].name: "" is not'),
    (_changed(("event_properties", 0, "operator"), "gt"), "did you mean greater_than?"),
    (_without("event_properties", 0, "name"), "f.event_properties[0]: name is missing"),
    (_without("event_properties", 0, "value"), "f.event_properties[0]: value is missing"),
    (_changed((CALLED,), []), f"f.{CALLED}: [] is not an object; expected one with app_fields"),
    (_changed((CALLED, "geo_fields", 0), "India"), f'f.{CALLED}.geo_fields[0]: "India" is not'),
    (_changed((CALLED, "geo_fields", 0), ["a", "b", "c", "d"]), "expected strings: [country"),
    (_changed((CALLED, "geo_fields", 0), [1]), "expected strings: [country"),
    (_changed((CALLED, "geo_radius", 0), [35, 42.5]), "expected [latitude, longitude, kilometres]"),
    (
        _changed((CALLED, "geo_radius", 0), [95, 42.5, 5]),
        "expected [latitude, longitude, kilometres]",
    ),
    (
        _changed((CALLED, "geo_radius", 0), [35, 42.5, 0]),
        "expected [latitude, longitude, kilometres]",
    ),
    (
        _changed((CALLED, "geo_radius", 0), [35, "42", 5]),
        "expected [latitude, longitude, kilometres]",
    ),
    (_changed(("advanced_query", "did_none"), {}), "expected a list of objects with event_name"),
    (
        _changed(("advanced_query", "did_all", 0), 5),
        "f.advanced_query.did_all[0]: 5 is not an object",
    ),
    (_without("advanced_query", "did_all", 0, "from"), "did_all[0]: from missing"),
    (_changed(("advanced_query", "did_all", 0, "from"), 20150230), "20150230 is not a valid date"),
    (
        _changed(("advanced_query", "did_all", 0, "to"), "2015-10-12"),
        '"2015-10-12" is not a valid date',
    ),
    (_changed(("advanced_query", "did_all", 0, "from"), 20151013), "is after to 20151012"),
    (_changed(("advanced_query", "did_all", 0, "value"), "10"), "expected an integer"),
    (_changed(("advanced_query", "did_any"), []), "f.advanced_query.did_any: [] is not an object"),
    (_without("advanced_query", "did_any", "any_events"), "any_events is missing"),
    (_changed(("advanced_query", "did_any", "operator"), "gt"), "did you mean greater_than?"),
]


@pytest.mark.parametrize(("given", "line"), WRONG)
def test_what_clevertap_would_ignore_is_told_in_one_line(given: JSON, line: str) -> None:
    """Each mistake is one line that says where it is and what is allowed."""
    (told,) = problems(given, "f")
    assert line in told


def test_filters_that_are_no_object_are_told() -> None:
    """A list of filters is what people try first."""
    (told,) = problems([{"name": "Amount"}], "f")
    assert told.startswith(
        'f: [{"name": "Amount"}] is not an object; expected one with event_properties'
    )


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    st.sampled_from(_objects(DOCUMENTED)).flatmap(
        lambda path: st.tuples(st.just(path), st.sampled_from(sorted(DOCUMENTED)), _VALUES)
    )
)
def test_any_json_is_judged_without_falling_over(
    change: tuple[tuple[Step, ...], str, object],
) -> None:
    """Whatever stands in a config, the check tells lines and raises nothing."""
    path, key, value = change
    assert all(isinstance(line, str) for line in problems(_changed((*path, key), value), "f"))


@pytest.mark.parametrize("value", [20260230, 19991231, 2026010, 202601011, True, "20260101", None])
def test_only_numbers_that_name_a_day_are_days(value: object) -> None:
    """Eight digits of a day that exists, as a number."""
    assert as_day(value) is None
    assert str(as_day(20260101)) == "2026-01-01"
