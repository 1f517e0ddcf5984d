"""The user's own questions: what the settings take, and what they refuse before all sending."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.config.queries.count_queries import (
    CountQuery,
    TopQuery,
    count_queries,
    top_queries,
)
from tap_clevertap.errors import SettingError
from tap_clevertap.tap import TapClevertap

if TYPE_CHECKING:
    from tests.conftest import MakeSettings

JSON = dict[str, Any]
PAGE = Path(__file__).parents[3] / "docs" / "count-queries.md"

COUNT: JSON = {"name": "buyers", "event": "Charged"}
TOP: JSON = {
    "name": "cities",
    "event": "Charged",
    "property_type": "profile_fields",
    "property": "City",
}


def test_defaults_are_events_a_day() -> None:
    """Name and event are enough for a count; the rest has defaults."""
    assert count_queries([COUNT]) == (CountQuery("buyers", "Charged", "events", "day", {}),)


def test_a_whole_count_query_arrives_as_given() -> None:
    """Nothing that was asked is lost."""
    filters = {"event_properties": [{"name": "Amount", "operator": "greater_than", "value": 5}]}
    given = COUNT | {"kind": "profiles", "period": "month", "filters": filters}
    assert count_queries([given]) == (
        CountQuery("buyers", "Charged", "profiles", "month", filters),
    )


def test_defaults_are_the_ten_most_frequent_a_day() -> None:
    """Which property is enough; the rest has defaults."""
    assert top_queries([TOP]) == (
        TopQuery("cities", "Charged", "profile_fields", "City", 10, "desc", "day"),
    )


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"name": None}, "count_queries[0].name: missing; expected a string"),
        ({"event": 5}, "count_queries[0].event: 5 is not valid; expected a string"),
        ({"event": " "}, 'count_queries[0].event: " " is not valid'),
        ({"kind": "profile"}, '.kind: "profile" is not valid; did you mean profiles?'),
        ({"period": "week"}, '.period: "week" is not valid; expected one of day, month, total'),
        ({"filter": {}}, 'count_queries[0]: unknown key "filter"; did you mean filters?'),
        ({"filters": []}, "count_queries[0].filters: [] is not an object"),
        ({"filters": {"advanced_query": {"did_not": []}}}, "did you mean did_none?"),
    ],
)
def test_wrong_counts_are_told_by_setting_value_and_choice(change: JSON, line: str) -> None:
    """One line for one mistake, with the place in the list."""
    with pytest.raises(SettingError) as raised:
        count_queries([COUNT | change])
    assert line in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"property": None}, "top_property_queries[0].property: missing"),
        ({"property_type": "event_property"}, "did you mean event_properties?"),
        ({"top_n": 0}, "top_n: 0 is not valid; expected an integer from 1 to 100"),
        ({"top_n": 101}, "top_n: 101 is not valid"),
        ({"top_n": True}, "top_n: true is not valid"),
        ({"top_n": "5"}, 'top_n: "5" is not valid'),
        ({"order": "up"}, '.order: "up" is not valid; expected one of asc, desc'),
        ({"filters": {}}, 'top_property_queries[0]: unknown key "filters"'),
    ],
)
def test_wrong_tops_are_told_by_setting_value_and_choice(change: JSON, line: str) -> None:
    """The same for the most frequent values."""
    with pytest.raises(SettingError) as raised:
        top_queries([TOP | change])
    assert line in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def test_all_mistakes_are_told_at_once() -> None:
    """Whoever writes a config mends it once, not once a line."""
    with pytest.raises(SettingError) as raised:
        count_queries([COUNT | {"kind": "x"}, COUNT | {"event": ""}])
    assert [line.split(":")[0] for line in str(raised.value).splitlines()] == [
        "count_queries[0].kind",
        "count_queries[1].event",
        "count_queries[1].name",
    ]


def test_a_name_is_given_once() -> None:
    """Two queries of a name would write over each other's rows."""
    with pytest.raises(SettingError, match=r'count_queries\[1\].name: "buyers" is used twice'):
        count_queries([COUNT, COUNT | {"event": "Viewed"}])
    with pytest.raises(SettingError, match=r"top_property_queries\[1\].name"):
        top_queries([TOP, TOP])


def test_the_settings_hold_checked_queries(settings: MakeSettings) -> None:
    """The typed view has the questions; without any it has none."""
    made = settings(count_queries=[COUNT], top_property_queries=[TOP])
    assert [one.name for one in made.count_queries] == ["buyers"]
    assert [one.name for one in made.top_property_queries] == ["cities"]
    assert settings().count_queries == ()
    assert settings().top_property_queries == ()


def test_a_tap_with_a_wrong_query_is_not_made(config: JSON) -> None:
    """The mistake shows before there is anything that could send."""
    wrong = COUNT | {"filters": {"event_property": []}}
    with pytest.raises(SettingError, match="did you mean event_properties"):
        TapClevertap(config=config | {"count_queries": [wrong]})


@pytest.mark.parametrize("given", [5, "Charged", ["Charged"], {"name": "x"}])
def test_queries_are_a_list_of_objects(config: JSON, given: object) -> None:
    """Another shape is refused in a line that names the setting."""
    with pytest.raises(SettingError, match=r"^count_queries: .* expected a list of objects"):
        TapClevertap(config=config | {"count_queries": given})


def test_the_examples_of_the_page_pass() -> None:
    """What people copy from there is accepted."""
    text = PAGE.read_text(encoding="utf-8")
    example = json.loads(text.partition("```json")[2].partition("```")[0])
    assert count_queries(example["count_queries"])
    assert top_queries(example["top_property_queries"])
