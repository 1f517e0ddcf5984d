"""Pages: records stay the bytes that came, and one bad character is not a lost page."""

from __future__ import annotations

import json
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tap_clevertap.api.decoding import Envelope, decode, is_utf8, read_records, read_whole
from tap_clevertap.errors import InvalidResponse

NUMBERS = [
    "12345678901234567",
    "0.30000000000000004",
    "59.990",
    "1e400",
    "-0",
    "-0.0",
    "1E5",
    "123456789012345678901234567890",
    "9" * 5000,
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
RECORDS = st.lists(st.dictionaries(st.text(), JSON, max_size=3), max_size=3)


def page(records: bytes) -> bytes:
    """Return a page with the given bytes as its records."""
    return b'{"status":"success","next_cursor":"abc%3D","records":' + records + b"}"


def read(records: bytes) -> list[dict[str, bytes]]:
    """Return the records of a page, each value as its bytes."""
    read_back = read_records(decode(page(records)).records)
    return [{key: bytes(value) for key, value in record.items()} for record in read_back]


@given(records=RECORDS, is_ascii=st.booleans())
def test_valid_page_survives_byte_for_byte(records: list[object], *, is_ascii: bool) -> None:
    """Valid records come out as the very bytes that went in, unrepaired."""
    sent = json.dumps(records, ensure_ascii=is_ascii).encode()
    envelope = decode(page(sent))
    assert bytes(envelope.records) == sent
    assert (envelope.status, envelope.next_cursor) == ("success", "abc%3D")
    assert not envelope.is_repaired


@given(RECORDS, st.data())
def test_damaged_page_is_repaired_or_broken(records: list[object], data: st.DataObject) -> None:
    """Whatever bytes are put into a page, it is read, mended or refused as broken."""
    sent = page(json.dumps(records).encode())
    at = data.draw(st.integers(0, len(sent)))
    removed = data.draw(st.integers(0, 4))
    junk = data.draw(st.binary(max_size=4) | st.sampled_from([b"\\ud800", b"NaN", b"\xff", b"{["]))
    try:
        envelope = decode(sent[:at] + junk + sent[at + removed :])
        split = read_records(envelope.records)
    except InvalidResponse:
        return
    assert msgspec.json.decode(msgspec.json.encode(split)) is not None


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("damage", ["", ',"b":NaN'])
def test_numbers_keep_their_digits(number: str, damage: str) -> None:
    """Each digit comes out as sent, beside a damage too."""
    assert read(f'[{{"a":{number}{damage}}}]'.encode())[0]["a"] == number.encode()


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_number_that_is_none_becomes_null(word: str) -> None:
    """A bare NaN or Infinity costs its own value, nothing else."""
    assert read(f'[{{"a":{word},"b":1.50}}]'.encode()) == [{"a": b"null", "b": b"1.50"}]


@pytest.mark.parametrize("lone", ["\\ud800", "\\udfff", "\\udc00\\ud800", "\\ud800\\u0041"])
def test_lone_surrogate_is_replaced(lone: str) -> None:
    """A lone half of a character becomes the replacement character, in a value and in a key."""
    expected = re.sub(r"\\ud[89a-f]..", "\N{REPLACEMENT CHARACTER}", lone).replace("\\u0041", "A")
    in_value = read(f'[{{"a":{{"nickname":"cut {lone} off"}}}}]'.encode())[0]
    in_key = read(f'[{{"a":{{"cut {lone}":1}}}}]'.encode())[0]
    assert json.loads(in_value["a"]) == {"nickname": f"cut {expected} off"}
    assert json.loads(in_key["a"]) == {f"cut {expected}": 1}


def test_pair_of_surrogates_is_whole() -> None:
    """A character that is written as two halves is no damage, even on a page that has some."""
    both = read(b'[{"a":"\\ud83d\\ude00","b":NaN}]')[0]
    assert json.loads(both["a"]) == "\N{GRINNING FACE}"


def test_invalid_utf8_is_replaced() -> None:
    """A byte that is no UTF-8 costs that character."""
    assert not is_utf8(b"caf\xe9")
    envelope = decode(page(b'[{"a":"caf\xe9","b":1}]'))
    assert envelope.is_repaired
    assert json.loads(bytes(envelope.records)) == [{"a": "caf\N{REPLACEMENT CHARACTER}", "b": 1}]


def test_bare_control_character_is_escaped() -> None:
    """A tab or a form feed that nobody escaped does not cost the page."""
    assert read(b'[{"a":"tab\there\x0c"}]') == [{"a": b'"tab\\there\\f"'}]


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n", b"\r"])
def test_line_breaks_do_not_reach_a_record(line_break: bytes) -> None:
    """A page printed over several lines still makes records of one line."""
    records = b'[{"a":|{"b":|[1,|2]}}]'.replace(b"|", line_break)
    assert json.loads(read(records)[0]["a"]) == {"b": [1, 2]}
    assert len(read(records)[0]["a"].splitlines()) == 1


def test_page_without_records_is_empty() -> None:
    """An empty range has no `records` key, or one that is null."""
    assert read_records(decode(b'{"status":"success"}').records) == []
    assert read_records(decode(b'{"status":"success","records":null}').records) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"text"',
        b"<html></html>",
        b'{"status":"success","records":[{"a":1},',
        b'{"status":"success","records":[{"a":NaN},',
        b'{"status":"success","next_cursor":5}',
        b'{"status":["success"]}',
        b'{"status":"success"} trailing',
        b'{"status":"success","records":[01]}',
        b"\xff\xfe",
        b'{"records":' + b"[" * 200_000,
    ],
    ids=lambda body: repr(body[:40]),
)
def test_what_is_no_answer_is_broken(body: bytes) -> None:
    """A body that is cut off, no object or of another shape is broken, not the end of the data."""
    assert decode(body).defect is not None


@pytest.mark.parametrize("records", [b"[1]", b'{"a":1}', b'"text"', b"[null]"])
def test_record_that_is_no_object_is_broken(records: bytes) -> None:
    """A page whose records are no objects is broken."""
    with pytest.raises(InvalidResponse):
        read_records(Raw(records))


def test_unknown_keys_of_an_answer_are_ignored() -> None:
    """What else an answer carries does not hinder."""
    assert decode(b'{"status":"success","previous_cursor":7}') == Envelope("success")


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"name":"caf\\u00e9"}', "café"),
        (b'{"name":"a\\ud800b"}', "a\N{REPLACEMENT CHARACTER}b"),
        (b'{"name":"a\xffb"}', "a\N{REPLACEMENT CHARACTER}b"),
        (b'{"name":NaN}', None),
        (b'{"name":12345678901234567}', 12345678901234567),
    ],
)
def test_an_answer_is_read_whole_like_a_page(body: bytes, name: object) -> None:
    """One bad character does not lose the answer to a question either."""
    assert read_whole(body) == {"name": name}


@pytest.mark.parametrize("body", [b"[1]", b"{", b"null", b"\xff"])
def test_an_answer_that_is_no_object_is_broken(body: bytes) -> None:
    """What cannot be mended is the known failure, not a parser's."""
    with pytest.raises(InvalidResponse):
        read_whole(body)
