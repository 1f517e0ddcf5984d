"""Objects and lists as JSON text, for targets that cannot hold them.

Targets of files print them as Python does, and those that flatten lose what no schema declares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from tap_clevertap.output.rows import as_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from tap_clevertap.output.rows import Row

AS_TEXT = "text"
"""The value of the setting `nested_values` that asks for it."""

NESTED = {"object", "array"}
NULL = b"null"

_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


def nested_columns(schema: Mapping[str, Any]) -> set[str]:
    """Return the names of the columns that hold objects or lists."""
    return {name for name, column in schema["properties"].items() if is_nested(column)}


def is_nested(column: Mapping[str, Any]) -> bool:
    """Tell whether a column holds objects or lists."""
    kinds = column.get("type", [])
    return bool(NESTED.intersection([kinds] if isinstance(kinds, str) else kinds))


def text_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of records whose nested columns are JSON text."""
    columns = {
        name: _as_text(column) if is_nested(column) else column
        for name, column in schema["properties"].items()
    }
    return {**schema, "properties": columns}


def rows_with_text(rows: Iterable[Row], nested: Collection[str]) -> list[Row]:
    """Return rows whose nested columns are text: the bytes that CleverTap sent."""
    return [_ENCODE(_with_text(_MEMBERS.decode(as_json(row)), nested)) for row in rows]


def record_with_text(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record that the SDK has made, its objects and lists as JSON text."""
    return {
        name: _ENCODE(value).decode() if isinstance(value, dict | list) else value
        for name, value in record.items()
    }


def _with_text(members: dict[str, Raw], nested: Collection[str]) -> dict[str, Raw]:
    for name in nested:
        value = bytes(members.get(name, NULL))
        if value != NULL:
            members[name] = Raw(_ENCODE(value.decode()))
    return members


def _as_text(column: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": ["string", "null"], "description": column.get("description", "") + " (JSON)"}
