"""The purchased items of an event, as a list of objects.

Accounts send them as `items` beside the properties or as `Items` among them; as objects with plain
or prefixed keys, as strings, or as a string that contains JSON.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from tap_clevertap.records.forms import made_together, split_lines
from tap_clevertap.records.json_values import (
    NULL,
    decode,
    decode_list,
    encode_lines,
    encoded,
    members,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_clevertap.records.target_safe import TargetSafe

PREFIX = "Items|"
_A_PREFIXED_KEY = b'"Items|'


class _WithItems(msgspec.Struct, gc=False, rename={"items": "Items"}):
    """Properties of which the items alone are of interest: a dictionary of all takes thrice."""

    items: Raw = NULL


class _WithObjects(msgspec.Struct, gc=False, rename={"items": "Items"}):
    """Properties whose items are objects, if there are any."""

    items: list[dict[str, Raw]] | None = None


_ITEMS_OF = msgspec.json.Decoder(_WithItems).decode
_OBJECTS_OF = msgspec.json.Decoder(list[_WithObjects]).decode
_OBJECTS = msgspec.json.Decoder(list[dict[str, Raw]]).decode


def items_of_each(props: Sequence[Raw], safe: TargetSafe) -> list[bytes]:
    """Return the items of many objects of properties that targets can hold, as they can hold them.

    Only items in a text may need a change, because nobody has looked into the text.
    """
    return made_together(props, _plain_items, partial(_any_items, safe=safe))


def _plain_items(props: Sequence[Raw]) -> list[bytes]:
    """Return items that are objects with plain keys, which they nearly always are.

    Raises:
        ValueError: Some may be otherwise.
    """
    text = encode_lines([one.items for one in _OBJECTS_OF(b"[%b]" % b",".join(props))])
    lines = split_lines(text)
    if len(lines) != len(props) or _A_PREFIXED_KEY in text:  # a value may have line breaks
        raise ValueError
    return lines


def _any_items(props: Raw, safe: TargetSafe) -> bytes:
    sent = _ITEMS_OF(props).items
    items = as_items(sent, props)
    return bytes(safe.value(items) if bytes(sent)[:1] == b'"' else items)


def as_items(record_level: Raw | None, props: Raw) -> Raw:
    """Return the purchased items of a record as a list of objects; null if there are none."""
    if record_level is None:
        if b'"Items"' not in bytes(props):
            return NULL
        record_level = _ITEMS_OF(props).items if bytes(props)[:1] == b"{" else NULL
    if bytes(record_level)[:1] == b'"':
        record_level = _from_text(record_level)
    if bytes(record_level)[:1] != b"[":
        return NULL if bytes(record_level) == b"null" else encoded([_item(record_level)])
    try:
        return encoded([_without_prefix(one) for one in _OBJECTS(record_level)])
    except msgspec.ValidationError:  # some are not objects
        return encoded([_item(one) for one in decode_list(record_level)])


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
    return {key.removeprefix(PREFIX): member for key, member in item.items()}
