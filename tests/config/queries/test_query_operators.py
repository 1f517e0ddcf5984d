"""Operators and their values: what passes, and in which words the rest is told."""

from __future__ import annotations

import pytest

from tap_clevertap.config.queries.query_operators import (
    OPERATORS,
    check_frequency,
    comparison,
    format_value,
    suggestion,
    unknown_keys,
)

GOOD: list[dict[str, object]] = [
    {"value": "Gold"},
    {"operator": "equals", "value": 100},
    {"operator": "equals", "value": ["College", "Graduate"]},
    {"operator": "not_equals", "value": 1.5},
    {"operator": "contains", "value": "Apple"},
    {"operator": "does_not_contain", "value": ["a", "b"]},
    {"operator": "exists"},
    {"operator": "does_not_exist"},
    {"operator": "greater_than", "value": 0},
    {"operator": "less_than_equals", "value": "$D_1767225600"},
    {"value": ["22:30", "22:35"]},
    {"value": "True"},
]
WRONG: list[tuple[dict[str, object], str]] = [
    (
        {"operator": "gt", "value": 1},
        'f.operator: unknown operator "gt"; did you mean greater_than?',
    ),
    (
        {"operator": "equal", "value": 1},
        'f.operator: unknown operator "equal"; did you mean equals?',
    ),
    ({"operator": "lessThan", "value": 1}, 'unknown operator "lessThan"; did you mean less_than?'),
    ({"operator": "not_contains", "value": "x"}, "did you mean does_not_contain?"),
    ({"operator": "between", "value": [1, 2]}, "expected two filters"),
    ({"operator": "~", "value": 1}, 'unknown operator "~"; expected one of equals, not_equals'),
    ({"operator": None, "value": 1}, "unknown operator null"),
    ({"operator": ["equals"], "value": 1}, 'unknown operator ["equals"]'),
    ({"operator": "equals"}, "f: value is missing; expected the operand of equals"),
    ({"value": None}, "f.value: null is not valid; expected a string or number"),
    ({"value": []}, "f.value: [] is not valid"),
    ({"value": {"a": 1}}, 'f.value: {"a": 1} is not valid'),
    ({"value": [["a"]]}, 'f.value: [["a"]] is not valid'),
    ({"value": float("nan")}, "f.value: NaN is not valid"),
    ({"value": True}, 'f.value: true is not valid; expected "True" or "False" as strings'),
    (
        {"operator": "greater_than", "value": "100"},
        "expected a number, or a list of them, for greater_than",
    ),
    ({"operator": "contains", "value": 5}, "expected a string, or a list of them, for contains"),
]


@pytest.mark.parametrize("given", GOOD, ids=str)
def test_documented_comparisons_pass(given: dict[str, object]) -> None:
    """Whatever the documentation shows is let through."""
    assert list(comparison(given, "f")) == []


@pytest.mark.parametrize(("given", "line"), WRONG, ids=str)
def test_other_comparisons_are_told_in_one_line(given: dict[str, object], line: str) -> None:
    """What CleverTap would ignore is one line that says where, what and what else."""
    (told,) = comparison(given, "f")
    assert line in told


@pytest.mark.parametrize("given", [{}, {"value": 0}, {"operator": "less_than", "value": 3}])
def test_times_are_whole_numbers(given: dict[str, object]) -> None:
    """How often something was done may be asked with sizes, or not at all."""
    assert list(check_frequency(given, "d")) == []


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"operator": "gte", "value": 3}, "did you mean greater_than_equals?"),
        ({"operator": "contains", "value": 3}, 'unknown operator "contains"'),
        ({"operator": "equals"}, "d: value is missing; expected a number of times"),
        ({"value": "3"}, 'd.value: "3" is not valid; expected an integer'),
        ({"value": -1}, "d.value: -1 is not valid"),
        ({"value": 1.5}, "d.value: 1.5 is not valid"),
        ({"value": True}, "d.value: true is not valid"),
    ],
)
def test_other_times_are_told_in_one_line(given: dict[str, object], line: str) -> None:
    """Texts, halves and operators for texts do not count times."""
    (told,) = check_frequency(given, "d")
    assert line in told


def test_a_suggestion_names_only_what_there_is() -> None:
    """An alias is not suggested where what it stands for is unknown."""
    assert suggestion("gt", ["did_all", "did_none"]) == "expected one of did_all, did_none"
    assert suggestion("between", ["did_all"]) == "expected one of did_all"
    assert all(suggestion(one, OPERATORS) == f"did you mean {one}?" for one in OPERATORS)


def test_each_unknown_key_is_told() -> None:
    """Two unknown keys are two lines; known ones are none."""
    lines = list(unknown_keys({"did_not": 1, "x": 2, "did_all": 3}, ["did_all", "did_none"], "q"))
    assert lines == [
        'q: unknown key "did_not"; did you mean did_none?',
        'q: unknown key "x"; expected one of did_all, did_none',
    ]


def test_long_values_are_cut() -> None:
    """A message stays one readable line, in the user's own letters."""
    assert format_value("दीवाली") == '"दीवाली"'
    assert len(format_value(list(range(1000)))) == 80
