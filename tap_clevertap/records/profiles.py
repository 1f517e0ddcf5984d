"""Converts raw profile records to rows.

Nested values are the bytes that CleverTap sent, copied into the row unparsed.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec
from msgspec import Raw

from tap_clevertap.records.field_reader import utc
from tap_clevertap.records.json_values import (
    EMPTY,
    NULL,
    as_object,
    as_text,
    as_texts,
    canonical,
    decode,
    decode_list,
    encoded,
    members,
)

ID_BYTES = 16
MAX_DIGITS = 18
NAMELESS = "unknown-"


class ProfileRow(msgspec.Struct):
    """A row of the `profiles` stream; a `Raw` member is JSON as sent.

    `first_seen` and `last_seen` are UTC instants over all events of the summary.
    """

    profile_id: str
    identity: Raw
    object_ids: list[str]
    all_identities: Raw
    name: Raw
    email: Raw
    phone: Raw
    first_seen: str | None
    last_seen: str | None
    platform_info: list[Raw]
    profile_data: Raw
    events: Raw
    extra: Raw


def profile_row(record: dict[str, Raw]) -> ProfileRow:
    """Return the row of a record.

    `profile_id` is the identity, or for an anonymous user the smallest of the device ids, whose
    order changes from response to response.
    """
    left = dict(record)
    identity = as_text(left.pop("identity", NULL))
    installations = _installations(left.pop("platformInfo", NULL))
    object_ids = _object_ids(left.pop("objectId", NULL), installations)
    events = as_object(left.pop("events", EMPTY))
    first, last = _seen(events)
    return ProfileRow(
        profile_id=decode(identity) or next(iter(object_ids), None) or _nameless(record),
        identity=identity,
        object_ids=object_ids,
        all_identities=as_texts(left.pop("all_identities", NULL)),
        name=as_text(left.pop("name", NULL)),
        email=as_text(left.pop("email", NULL)),
        phone=as_text(left.pop("phone", NULL)),
        first_seen=first,
        last_seen=last,
        platform_info=installations,
        profile_data=as_object(left.pop("profileData", EMPTY)),
        events=events,
        extra=encoded(left) if left else NULL,
    )


def profile_key(row: ProfileRow) -> bytes:
    """Return a key of the user, short enough to keep those of all users of a run in memory."""
    return blake2b(row.profile_id.encode(), digest_size=ID_BYTES).digest()


def _installations(value: Raw) -> list[Raw]:
    """Return a list of objects, whatever was sent."""
    if bytes(value)[:1] == b"[":
        return [as_object(one) for one in decode_list(value)]
    return [] if bytes(value) == b"null" else [as_object(value)]


def _object_ids(device: Raw, installations: list[Raw]) -> list[str]:
    """Return the ids of all devices, sorted; the record's own id may be missing from the list."""
    sent = [device, *(members(one).get("objectId", NULL) for one in installations)]
    return sorted({str(one) for one in map(decode, map(as_text, sent)) if one})


def _seen(events: Raw) -> tuple[str | None, str | None]:
    """Return the times of a user's first and last event."""
    summary = [members(one) for one in members(events).values()]
    first = [at for one in summary if (at := _epoch(one.get("first_seen"))) is not None]
    last = [at for one in summary if (at := _epoch(one.get("last_seen"))) is not None]
    return (utc(min(first)) if first else None), (utc(max(last)) if last else None)


def _epoch(value: Raw | None) -> int | None:
    sent = b"" if value is None else bytes(value)
    return int(sent) if sent.isdigit() and len(sent) <= MAX_DIGITS else None


def _nameless(record: dict[str, Raw]) -> str:
    """Return an id for a user with neither identity nor device: a digest of the record."""
    digest = blake2b(canonical(encoded(record)), digest_size=ID_BYTES).hexdigest()
    return NAMELESS + digest
