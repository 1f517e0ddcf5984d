"""Fields of answers in columns of one type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.errors import EntryWithoutKey, InvalidResponse
from tap_clevertap.records.field_reader import FieldReader, read_entries, utc

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
TAKERS = ("text", "integer", "texts", "objects", "instant")
KINDS = {"text": str, "integer": int, "texts": list, "objects": list, "instant": str}


@pytest.mark.parametrize("answer", [{}, {"list": None}, {"list": []}])
def test_no_key_lists_nothing(answer: dict[str, object]) -> None:
    """Absent, null and empty are the same."""
    assert read_entries(answer, "list", lambda fields: fields.key_text("name")) == ([], 0)


@pytest.mark.parametrize("listed", [{"a": 1}, "text", [1], 7])
def test_what_is_no_list_of_objects_is_broken(listed: object) -> None:
    """An unexpected shape fails; it is not read as an empty account."""
    with pytest.raises(InvalidResponse):
        read_entries({"list": listed}, "list", lambda fields: fields.key_text("name"))


@given(st.sampled_from(TAKERS), JSON)
def test_a_field_is_in_its_column_or_in_the_rest(taker: str, value: object) -> None:
    """Nothing is lost, nothing is there twice, and a column has values of one type."""
    fields = FieldReader({"name": value})
    taken = getattr(fields, taker)("name")
    if value is None:
        assert (taken, fields.rest) == (None, None)
    elif taken is None:
        assert fields.rest == {"name": value}
    else:
        assert fields.rest is None
        assert isinstance(taken, KINDS[taker])
        assert not isinstance(taken, bool)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (82, 82),
        ("83", 83),
        (-1, -1),
        (84.0, 84),
        (82.5, None),
        (True, None),
        ("x", None),
        (2**63, None),
        ("٣", None),
    ],
)
def test_whole_numbers_stay_whole(sent: object, expected: int | None) -> None:
    """Digits are a number; half a number, a truth and what no column holds are not."""
    assert FieldReader({"n": sent}).integer("n") == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (1597812749, "2020-08-19T04:52:29+00:00"),
        (1597812749000, "2020-08-19T04:52:29+00:00"),
        ("2025-01-02T03:04:05.000Z", "2025-01-02T03:04:05+00:00"),
        ("2025-01-02T03:04:05+05:30", "2025-01-01T21:34:05+00:00"),
        ("2025-01-02T03:04:05", None),
        ("soon", None),
        (10**30, None),
        (True, None),
    ],
)
def test_instants_are_utc(sent: object, expected: str | None) -> None:
    """An epoch and ISO 8601 are instants; a time without a zone is none."""
    assert FieldReader({"at": sent}).instant("at") == expected


def test_a_text_column_takes_numbers_as_their_digits() -> None:
    """A phone number is no quantity."""
    assert FieldReader({"phone": 919930079420}).text("phone") == "919930079420"


def test_one_text_is_a_list_of_one() -> None:
    """A label alone may come without its list."""
    assert FieldReader({"labels": "sale"}).texts("labels") == ["sale"]


@pytest.mark.parametrize("sent", [{}, {"id": None}, {"id": ""}])
def test_a_key_must_be_there(sent: dict[str, object]) -> None:
    """A row without its key would overwrite another."""
    with pytest.raises(EntryWithoutKey, match="'id'"):
        FieldReader(sent).key_text("id")
    with pytest.raises(EntryWithoutKey, match="'id'"):
        FieldReader(sent).key_integer("id")


def test_an_epoch_of_no_year_is_none() -> None:
    """A year that no calendar has does not end the run."""
    assert utc(10**18) is None
