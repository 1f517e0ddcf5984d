"""Typed rows: what fits goes into its column, and nothing of a row is lost or changed."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clevertap.records.column_types import ColumnType, columns_of, kind_of
from tap_clevertap.records.typed_columns import CASTS, TypedColumns

JSON = dict[str, Any]
VALUES: Any = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
        st.sampled_from(["true", "FALSE", "$D_1767225600", "$D_1767225600000", "12", "1.5e3", ""]),
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


def row(props: object) -> bytes:
    """Return an event as far as typing needs it."""
    return b'{"event_id":"x","event_props":%b,"extra":null}' % json.dumps(props).encode()


def typed(kinds: dict[str, ColumnType], *props: object) -> list[JSON]:
    """Return the rows of events with these properties."""
    return [json.loads(one) for one in TypedColumns(kinds, {"name"})([row(one) for one in props])]


@pytest.mark.parametrize(
    ("kind", "sent", "expected"),
    [
        (ColumnType.INTEGER, b"12345678901234567", b"12345678901234567"),
        (ColumnType.INTEGER, b"4.0", b"4"),
        (ColumnType.INTEGER, b"4e3", b"4000"),
        (ColumnType.INTEGER, b'"42"', b"42"),
        (ColumnType.INTEGER, b'"042"', None),
        (ColumnType.INTEGER, b"4.5", None),
        (ColumnType.INTEGER, b"1.00000000000000000001", None),
        (ColumnType.INTEGER, b"1e999999999", None),
        (ColumnType.INTEGER, b"1e-99999999999999999999", None),
        (ColumnType.INTEGER, b"9" * 5000, None),
        (ColumnType.INTEGER, b'"%b"' % (b"9" * 5000), None),
        (ColumnType.INTEGER, b"-4611686018427387904", b"-4611686018427387904"),
        (ColumnType.INTEGER, b"99999999999999999999", None),
        (ColumnType.INTEGER, b"true", None),
        (ColumnType.NUMBER, b"0.30000000000000004", b"0.30000000000000004"),
        (ColumnType.NUMBER, b"59.990", b"59.990"),
        (ColumnType.NUMBER, b'"59.990"', b"59.990"),
        (ColumnType.NUMBER, b'"59,99"', None),
        (ColumnType.NUMBER, b"1e5", b"1e5"),
        (ColumnType.NUMBER, b'"12e3456"', None),
        (ColumnType.NUMBER, b'"1e5"', None),
        (ColumnType.NUMBER, b"1e400", None),
        (ColumnType.NUMBER, b"12345678901234567", b"12345678901234567"),
        (ColumnType.NUMBER, b'"NaN"', None),
        (ColumnType.NUMBER, b"[1]", None),
        (ColumnType.BOOLEAN, b"false", b"false"),
        (ColumnType.BOOLEAN, b'"True"', b"true"),
        (ColumnType.BOOLEAN, b'"FALSE"', b"false"),
        (ColumnType.BOOLEAN, b'"yes"', None),
        (ColumnType.BOOLEAN, b"1", None),
        (ColumnType.INSTANT, b'"$D_1767225600"', b'"2026-01-01T00:00:00+00:00"'),
        (ColumnType.INSTANT, b'"$D_1767225600000"', b'"2026-01-01T00:00:00+00:00"'),
        (ColumnType.INSTANT, b'"$D_20260131"', b'"2026-01-31T00:00:00+00:00"'),
        (ColumnType.INSTANT, b'"$D_18991231"', b'"1970-08-08T19:20:31+00:00"'),
        (ColumnType.INSTANT, b'"$D_20260230"', b'"1970-08-23T11:50:30+00:00"'),
        (ColumnType.INSTANT, b'"$D_76204800"', b'"1972-06-01T00:00:00+00:00"'),
        (ColumnType.INSTANT, b'"$D_76204800000"', b'"1972-06-01T00:00:00+00:00"'),
        (ColumnType.INSTANT, b'"$D_31536000000"', b'"1971-01-01T00:00:00+00:00"'),
        (ColumnType.INSTANT, b'"$D_-31536000000"', b'"1969-01-01T00:00:00+00:00"'),
        (ColumnType.INSTANT, b'"$D_-31536000"', b'"1969-01-01T00:00:00+00:00"'),
        (ColumnType.INSTANT, b'"$D_-20260131"', b'"1969-05-11T12:11:09+00:00"'),
        (ColumnType.INSTANT, b'"$D_9999999999"', None),
        (ColumnType.INSTANT, b'"$D_20260131100000"', None),
        (ColumnType.INSTANT, b'"$D_-9999999999"', None),
        (ColumnType.INSTANT, b'"$D_9999999999999999"', None),
        (ColumnType.INSTANT, b"1767225600", None),
        (ColumnType.TEXT, '"दीवाली \\n"'.encode(), '"दीवाली \\n"'.encode()),
        (ColumnType.TEXT, b"6.550", b'"6.550"'),
        (ColumnType.TEXT, b"true", b'"true"'),
        (ColumnType.TEXT, b'{"a":"b"}', b'"{\\"a\\":\\"b\\"}"'),
    ],
)
def test_a_value_is_fitted_to_its_column(
    kind: ColumnType, sent: bytes, expected: bytes | None
) -> None:
    """Digits stay as they came; what would have to be bent is left out."""
    assert CASTS[kind](sent) == expected


@given(st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), min_size=1, max_size=5))
def test_what_columns_were_made_from_fits_them(props: list[JSON]) -> None:
    """Every value of a sample finds its place, and rows are otherwise as they were."""
    rows = [row(one) for one in props]
    sent = [{k: json.dumps(v).encode() for k, v in one.items()} for one in props]
    taken = {"name", *json.loads(rows[0])}
    columns = columns_of(sent, taken)  # type: ignore[arg-type] # bytes do as well
    rows_with = TypedColumns({name: one.kind for name, one in columns.items()}, taken)
    for before, after in zip(rows, rows_with(rows), strict=True):
        old, new = (json.loads(one, parse_float=Decimal) for one in (before, after))
        assert {name: new[name] for name in old} == old
        assert new.keys() - old.keys() == columns.keys()
    typeless = [one for each in sent for one in each.values() if kind_of(one) is None]
    nested = [one for one in typeless if one[:1] in b"[{"]
    assert sum(rows_with.cast_failures.values()) <= len(nested)
    assert rows_with.unknown <= len(typeless)


def test_columns_are_there_in_every_row() -> None:
    """A target that takes its columns from a record finds all of them in each."""
    assert typed({"a": ColumnType.INTEGER, "b": ColumnType.TEXT}, {"A": 1}, {})[1] == {
        "event_id": "x",
        "event_props": {},
        "extra": None,
        "a": None,
        "b": None,
    }


def test_of_two_spellings_the_first_that_fits_is_taken() -> None:
    """One that is null or does not fit leaves the place to the other."""
    rows = typed({"id": ColumnType.INTEGER}, {"Id": None, "ID": "x", "id": 3, "iD": 4})
    assert rows[0]["id"] == 3


def test_what_has_no_place_is_counted() -> None:
    """Values that did not fit and those that came second by column, others in all; no nulls."""
    rows = TypedColumns({"n": ColumnType.INTEGER}, ())
    rows([row({"N": "x", "More": 1}), row({"N": "", "More": None}), row({"More": 2, "Items": []})])
    assert (rows.cast_failures, rows.collisions, rows.unknown) == ({"n": 1}, {}, 2)
    rows([row({"N": 1, "n": 2}), row({"N": 3, "n": 3})])
    assert (rows.cast_failures, rows.collisions, rows.unknown) == ({"n": 1}, {"n": 1}, 2)


def test_names_without_end_are_not_all_remembered() -> None:
    """An app that makes up property names fills no memory with their places."""
    rows = TypedColumns({"n": ColumnType.INTEGER}, ())
    for first in range(0, 9000, 3000):
        rows([row({f"k{n}": n for n in range(first, first + 3000)} | {"n": first})])
    assert json.loads(rows([row({"N": 7})])[0])["n"] == 7
    assert len(rows._positions) <= 4096  # noqa: SLF001 - nothing else shows it


def test_a_percent_sign_in_a_value_is_a_percent_sign() -> None:
    """Rows are printed by a template, and their content is no part of it."""
    assert typed({"a": ColumnType.TEXT}, {"A": "100%b %s"})[0]["a"] == "100%b %s"


def test_a_catalog_may_call_a_column_anything() -> None:
    """A percent sign in its name, or the property's own spelling."""
    kinds = {"discount_%": ColumnType.TEXT, "Amount": ColumnType.NUMBER}
    [one] = typed(kinds, {"discount_%": "5", "Amount": 1.5})
    assert (one["discount_%"], one["Amount"]) == ("5", 1.5)
