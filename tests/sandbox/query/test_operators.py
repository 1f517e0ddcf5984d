"""The query language's comparisons."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.sandbox.query.operators import holds, leaves

plain = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5))


@pytest.mark.parametrize(
    ("operator", "value", "found", "expected"),
    [
        ("equals", 100, 100, True),
        ("equals", 100, 100.0, True),
        ("equals", 100, "100", False),
        ("equals", ["College", "Graduate"], "Graduate", True),
        ("equals", ["College", "Graduate"], "School", False),
        ("equals", [["a"], ["b"]], "b", True),
        ("equals", "True", True, True),
        ("equals", "True", "true", True),
        ("equals", "True", "False", False),
        ("equals", 1, True, False),
        ("not_equals", "en", "de", True),
        ("not_equals", ["en", "de"], "de", False),
        ("contains", "piz", "pizza", True),
        ("contains", "Piz", "pizza", False),
        ("contains", "1", 11, False),
        ("does_not_contain", "piz", "sushi", True),
        ("does_not_contain", "piz", "pizza", False),
        ("greater_than", 5, 5, False),
        ("greater_than", 5, 5.5, True),
        ("greater_than", 5, "9", False),
        ("greater_than_equals", 5, 5, True),
        ("less_than", 5, 5, False),
        ("less_than", 5, -1, True),
        ("less_than_equals", 5, 5, True),
        ("less_than_equals", 5, True, False),
    ],
)
def test_an_operator_compares(
    operator: str, value: object, found: object, *, expected: bool
) -> None:
    """Each documented operator does what its name says; numbers and texts never meet."""
    assert holds({"operator": operator, "value": value}, [found]) is expected


def test_an_omitted_operator_is_equals() -> None:
    """Official samples leave the operator out."""
    assert holds({"name": "Gender", "value": "Female"}, ["Female"])
    assert not holds({"name": "Gender", "value": "Female"}, ["Male"])


def test_existence_needs_no_value() -> None:
    """`exists` and `does_not_exist` look at presence alone."""
    assert holds({"operator": "exists"}, [0])
    assert not holds({"operator": "exists"}, [])
    assert holds({"operator": "does_not_exist"}, [])
    assert not holds({"operator": "does_not_exist"}, [""])


@pytest.mark.parametrize("operator", ["equals", "not_equals", "does_not_contain", "less_than"])
def test_what_is_absent_stands_in_no_relation(operator: str) -> None:
    """Without a value only `does_not_exist` holds."""
    assert not holds({"operator": operator, "value": 1}, [])


@given(plain)
def test_an_unknown_operator_widens_the_filter(found: object) -> None:
    """`gt` is no documented name: nothing is filtered, as at CleverTap."""
    assert holds({"operator": "gt", "value": object()}, [found])
    assert holds({"operator": ["equals"], "value": object()}, [found])
    assert holds({"operator": "equals"}, [found])


@given(found=plain, wanted=st.lists(plain, max_size=3))
def test_a_single_value_equals_or_it_does_not(found: object, wanted: list[object]) -> None:
    """`not_equals` is the opposite of `equals`, lists of wanted values included."""
    is_equal = holds({"operator": "equals", "value": wanted}, [found])
    assert holds({"operator": "not_equals", "value": wanted}, [found]) is not is_equal


@given(found=st.lists(plain, max_size=4), wanted=plain)
def test_a_list_matches_if_one_element_does(found: list[object], wanted: object) -> None:
    """The operator applies as OR over the elements."""
    triple = {"operator": "equals", "value": wanted}
    assert holds(triple, found) is any(holds(triple, [one]) for one in found)


def test_leaves_are_the_plain_values_inside() -> None:
    """Lists and objects are walked, nulls are nothing."""
    items = [{"Category": "books", "Tags": ["a", None]}, "loose", 3]
    assert list(leaves(items)) == ["books", "a", "loose", 3]
    assert list(leaves(None)) == []
