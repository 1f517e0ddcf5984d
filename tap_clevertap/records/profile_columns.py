"""The profile columns of an event's row.

CleverTap repeats the user's whole profile with each of their events, so recent profiles are cached
in their encoded form.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, cast

import msgspec
from msgspec import Raw
from msgspec.structs import astuple
from typing_extensions import override

from tap_clevertap.api.nesting import bounded
from tap_clevertap.records.fast_decoding import OtherFields, decode_profile, decode_profiles
from tap_clevertap.records.forms import Form, RecentForms, split_lines
from tap_clevertap.records.json_values import (
    NULL,
    as_object,
    as_text,
    as_texts,
    canonical,
    canonical_or_null,
    encode,
    encode_lines,
    members,
)
from tap_clevertap.records.target_safe import TargetSafe, decode_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_clevertap.records.fast_decoding import EventProfile

NULL_KEY = b"null"


class ProfileCache(RecentForms):
    """Makes what identifies the user, and the profile's columns as members of JSON."""

    max_bytes = 24 << 20
    """About 20,000 profiles without custom properties."""

    def __init__(self) -> None:
        super().__init__()
        self.safe = TargetSafe()

    @override
    def _together(self, sent: Sequence[bytes]) -> list[Form]:
        # NUL is looked for by the page: here it would be looked for in every profile.
        rows = list(map(_columns, decode_profiles(b"[%b]" % b",".join(sent))))
        decode_plain(encode([row.profile for row in rows]))
        # No value has that between its tokens: a comma would be missing.
        columns = encode_lines(rows)[1:-2].split(b"}\n{")
        devices = split_lines(encode_lines([row.object_id for row in rows]))
        keys = [
            device if device != NULL_KEY else device_key(device, row.identity)
            for device, row in zip(devices, rows, strict=True)
        ]
        return list(zip(keys, columns, strict=True))

    @override
    def _alone(self, sent: bytes) -> Form:
        with suppress(ValueError, RecursionError):
            row = _columns(decode_profile(sent))
            for member in astuple(cast("OtherFields", row.profile)):
                decode_plain(member)
            return device_key(encode(row.object_id), row.identity), encode(row)[1:-1]
        device, columns = parse_profile_lenient(Raw(bounded(sent, 0)))
        return device, self.safe.row(b"{%b}" % columns)[1:-1]


class EventProfileColumns(msgspec.Struct, gc=False):
    """The columns in the order of the row; a `Raw` member is JSON as sent."""

    object_id: str | Raw | None
    identity: str | Raw | None
    all_identities: list[str] | Raw | None
    email: str | Raw | None
    phone: str | Raw | None
    name: str | Raw | None
    platform: str | Raw | None
    app_version: str | Raw | None
    os_version: str | Raw | None
    make: str | Raw | None
    model: str | Raw | None
    profile: OtherFields | dict[str, Raw]


def parse_profile_lenient(profile: Raw) -> Form:
    """Return the encoded form of a profile of any shape."""
    left = members(as_object(profile))
    device = left.pop("objectId", NULL)
    columns = EventProfileColumns(
        object_id=as_text(device),
        identity=as_text(left.pop("identity", NULL)),
        all_identities=as_texts(left.pop("all_identities", NULL)),
        email=as_text(left.pop("email", NULL)),
        phone=as_text(left.pop("phone", NULL)),
        name=as_text(left.pop("name", NULL)),
        platform=as_text(left.pop("platform", NULL)),
        app_version=as_text(left.pop("app_version", NULL)),
        os_version=as_text(left.pop("os_version", NULL)),
        make=as_text(left.pop("make", NULL)),
        model=as_text(left.pop("model", NULL)),
        profile=left,
    )
    key = device_key(canonical_or_null(device), columns.identity)
    return key, encode(columns)[1:-1]


def _columns(profile: EventProfile) -> EventProfileColumns:
    identity, phone = profile.identity, profile.phone
    return EventProfileColumns(
        profile.object_id,
        str(identity) if isinstance(identity, int) else identity,
        profile.all_identities,
        profile.email,
        str(phone) if isinstance(phone, int) else phone,
        profile.name,
        profile.platform,
        profile.app_version,
        profile.os_version,
        profile.make,
        profile.model,
        OtherFields(
            profile.push_token,
            profile.profile_data,
            profile.events,
            profile.df,
            profile.bad_keys,
            profile.id,
        ),
    )


def device_key(device: bytes, identity: str | Raw | None) -> bytes:
    """Return what tells apart who raised an event: the device, else the identity."""
    if device != NULL_KEY or identity is None or identity == NULL:
        return device
    return b"%b\0%b" % (NULL_KEY, canonical(Raw(encode(identity))))
