"""Values: one canonical form, and each column's form without loss."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tap_clevertap.records.json_values import (
    as_digits,
    as_object,
    as_text,
    as_texts,
    canonical,
    encoded,
    members,
)

if TYPE_CHECKING:
    from random import Random

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def raw(value: object) -> Raw:
    """Return a value as it might be sent."""
    return Raw(json.dumps(value).encode())


def shuffled(value: Any, random: Random) -> Any:  # noqa: ANN401 - any JSON
    """Return an equal value whose objects list their keys in another order, at every depth."""
    if isinstance(value, list):
        return [shuffled(one, random) for one in value]
    if not isinstance(value, dict):
        return value
    keys = random.sample(list(value), len(value))
    return {key: shuffled(value[key], random) for key in keys}


@given(JSON, st.randoms(use_true_random=False))
def test_canonical_form_knows_no_order_of_keys(value: object, random: Random) -> None:
    """However deep the objects, the order of their keys makes no difference."""
    assert canonical(raw(shuffled(value, random))) == canonical(raw(value))


@given(JSON)
def test_canonical_form_is_its_own(value: object) -> None:
    """The form of a form is the form; it means what was sent."""
    once = canonical(raw(value))
    assert canonical(Raw(once)) == once
    meant = {} if value is None else value
    assert json.dumps(json.loads(once), sort_keys=True) == json.dumps(meant, sort_keys=True)


@pytest.mark.parametrize(
    ("sent", "form"),
    [
        (b"null", b"{}"),
        (b"{}", b"{}"),
        (b"{ }", b"{}"),
        (b"[]", b"[]"),
        (b'{"b":59.990,"a":0.30000000000000004}', b'{"a":0.30000000000000004,"b":59.99}'),
        (b'{"a":12345678901234567}', b'{"a":12345678901234567}'),
        (b'{"a":123456789012345678901234567890}', b'{"a":123456789012345678901234567890}'),
        (b'{"b":1,"a":1e400}', b'{"a":1e400,"b":1}'),
        (b'{"b":1,"a":' + b"9" * 5000 + b"}", b'{"a":' + b"9" * 5000 + b',"b":1}'),
        (b'{"a":"\\u00e9"}', '{"a":"é"}'.encode()),
        (b'{"a": 1, "b": [1, 2]}', b'{"a":1,"b":[1,2]}'),
    ],
    ids=lambda value: repr(value[:30]),
)  # fmt: skip
def test_canonical_form_by_hand(sent: bytes, form: bytes) -> None:
    """Spacing, escapes and trailing zeros go; the digits of what no float can hold stay."""
    assert canonical(Raw(sent)) == form
    assert canonical(Raw(form)) == form


def test_members_of_an_object() -> None:
    """An object falls into its members as they came; what is none has none."""
    assert {k: bytes(v) for k, v in members(Raw(b'{"a":1.50,"b":{"c":2}}')).items()} == {
        "a": b"1.50",
        "b": b'{"c":2}',
    }
    assert members(Raw(b"null")) == members(Raw(b"[1]")) == members(Raw(b'"text"')) == {}


def test_encoded_splices_raw_members() -> None:
    """Members that are raw bytes go in as they are."""
    assert bytes(encoded({"a": Raw(b"1.50"), "b": "x"})) == b'{"a":1.50,"b":"x"}'


@pytest.mark.parametrize(
    ("sent", "column"),
    [
        (b'{"a":1.50}', b'{"a":1.50}'),
        (b"null", b"{}"),
        (b"[1.50]", b'{"value":[1.50]}'),
        (b'"text"', b'{"value":"text"}'),
        (b"7", b'{"value":7}'),
        (b"false", b'{"value":false}'),
    ],
)
def test_object_column(sent: bytes, column: bytes) -> None:
    """An object stays, null is an empty one, anything else is kept within one."""
    assert bytes(as_object(Raw(sent))) == column


@pytest.mark.parametrize(
    ("sent", "column"),
    [
        (b'"user-1"', b'"user-1"'),
        (b"null", b"null"),
        (b"584120000000", b'"584120000000"'),
        (b"12345678901234567890123", b'"12345678901234567890123"'),
        (b"5.20", b'"5.20"'),
        (b"true", b'"true"'),
        (b'{"a":"b"}', b'"{\\"a\\":\\"b\\"}"'),
    ],
)
def test_text_column(sent: bytes, column: bytes) -> None:
    """A phone that is a number becomes the text of its digits; nothing else changes."""
    assert bytes(as_text(Raw(sent))) == column


@pytest.mark.parametrize(
    ("sent", "column"),
    [
        (b'["user-1","a@example.com","+58412"]', ["user-1", "a@example.com", "+58412"]),
        (b"[]", []),
        (b"null", None),
        (b'["user-1",584120000000,5.20,null]', ["user-1", "584120000000", "5.20", None]),
        (b'"user-1"', ["user-1"]),
        (b'"[user-1, a@example.com, +58412]"', ["user-1", "a@example.com", "+58412"]),
        (b'"[user-1]"', ["user-1"]),
        (b'"[]"', []),
        (b'"[a, ]"', ["a"]),
        (b'"[half"', ["[half"]),
        (b'""', [""]),
        (b"584120000000", ["584120000000"]),
    ],
)
def test_list_of_texts_column(sent: bytes, column: list[str] | None) -> None:
    """A list of identities may come as a list, as one value or as the print of a list."""
    assert json.loads(bytes(as_texts(Raw(sent)))) == column


@pytest.mark.parametrize(
    ("sent", "digits"),
    [
        (b"20260701123456", 20260701123456),
        (b'"20260701123456"', 20260701123456),
        (b"2026070112345", None),
        (b"202607011234567", None),
        (b"-2026070112345", None),
        (b"2026070112.456", None),
        (b'"2026-07-01T12"', None),
        (b"null", None),
        (("\N{FULLWIDTH DIGIT TWO}" * 14).encode(), None),
    ],
)
def test_digits_of_a_local_time(sent: bytes, digits: int | None) -> None:
    """Fourteen digits, a number or a text, are a local time; anything else is not."""
    assert as_digits(Raw(sent)) == digits
