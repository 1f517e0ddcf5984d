"""Properties: names that every warehouse takes, and types that only ever get wider."""

from __future__ import annotations

import json
import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tap_clevertap.records.column_types import (
    MAX_COLUMNS,
    MAX_NAME_LENGTH,
    ColumnType,
    column_name,
    columns_of,
    digest,
    kind_of,
    merge_columns,
    slug,
    widened,
)

KINDS = st.sampled_from(ColumnType)
VALUES = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.text(),
    st.none(),
    st.sampled_from(["true", "False", "$D_1767225600", "$D_x", ""]),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Amount", "amount"),
        ("CT App Version", "ct_app_version"),
        ("Campaign id", "campaign_id"),
        ("Campaign Id", "campaign_id"),
        ("  Discount % ", "discount"),
        ("eventProps.0", "eventprops_0"),
        ("Café", "cafe"),
        ("दीवाली 🪔", digest("दीवाली 🪔")),
        ("Größe (cm)", f"groe_cm_{digest('Größe (cm)')}"),
        ("🪔", digest("🪔")),
        ("", digest("")),
    ],
)
def test_a_slug_is_what_people_would_write(name: str, expected: str) -> None:
    """Case, spaces and accents go; where letters are lost a digest tells names apart."""
    assert slug(name) == expected


@given(st.text(max_size=200))
def test_every_name_has_a_short_plain_slug(name: str) -> None:
    """Whatever a property is called, the column is one that each warehouse takes."""
    assert re.fullmatch(rf"[a-z0-9][a-z0-9_]{{0,{MAX_NAME_LENGTH - 1}}}", slug(name))
    assert re.fullmatch(r"[a-z][a-z0-9_]*", column_name(name, {"name"}))


def test_long_names_that_begin_alike_are_told_apart() -> None:
    """120 characters are cut, and their digest stays."""
    assert slug("a" * 120) != slug("a" * 119 + "b")
    assert len(slug("a" * 120)) == MAX_NAME_LENGTH


def test_a_column_gives_way_to_those_of_every_event() -> None:
    """A property called Name is not the person's name."""
    assert column_name("Name", {"name", "email"}) == "prop_name"
    assert column_name("Price", {"name", "email"}) == "price"
    assert column_name("2nd choice", ()) == "prop_2nd_choice"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (b"1", ColumnType.INTEGER),
        (b"-12345678901234567", ColumnType.INTEGER),
        (b"12345678901234567890", ColumnType.TEXT),
        (b"9" * 5000, ColumnType.TEXT),
        (b"1e400", ColumnType.TEXT),
        (b"1e-99999999999999999999", ColumnType.NUMBER),
        (b"1.0", ColumnType.NUMBER),
        (b"1e5", ColumnType.NUMBER),
        (b"true", ColumnType.BOOLEAN),
        (b'"False"', ColumnType.BOOLEAN),
        (b'"$D_1767225600"', ColumnType.INSTANT),
        (b'"$D_-1"', ColumnType.INSTANT),
        (b'"$D_soon"', ColumnType.TEXT),
        (b'"$D_20260131"', ColumnType.INSTANT),
        (b'"$D_20260131100000"', ColumnType.TEXT),
        (b'"12"', ColumnType.TEXT),
        (b'""', None),
        (b"null", None),
        (b"[1]", None),
        (b'{"a":1}', None),
    ],
)
def test_the_narrowest_type_of_a_value(value: bytes, kind: ColumnType | None) -> None:
    """Numbers by their form, truths and dates also where they come as text."""
    assert kind_of(value) is kind


def test_widening_is_a_join() -> None:
    """Order and repetition do not matter, and nothing gets narrower again."""
    for one, other, third in product(ColumnType, repeat=3):
        assert widened(one, one) is one
        assert widened(one, other) is widened(other, one)
        assert widened(widened(one, other), third) is widened(one, widened(other, third))
        assert widened(one, widened(one, other)) is widened(one, other)
    assert widened(ColumnType.INTEGER, ColumnType.NUMBER) is ColumnType.NUMBER
    assert widened(ColumnType.BOOLEAN, ColumnType.INTEGER) is ColumnType.TEXT


@given(st.lists(st.dictionaries(st.sampled_from(["A", "a", "B", "Name"]), VALUES)), st.randoms())
def test_columns_do_not_depend_on_the_order_of_records(
    records: list[dict[str, object]],
    rng: st.DataObject,
) -> None:
    """The same events give the same columns, and more events at most wider ones."""
    sent = [
        {name: Raw(json.dumps(value).encode()) for name, value in one.items()} for one in records
    ]
    columns = columns_of(sent, {"name"})
    shuffled = list(sent)
    rng.shuffle(shuffled)  # type: ignore[attr-defined] # a Random
    assert columns_of(shuffled, {"name"}) == columns
    for name, fewer in columns_of(sent[:-1], {"name"}).items():
        assert widened(fewer.kind, columns[name].kind) is columns[name].kind
    assert list(columns) == sorted(columns)


def test_of_too_many_columns_the_commonest_stay() -> None:
    """An app that makes up property names makes no table that nobody can load."""
    sent = [{f"k{n}": Raw(b"1"), "Price": Raw(b"2")} for n in range(MAX_COLUMNS + 10)]
    columns = columns_of(sent, ())
    assert len(columns) == MAX_COLUMNS
    assert "price" in columns


def test_spellings_share_a_column_and_are_remembered() -> None:
    """Campaign id and Campaign Id are one column, wide enough for both."""
    sent = [{"Campaign id": Raw(b"1")}, {"Campaign Id": Raw(b'"x"'), "Items": Raw(b"[]")}]
    columns = columns_of(sent, ())
    assert list(columns) == ["campaign_id"]
    assert columns["campaign_id"].kind is ColumnType.TEXT
    assert columns["campaign_id"].properties == ("Campaign Id", "Campaign id")


@given(st.lists(st.dictionaries(st.sampled_from(["A", "a", "B"]), VALUES)), st.integers(0, 5))
def test_columns_of_parts_join_to_those_of_the_whole(
    records: list[dict[str, object]], cut: int
) -> None:
    """Looking at recent and older events apart finds what looking at all of them finds."""
    sent = [
        {name: Raw(json.dumps(value).encode()) for name, value in one.items()} for one in records
    ]
    parts = [columns_of(sent[:cut], ()), columns_of(sent[cut:], ())]
    assert merge_columns(parts) == columns_of(sent, ())
