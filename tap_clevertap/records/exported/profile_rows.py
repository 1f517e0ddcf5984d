"""Exported profiles as rows of the same columns as the API's, from the same code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from tap_clevertap.records.exported.values import is_missing, listed
from tap_clevertap.records.json_values import as_texts, encoded
from tap_clevertap.records.profiles import profile_row
from tap_clevertap.records.target_safe import TargetSafe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DEVICES = ("clevertapIds", "clevertapId", "objectId")
NAMED = {"identity": "identity", "Name": "name", "Email": "email", "Phone": "phone"}
OF_MESSAGES = ("token", "subscriptionGroups")
OF_CHANNELS = "MSG-"
TOLD = {"identity", "all_identities", *DEVICES}
"""Columns of which an export of profiles has at least one."""
MAPS = ("identity", "profileIdentities", "device", "commPrefs", "profileProps")
"""Columns of Parquet, each a map of what the other formats have as columns."""
PREFIX = "profile."

_ENCODE = msgspec.json.Encoder().encode
_TEXTS = msgspec.json.Decoder(list[str])


def is_of_profiles(columns: Iterable[str]) -> bool:
    """Tell whether columns are those of profiles."""
    return not TOLD.isdisjoint(name.removeprefix(PREFIX) for name in columns)


def from_cells(header: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """Return the fields of a row of CSV; empty ones are missing."""
    return {name: listed(cell) for name, cell in zip(header, cells, strict=True) if cell}


def from_maps(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a row of Parquet."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name in MAPS and isinstance(value, dict | list):  # an empty map may be a list too
            found |= {key: _from_map(one) for key, one in dict(value).items()}
        elif value is not None:
            found[name] = value
    return found


def _from_map(value: object) -> object:
    """Return a value of a map, whose unions have no member for lists."""
    return listed(value) if isinstance(value, str) else value


def exported_profile(fields: Mapping[str, Any], file: str, line: int, modified: str) -> bytes:
    """Return the row of a profile, given by field, plain or raw JSON."""
    row = TargetSafe().row(_ENCODE(profile_row(_api_record(fields))))
    end = {"file": file, "line": line, "file_modified": modified}
    return row[:-1] + b"," + _ENCODE(end)[1:]


def _api_record(fields: Mapping[str, Any]) -> dict[str, Raw]:
    """Return a profile as the API would send it."""
    left = {
        name.removeprefix(PREFIX): value for name, value in fields.items() if not is_missing(value)
    }
    record = {NAMED[name]: encoded(left.pop(name)) for name in NAMED if name in left}
    if "all_identities" in left:
        record["all_identities"] = encoded(left.pop("all_identities"))
    devices = dict.fromkeys(one for name in DEVICES for one in _devices(left.pop(name, None)))
    if devices:
        record["platformInfo"] = encoded([{"objectId": one} for one in devices])
    for name in list(left):
        if name in OF_MESSAGES or name.startswith(OF_CHANNELS):
            record[name] = encoded(left.pop(name))
    record["profileData"] = encoded(left)
    return record


def _devices(value: object) -> list[str]:
    return [] if value is None else _TEXTS.decode(as_texts(encoded(value)))
