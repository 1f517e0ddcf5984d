"""Converts raw JSON values to the form of their column, without losing information."""

from __future__ import annotations

import json
import re
from contextlib import suppress

import msgspec
from msgspec import Raw

NULL, EMPTY = Raw(b"null"), Raw(b"{}")
ITEM_PREFIX = "Items|"
_LOCAL_TIME = re.compile(rb"(\d{14})(?:\.\d+)?")

# Shared by the package: creating a coder takes longer than decoding a small row.
decode = msgspec.json.Decoder().decode
decode_object = msgspec.json.Decoder(dict[str, Raw]).decode
decode_list = msgspec.json.Decoder(list[Raw]).decode
encode = msgspec.json.Encoder().encode
encode_sorted_lines = msgspec.json.Encoder(order="sorted").encode_lines


class _WithItems(msgspec.Struct, gc=False, rename={"items": "Items"}):
    """Properties of which the items alone are of interest: a dictionary of all takes thrice."""

    items: Raw = NULL


class _Item(msgspec.Struct, gc=False):
    """An object whose members are not looked at."""


_ITEMS_OF = msgspec.json.Decoder(_WithItems).decode
_OBJECTS = msgspec.json.Decoder(list[dict[str, Raw]]).decode
_ARE_OBJECTS = msgspec.json.Decoder(list[_Item]).decode
_NOT_PLAIN = ITEM_PREFIX.encode(), b"\\u00", b'": ', b'", ', b", {", b'" :', b"{ ", b"[ "
"""What is in items that have prefixes, letters as escapes, or spaces between their tokens."""
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


def as_items(record_level: Raw | None, props: Raw) -> Raw:
    """Return the purchased items as a list of objects; null if there are none.

    Accounts send them as `items` beside the properties or as `Items` among them; as objects with
    plain or prefixed keys, as strings, or as a string that contains JSON.
    """
    if record_level is None:
        if b'"Items"' not in bytes(props):
            return NULL
        record_level = _ITEMS_OF(props).items if bytes(props)[:1] == b"{" else NULL
    if bytes(record_level)[:1] == b'"':
        record_level = _from_text(record_level)
    if bytes(record_level)[:1] != b"[":
        return NULL if bytes(record_level) == b"null" else encoded([_item(record_level)])
    return _items(record_level)


def items_among(props: Raw) -> tuple[Raw, bool]:
    """Return the items of an object of properties, and whether a text was unwrapped for them."""
    items = _ITEMS_OF(props).items
    return as_items(items, props), bytes(items)[:1] == b'"'


def _items(items: Raw) -> Raw:
    """Return a list as one of objects with plain keys, which is nearly always how it was sent."""
    sent = bytes(items)
    with suppress(msgspec.ValidationError):  # some are not objects
        if any(map(sent.__contains__, _NOT_PLAIN)):
            return encoded([_without_prefix(one) for one in _OBJECTS(items)])
        _ARE_OBJECTS(items)
        return items
    return encoded([_item(one) for one in decode_list(items)])


def _from_text(value: Raw) -> Raw:
    """Unwrap a list or object that was sent as a string."""
    text = str(decode(value)).strip().replace("\n", " ").replace("\r", " ").encode()
    try:
        return Raw(text) if isinstance(decode(text), (list, dict)) else value
    except msgspec.DecodeError:
        return value


def _item(value: Raw) -> dict[str, Raw]:
    if bytes(value)[:1] != b"{":
        return {"value": value}
    return _without_prefix(members(value))


def _without_prefix(item: dict[str, Raw]) -> dict[str, Raw]:
    return {key.removeprefix(ITEM_PREFIX): member for key, member in item.items()}
