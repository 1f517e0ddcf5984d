"""A JSON value as sent, in the form that its column takes; nothing is lost on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

if TYPE_CHECKING:
    from collections.abc import Sequence

NULL, EMPTY = Raw(b"null"), Raw(b"{}")
ITEM_PREFIX = "Items|"
TS_DIGITS = 14

# One coder of each kind, shared by the package: making one costs more than a small row.
decode = msgspec.json.Decoder().decode
decode_object = msgspec.json.Decoder(dict[str, Raw]).decode
decode_list = msgspec.json.Decoder(list[Raw]).decode
encode = msgspec.json.Encoder().encode

_TEXTS = msgspec.json.Decoder(list[str])
_SORTED = msgspec.json.Encoder(order="sorted")
_LINES = _SORTED.encode_lines


def canonical(value: Raw) -> bytes:
    """Return the one form of a value, whatever its order of keys; null and {} are the same."""
    try:
        form = _SORTED.encode(decode(value))
    except ValueError:  # a number beyond any float or integer: its digits are its form
        return _SORTED.encode(json.loads(bytes(value), parse_float=_digits, parse_int=_digits))
    return b"{}" if form == b"null" else form


def canonical_objects(sent: Sequence[Raw]) -> list[bytes | None]:
    """Return the one form of each of many values in one go, but of objects that have members alone.

    Of anything else it is some text or None; None for all where a number is beyond any float.
    """
    try:
        forms: list[bytes | None] = [*_LINES(decode(b"[%b]" % b",".join(sent))).split(b"\n")]
    except ValueError:
        return [None] * len(sent)
    forms.pop()  # what follows the last line
    return forms


def canonical_or_null(value: Raw) -> bytes:
    """Return the one form of a value that may be null and then is not an empty object."""
    return b"null" if bytes(value) == b"null" else canonical(value)


def _digits(number: str) -> Raw:
    return Raw(number.encode())


def members(value: Raw) -> dict[str, Raw]:
    """Split an object into its members; what is no object has none."""
    return decode_object(value) if bytes(value)[:1] == b"{" else {}


def encoded(value: object) -> Raw:
    """Return a value as JSON, raw members spliced in."""
    return Raw(encode(value))


def as_object(value: Raw) -> Raw:
    """Return an object as it is, anything else as the only member of one."""
    first = bytes(value)[:1]
    if first == b"{":
        return value
    return EMPTY if first == b"n" else encoded({"value": value})


def as_text(value: Raw) -> Raw:
    """Return a text as it is, a number or anything else as the text of its digits."""
    sent = bytes(value)
    if sent[:1] == b'"' or sent == b"null":
        return value
    return encoded(sent.decode())


def as_texts(value: Raw) -> Raw:
    """Return a list of texts; a single text may print a whole list as `[a, b]`."""
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
    """Return the fourteen digits of a local time, sent as a number or a text; else None."""
    sent = bytes(value).strip(b'"')
    return int(sent) if len(sent) == TS_DIGITS and sent.isdigit() else None


def as_items(record_level: Raw | None, props: Raw) -> Raw:
    """Return what was bought, as a list of objects; null where there is none.

    Accounts send it as `items` beside the properties or as `Items` among them; as objects with
    bare or prefixed keys, as texts, or as a text that holds JSON.
    """
    if record_level is None:
        if b'"Items"' not in bytes(props):
            return NULL
        record_level = members(props).get("Items", NULL)
    if bytes(record_level)[:1] == b'"':
        record_level = _from_text(record_level)
    if bytes(record_level)[:1] != b"[":
        return NULL if bytes(record_level) == b"null" else encoded([_item(record_level)])
    return encoded([_item(one) for one in decode_list(record_level)])


def _from_text(value: Raw) -> Raw:
    """Unwrap a list or object that came as text."""
    text = str(decode(value)).strip().replace("\n", " ").replace("\r", " ").encode()
    try:
        return Raw(text) if isinstance(decode(text), (list, dict)) else value
    except msgspec.DecodeError:
        return value


def _item(value: Raw) -> dict[str, Raw]:
    if bytes(value)[:1] != b"{":
        return {"value": value}
    return {key.removeprefix(ITEM_PREFIX): member for key, member in members(value).items()}
