"""Counts and most frequent values: as sent, and never guessed from an answer of another shape."""

from __future__ import annotations

import pytest

from tap_clevertap.api.counting import read_count, read_ranked
from tap_clevertap.errors import BrokenAnswer


def test_a_count_is_a_number_as_sent() -> None:
    """Zero is a number too, and so are those beyond 32 bits."""
    assert [read_count({"count": n}) for n in (0, 7138, 2**40)] == [0, 7138, 2**40]


@pytest.mark.parametrize("answer", [{}, {"count": None}, {"count": "7"}, {"count": 1.5}], ids=str)
def test_no_number_is_no_count(answer: dict[str, object]) -> None:
    """A missing number is not zero."""
    with pytest.raises(BrokenAnswer):
        read_count(answer)


def test_values_keep_type_text_and_order() -> None:
    """The documented shapes, any other data type, and none at all."""
    group = {"NUMBER": {"0-100": 10, "100-200": 9}, "STR": {"Gold": 5, "": 2}, "DATE": {"x": 1}}
    assert list(read_ranked(group)) == [
        ("NUMBER", "0-100", 10),
        ("NUMBER", "100-200", 9),
        ("STR", "Gold", 5),
        ("STR", "", 2),
        ("DATE", "x", 1),
    ]
    assert list(read_ranked({})) == []


@pytest.mark.parametrize("group", [None, 5, [], {"STR": 5}, {"STR": {"Gold": "5"}}], ids=str)
def test_other_shapes_are_broken_answers(group: object) -> None:
    """What cannot be read is not passed off as nothing."""
    with pytest.raises(BrokenAnswer):
        list(read_ranked(group))
