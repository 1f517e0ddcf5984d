"""Records of an export as the bytes of a file, in each format that CleverTap writes."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_clevertap.sandbox.account.models import JSON

FIXED_COLUMNS = (
    "ts",
    "eventName",
    *(
        f"profile.{name}"
        for name in (
            "identity",
            "objectId",
            "all_identities",
            "platform",
            "phone",
            "name",
            "email",
            "push_token",
        )
    ),
    *(
        f"deviceInfo.{name}"
        for name in (
            "make",
            "model",
            "appVersion",
            "sdkVersion",
            "osVersion",
            "browser",
            "dpi",
            "dimensions.width",
            "dimensions.height",
            "dimensions.unit",
        )
    ),
    "controlGroupName",
)


def csv_bytes(records: Sequence[JSON], fixed: Sequence[str] = FIXED_COLUMNS) -> bytes:
    """Return gzip CSV: the fixed columns, then those that the records have besides."""
    rows = [_flat(record) for record in records]
    columns = [*fixed, *dict.fromkeys(name for row in rows for name in row if name not in fixed)]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return gzip.compress(out.getvalue().encode(), 1)


def json_bytes(records: Sequence[JSON]) -> bytes:
    """Return gzip JSON, an object a line."""
    return gzip.compress(b"".join(_line(record) for record in records), 1)


def named_json_bytes(records: Sequence[JSON]) -> bytes:
    """Return gzip JSON in the other shape: the event's name in the first line and nowhere else."""
    name = str(records[0]["eventName"])
    bare = [{key: one[key] for key in one if key != "eventName"} for one in records]
    return gzip.compress(name.encode() + b"\n" + b"".join(map(_line, bare)), 1)


def as_strings(records: Sequence[JSON]) -> list[JSON]:
    """Return records as the option "As string" exports them: every value is a text."""
    return [{name: _as_string(value) for name, value in record.items()} for record in records]


def cell(value: object) -> str:
    """Return a value as CSV has it: lists are printed without quotes, unless they hold objects."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case list() if not any(isinstance(one, dict) for one in value):
            return f"[{', '.join(map(cell, value))}]"
        case list() | dict():
            return json.dumps(value, ensure_ascii=False)
    return str(value)


def _as_string(value: object) -> object:
    match value:
        case dict():
            return {name: _as_string(one) for name, one in value.items()}
        case list():
            return [_as_string(one) for one in value]
    return cell(value)


def _flat(record: JSON) -> dict[str, str]:
    """Return the cells of a record by column; `session_props` is `sessionProps` in CSV."""
    row: dict[str, str] = {}
    for name, value in record.items():
        group = "sessionProps" if name == "session_props" else name
        if isinstance(value, dict) and name != "subscriptionGroups":
            for key, one in value.items():
                row |= _nested(f"{group}.{key}", one, is_device=name == "deviceInfo")
        elif name == "items":
            row["eventProps.Items"] = cell(value)
        else:
            row[group] = cell(value)
    return row


def _nested(column: str, value: object, *, is_device: bool) -> dict[str, str]:
    if is_device and isinstance(value, dict):
        return {f"{column}.{name}": cell(one) for name, one in value.items()}
    return {column: cell(value)}


def _line(record: JSON) -> bytes:
    try:
        return json.dumps(record, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate stays an escape
        return json.dumps(record).encode() + b"\n"
