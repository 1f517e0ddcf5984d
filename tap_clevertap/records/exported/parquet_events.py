"""Rows of Parquet as events: maps with epochs where the other formats have local digits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tap_clevertap.errors import FileFailed
from tap_clevertap.records.exported.record import ExportedEvent
from tap_clevertap.records.exported.values import api_profile, listed
from tap_clevertap.records.field_reader import MILLISECONDS
from tap_clevertap.records.json_values import encoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import tzinfo

DEVICE_ID = "clevertapId"
OF_PROFILE = {"platform": "platform", "token": "push_token"}
"""Of `deviceInfo`, by their names in the API's profile."""
ITEMS = "Items"


def parquet_events(rows: Iterable[Mapping[str, Any]], zone: tzinfo) -> Iterator[ExportedEvent]:
    """Yield the events of rows, of an account in `zone`.

    Raises:
        FileFailed: A row is no event.
    """
    for number, row in enumerate(rows, 1):
        left = {name: value for name, value in row.items() if value is not None}
        name, time = left.pop("eventName", None), left.pop("eventTime", None)
        if not name:
            msg = f"record {number:,} has no eventName"
            raise FileFailed(msg)
        record: dict[str, Any] = {"profile": _profile(left)}
        if (digits := _digits(time, zone)) is not None:
            record["ts"] = digits
        record["event_props"] = _props(dict(left.pop("eventProps", ())))
        if session := left.pop("sessionProps", None) or left.pop("session_props", None):
            record["session_props"] = session
        has_id = "objectId" in record["profile"] and digits is not None
        yield ExportedEvent(number, str(name), encoded(record | left), has_id)


def _profile(left: dict[str, Any]) -> dict[str, Any]:
    """Take out what says whose event it is."""
    own = dict(left.pop("profile", {}))
    identity = dict(left.pop("identity", {}))
    if DEVICE_ID in identity:
        own["objectId"] = identity.pop(DEVICE_ID)
    device = dict(left.pop("deviceInfo", {}))
    for name, api_name in OF_PROFILE.items():
        if name in device:
            own.setdefault(api_name, device.pop(name))
    return api_profile(own | identity, device)


def _props(props: dict[str, Any]) -> dict[str, Any]:
    """Return properties; a union has no member for the list of what was bought, so it is text."""
    items = props.get(ITEMS)
    return props | {ITEMS: listed(items)} if isinstance(items, str) else props


def _digits(time: object, zone: tzinfo) -> int | None:
    """Return the local digits of an epoch in seconds or milliseconds, a number or its text."""
    try:
        epoch = int(str(time))
        seconds = epoch // 1000 if abs(epoch) >= MILLISECONDS else epoch
        return int(datetime.fromtimestamp(seconds, UTC).astimezone(zone).strftime("%Y%m%d%H%M%S"))
    except (ValueError, OverflowError, OSError):
        return None
