"""Purchased items: a list of objects with plain keys, in whichever form they come."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tap_clevertap.records.items import as_items, items_of_each
from tap_clevertap.records.target_safe import TargetSafe


def raw(value: object) -> Raw:
    """Return a value as it might be sent."""
    return Raw(json.dumps(value).encode())


BOOKS = [{"Book name": "Zen", "Quantity": 1}, {"Book name": "Door", "Quantity": 4}]
PREFIXED = [{f"Items|{key}": value for key, value in book.items()} for book in BOOKS]


@pytest.mark.parametrize(
    ("items", "props", "column"),
    [
        (None, {"Amount": 300, "Items": BOOKS}, BOOKS),
        (None, {"Items": PREFIXED}, BOOKS),
        (None, {"Items": json.dumps(BOOKS, indent=1)}, BOOKS),
        (None, {"Items": BOOKS[0]}, BOOKS[:1]),
        (None, {"Items": json.dumps(BOOKS[0])}, BOOKS[:1]),
        (None, {"Items": ["Zen", "Door"]}, [{"value": "Zen"}, {"value": "Door"}]),
        (None, {"Items": "Zen and Door"}, [{"value": "Zen and Door"}]),
        (None, {"Items": "7"}, [{"value": "7"}]),
        (None, {"Items": []}, []),
        (None, {"Items": None}, None),
        (None, {"Amount": 300}, None),
        (None, {"Note": 'say "Items"', "a": {"Items": 1}}, None),
        (PREFIXED, {"Amount": 300}, BOOKS),
        (BOOKS, {"Items": ["other"]}, BOOKS),
        (json.dumps(PREFIXED), {}, BOOKS),
        (["Zen"], {}, [{"value": "Zen"}]),
        ([1, None, [2]], {}, [{"value": 1}, {"value": None}, {"value": [2]}]),
    ],
)  # fmt: skip
def test_items_column(items: object, props: object, column: object) -> None:
    """What was bought is a list of objects with bare keys, in whichever form it came."""
    record_level = None if items is None else raw(items)
    found = bytes(as_items(record_level, raw(props)))
    assert json.loads(found) == column
    assert b"\n" not in found


def test_items_that_are_null_are_none() -> None:
    """A record-level null means that nothing was bought."""
    assert bytes(as_items(Raw(b"null"), Raw(b'{"Items":["x"]}'))) == b"null"


def test_items_keep_their_digits() -> None:
    """Prices go through exactly as sent."""
    sent = Raw(b'[{"Items|price":59.990,"n":12345678901234567}]')
    assert bytes(as_items(sent, Raw(b"{}"))) == b'[{"price":59.990,"n":12345678901234567}]'


@pytest.mark.parametrize(
    ("sent", "column"),
    [
        (b'[{"Items\\u007cname":1},{"a": 2.50}]', b'[{"name":1},{"a":2.50}]'),
        (b'[{"Items|a":1,"a":2},"x",{"Items|b":"\\n"}]', b'[{"a":2},{"value":"x"},{"b":"\\n"}]'),
        (b'[{"b":1,"b":2,"a":{"Items|c": 3}}]', b'[{"b":2,"a":{"Items|c": 3}}]'),
        (b"[]", b"[]"),
    ],
)
def test_items_of_any_form_have_plain_keys(sent: bytes, column: bytes) -> None:
    """However the prefix is written, and whatever else is among them; values stay as sent."""
    assert bytes(as_items(Raw(sent), Raw(b"{}"))) == column
    assert bytes(as_items(None, Raw(b'{"n":{"Items":1},"Items":%b}' % sent))) == column


@pytest.mark.parametrize("props", [b'["Items"]', b'"Items"', b'{"a":{"Items":[1]}}'])
def test_items_are_those_of_the_properties_alone(props: bytes) -> None:
    """A list, a text or a nested object that has the word has no items."""
    assert bytes(as_items(None, Raw(props))) == b"null"


SENT = [
    b'{"Amount":1}',
    b'{"Items":null}',
    b'{"Items":[]}',
    b'{"Items":[{"a":1,"b":59.990},{"b":"x"}]}',
    b'{"Items":[{"a" : 1, "b":{"c":[ 1 ]}}]}',
    b'{"Items":[{"a":1,"a":2}]}',
    b'{"Items":[{"a":{"b":1\n}},{}]}',
    b'{"Items":[{"Items|a":1}]}',
    b'{"Items":[{"note":"\\"Items|a","b":{"Items|c":1}}]}',
    b'{"Items":["x",1,null]}',
    b'{"Items":{"a":1}}',
    b'{"Items":"[{\\"a\\":1}]"}',
    b'{"Items":"Zen"}',
    b'{"n":{"Items":[1]}}',
]


@given(st.lists(st.sampled_from(SENT), max_size=12))
def test_items_of_many_are_those_of_each(sent: list[bytes]) -> None:
    """Whatever stands beside it, each event has the items that it has alone."""
    alone = [bytes(as_items(None, Raw(one))) for one in sent]
    assert items_of_each(list(map(Raw, sent)), TargetSafe()) == alone


def test_items_in_a_text_are_as_targets_can_hold_them() -> None:
    """What a text hides is looked at when it is unwrapped."""
    safe = TargetSafe()
    hidden = Raw(b'{"Items":"[{\\"n\\":%d}]"}' % 2**70)
    assert items_of_each([hidden, Raw(SENT[3])], safe) == [
        b'[{"n":"%d"}]' % 2**70,
        b'[{"a":1,"b":59.990},{"b":"x"}]',
    ]
    assert sum(safe.changed.values()) == 1
