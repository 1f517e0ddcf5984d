"""Lines of JSON as events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from tap_clevertap.api.decoding import read_whole
from tap_clevertap.errors import FileFailed, InvalidResponse
from tap_clevertap.records.exported.record import ExportedEvent
from tap_clevertap.records.exported.values import api_profile
from tap_clevertap.records.json_values import EMPTY, NULL, encoded, members

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_clevertap.files.json_files import Line

MAX_CACHED_PROFILES = 10_000
API_NAMES = (("eventProps", "event_props"), ("sessionProps", "session_props"))

_OBJECTS = msgspec.json.Decoder(dict[str, Raw])
_TEXTS = msgspec.json.Decoder(str)


def json_events(lines: Iterable[Line]) -> Iterator[ExportedEvent]:
    """Yield the events of lines of JSON.

    Raises:
        FileFailed: A line is cut off or no object, or does not say which event it is.
    """
    profiles = _Profiles()
    for number, sent, named in lines:
        record = read_object(number, sent)
        name = _text(record.pop("eventName", NULL)) or named
        if not name:
            msg = f"record {number:,} has no eventName"
            raise FileFailed(msg)
        key = bytes(record.pop("profile", EMPTY)), bytes(record.pop("deviceInfo", EMPTY))
        record["profile"], has_device = profiles[key]
        for exported, api_name in API_NAMES:
            if exported in record:
                record[api_name] = record.pop(exported)
        is_typed = bytes(record.get("ts", NULL))[:1] != b'"'  # "As string" prints all as texts
        yield ExportedEvent(number, name, encoded(record), has_device and is_typed)


def read_object(number: int, sent: bytes) -> dict[str, Raw]:
    """Return the members of a line, mended where a character or a number is none.

    Raises:
        FileFailed: It is cut off, or no object.
    """
    try:
        return _OBJECTS.decode(sent)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return {name: encoded(value) for name, value in read_whole(sent).items()}
    except InvalidResponse:
        msg = f"record {number:,} is cut off or not a JSON object"
        raise FileFailed(msg) from None


class _Profiles(dict[tuple[bytes, bytes], tuple[Raw, bool]]):
    """The profiles that came lately, by profile and device as sent, and whether they name one."""

    def __missing__(self, key: tuple[bytes, bytes]) -> tuple[Raw, bool]:
        if len(self) >= MAX_CACHED_PROFILES:
            self.clear()
        own, device = (members(Raw(part)) for part in key)
        profile = api_profile(own, device)
        found = self[key] = encoded(profile), "objectId" in profile
        return found


def _text(value: Raw) -> str | None:
    return _TEXTS.decode(value) if bytes(value)[:1] == b'"' else None
