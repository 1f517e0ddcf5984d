"""Converts raw JSON values to the form of their column, without losing information."""

from __future__ import annotations

import json
import re

import msgspec
from msgspec import Raw

NULL, EMPTY = Raw(b"null"), Raw(b"{}")
A_MEMBER = b'{"'
"""What an object that has members begins with, in canonical form."""
_LOCAL_TIME = re.compile(rb"(\d{14})(?:\.\d+)?")

# Shared by the package: creating a coder takes longer than decoding a small row.
decode = msgspec.json.Decoder().decode
decode_object = msgspec.json.Decoder(dict[str, Raw]).decode
decode_list = msgspec.json.Decoder(list[Raw]).decode
encode = msgspec.json.Encoder().encode
encode_lines = msgspec.json.Encoder().encode_lines
encode_sorted_lines = msgspec.json.Encoder(order="sorted").encode_lines


_TEXTS = msgspec.json.Decoder(list[str])
encode_sorted = msgspec.json.Encoder(order="sorted").encode


def canonical(value: Raw) -> bytes:
    """Return the canonical form of a value: keys sorted, null and {} the same."""
    try:
        form = encode_sorted(decode(value))
    except ValueError:  # a number too large for float or integer: keep its digits
        return encode_sorted(json.loads(bytes(value), parse_float=_digits, parse_int=_digits))
    return b"{}" if form == b"null" else form


def canonical_or_null(value: Raw) -> bytes:
    """Return the canonical form of a value, in which null differs from an empty object."""
    return b"null" if bytes(value) == b"null" else canonical(value)


def _digits(number: str) -> Raw:
    return Raw(number.encode())


def members(value: Raw) -> dict[str, Raw]:
    """Return the members of an object; none for any other value."""
    return decode_object(value) if bytes(value)[:1] == b"{" else {}


def encoded(value: object) -> Raw:
    """Return a value as JSON, with raw members copied unchanged."""
    return Raw(encode(value))


def as_object(value: Raw) -> Raw:
    """Return an object unchanged, any other value as the only member of an object."""
    first = bytes(value)[:1]
    if first == b"{":
        return value
    return EMPTY if first == b"n" else encoded({"value": value})


def as_text(value: Raw) -> Raw:
    """Return a string unchanged, any other value as the string of its JSON."""
    sent = bytes(value)
    if sent[:1] == b'"' or sent == b"null":
        return value
    return encoded(sent.decode())


def as_texts(value: Raw) -> Raw:
    """Return a list of strings; a single string may contain a list such as `[a, b]`."""
    sent = bytes(value)
    if sent == b"null":
        return value
    if sent[:1] == b"[":
        try:
            _TEXTS.decode(value)
        except msgspec.ValidationError:
            return encoded([as_text(one) for one in decode_list(value)])
        return value
    text = str(decode(as_text(value)))
    if text[:1] == "[" and text[-1:] == "]":
        return encoded([part.strip() for part in text[1:-1].split(",") if part.strip()])
    return encoded([text])


def as_digits(value: Raw) -> int | None:
    """Return the 14 digits of a local time, sent as a number or a string; otherwise None.

    A fraction of a second is left out.
    """
    found = _LOCAL_TIME.fullmatch(bytes(value).strip(b'"'))
    return int(found[1]) if found else None
