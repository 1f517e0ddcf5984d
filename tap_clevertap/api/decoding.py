"""Decodes response bodies to envelopes; records keep the bytes that CleverTap sent.

A lone surrogate, a NaN or an invalid UTF-8 byte makes the fast parser reject a page of 5,000
records. Such a page is decoded by the standard parser and repaired minimally: the bad character
becomes U+FFFD, the invalid number null, a bare control character its escape. Bare line breaks
become spaces on every page, so that a record is one line; these are not counted as repaired.
"""

from __future__ import annotations

import json
import re
from codecs import utf_8_decode
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from math import isfinite
from typing import Any

import msgspec
from msgspec import Raw

from tap_clevertap.api.nesting import RECORD_LEVEL, bounded, brackets
from tap_clevertap.errors import InvalidResponse

NO_RECORDS = Raw(b"[]")
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
UTF8_CHUNK = 1 << 16
"""Bytes. Blocks over a megabyte are mapped and cleared by the system on each allocation."""
MAX_DIGITS = 20
BIG_BODY = 32 << 20
MAX_OBJECTS = 1_500_000
"""Objects and lists of a big body: three hundred in each of five thousand records."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NO_LINE_BREAKS = bytes.maketrans(b"\r\n", b"  ")


class Defect(Enum):
    """Why a body could not be decoded."""

    EMPTY = "an empty body"
    HTML = "an HTML page instead of JSON"
    TRUNCATED = "the body is truncated or not a JSON object of the expected shape"
    NOT_JSON = "the body is not a JSON object"
    TOO_MANY = "the body holds more objects than a response of CleverTap"
    NOT_A_RECORD = "a record of the page is not a JSON object"


class Envelope(msgspec.Struct):
    """The members that all responses share.

    `records` is the JSON array as sent, empty if the key is absent. The last four are set by
    `decode` and never read from the response: `has_content` is False for a 204, `is_repaired` if
    the body had to be repaired, `has_nul` if a string may contain NUL, `defect` if the body could
    not be decoded.
    """

    status: str = ""
    error: object = None
    code: int | str | None = None
    next_cursor: str | None = None
    cursor: str | None = None
    req_id: int | str | None = None
    records: Raw = NO_RECORDS
    has_content: bool = msgspec.field(default=True, name="(has_content)")
    is_repaired: bool = msgspec.field(default=False, name="(is_repaired)")
    has_nul: bool = msgspec.field(default=False, name="(has_nul)")
    defect: Defect | None = msgspec.field(default=None, name="(defect)")


_ENVELOPES = msgspec.json.Decoder(Envelope)
_WHOLES = msgspec.json.Decoder(dict[str, Any])
_LIST = msgspec.json.Decoder(list[Raw] | None)
_RECORD = msgspec.json.Decoder(dict[str, Raw])


Decoder = Callable[[bytes], Envelope]
"""Decodes the body of a response; one that it cannot decode has a `defect`."""


def decode(body: bytes, typed: Decoder | None = None) -> Envelope:
    """Decode a response, repairing what can be repaired; the `typed` shape is tried first."""
    if len(body) > BIG_BODY and brackets(body) > MAX_OBJECTS:
        return Envelope(defect=Defect.TOO_MANY)
    # Raw bytes are copied into the RECORD line, which must not contain line breaks.
    body = body.translate(NO_LINE_BREAKS) if b"\n" in body or b"\r" in body else body
    body = body.removeprefix(BYTE_ORDER_MARK)
    try:
        return _decoded(body, typed)
    except RecursionError:
        pass
    try:
        return _decoded(bounded(body, RECORD_LEVEL), typed)
    except RecursionError:  # brackets that nothing closes
        return Envelope(defect=_defect(body))


def _decoded(body: bytes, typed: Decoder | None) -> Envelope:
    with suppress(msgspec.DecodeError):
        if body.isascii() or is_utf8(body):
            return _decode_fast_first(body, typed)
    return _repaired(body)


def _decode_fast_first(body: bytes, typed: Decoder | None) -> Envelope:
    if typed is not None:
        with suppress(msgspec.ValidationError):
            return typed(body)
    return _ENVELOPES.decode(body)


def read_whole(body: bytes) -> dict[str, Any]:
    """Return all members of a body that was decoded as an envelope, repaired if necessary.

    Raises:
        InvalidResponse: The body is not a JSON object.
    """
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _WHOLES.decode(body.removeprefix(BYTE_ORDER_MARK))
    shallow = bounded(body.removeprefix(BYTE_ORDER_MARK), RECORD_LEVEL)
    with suppress(ValueError, RecursionError):
        whole = _without_surrogates(_LENIENT_WHOLE.decode(shallow.decode(errors="replace")))
        if isinstance(whole, dict):
            return whole
    msg = "the body is not a JSON object"
    raise InvalidResponse(msg)


def read_records(records: Raw) -> list[dict[str, Raw]]:
    """Return the top-level members of each record of a page.

    Raises:
        InvalidResponse: A record is not a JSON object.
    """
    return [read_record(record) for record in split_records(records)]


def split_records(records: Raw) -> list[Raw]:
    """Split the records of a page.

    Raises:
        InvalidResponse: The records are not a list.
    """
    try:
        return _LIST.decode(records) or []
    except RecursionError:  # the stack is deeper than where the page was decoded
        return split_records(Raw(bounded(bytes(records), RECORD_LEVEL - 1)))
    except msgspec.DecodeError:
        msg = "the records of the page are not a list"
        raise InvalidResponse(msg) from None


def read_record(record: Raw) -> dict[str, Raw]:
    """Return the top-level members of a record.

    Raises:
        InvalidResponse: The record is not a JSON object.
    """
    try:
        return _RECORD.decode(record)
    except RecursionError:  # likewise
        return read_record(Raw(bounded(bytes(record), 1)))
    except msgspec.DecodeError:
        msg = Defect.NOT_A_RECORD.value
        raise InvalidResponse(msg) from None


def is_utf8(body: bytes) -> bool:
    """Return whether bytes are valid UTF-8, without decoding all of them at once."""
    whole, done = memoryview(body), 0
    try:
        while done < len(body):
            end = done + UTF8_CHUNK
            done += utf_8_decode(whole[done:end], "strict", end >= len(body))[1]
    except UnicodeDecodeError:
        return False
    return True


def _number(digits: str) -> object:
    """Keep a number's digits as sent."""
    return Raw(digits.encode())


_LENIENT = json.JSONDecoder(
    parse_constant=lambda _: None, parse_float=_number, parse_int=_number, strict=False
)


def _integer(digits: str) -> int | str:
    """Keep an integer that no parser takes as text; whether targets do is decided later."""
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _float(digits: str) -> float | str:
    return number if isfinite(number := float(digits)) else digits


_LENIENT_WHOLE = json.JSONDecoder(
    parse_constant=lambda _: None, parse_float=_float, parse_int=_integer, strict=False
)


def _repaired(body: bytes) -> Envelope:
    try:
        page = _ENVELOPES.decode(repair_json(body))
    except ValueError:
        return Envelope(defect=_defect(body))
    page.is_repaired = True
    return page


def _defect(body: bytes) -> Defect:
    start = body.lstrip()[:1]
    if start == b"{":
        return Defect.TRUNCATED
    if start == b"<":
        return Defect.HTML
    return Defect.NOT_JSON if start else Defect.EMPTY


def repair_json(body: bytes) -> bytes:
    """Return valid JSON for a body that only the lenient parser accepts."""
    text = body.decode(errors="replace")
    return msgspec.json.encode(_without_surrogates(_LENIENT.decode(text)))


def _without_surrogates(value: object) -> object:
    """Replace lone surrogates, which cannot be encoded, in keys and values."""
    match value:
        case str():
            return LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
        case list():
            return [_without_surrogates(item) for item in value]
        case dict():
            return {_without_surrogates(k): _without_surrogates(v) for k, v in value.items()}
    return value
