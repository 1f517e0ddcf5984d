"""The profile columns of an event's row.

CleverTap repeats the user's whole profile with each of their events, so recent profiles are cached
in their encoded form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Raw

from tap_clevertap.records.fast_decoding import OtherFields, decode_profile
from tap_clevertap.records.json_values import (
    NULL,
    as_object,
    as_text,
    as_texts,
    canonical_or_null,
    encode,
    members,
)

if TYPE_CHECKING:
    from tap_clevertap.records.fast_decoding import EventProfile

MAX_CACHED_BYTES = 16 << 20
"""Of profiles as sent and their columns: about 20,000 profiles without custom properties."""


class EncodedProfile(NamedTuple):
    """The canonical id of the device, and the profile's columns as members of a JSON object."""

    device: bytes
    columns: bytes


class ProfileCache(dict[bytes, EncodedProfile]):
    """Encoded forms of recent profiles, by the profile's bytes as sent."""

    def __init__(self) -> None:
        super().__init__()
        self._free_bytes = MAX_CACHED_BYTES

    def __missing__(self, profile: bytes) -> EncodedProfile:
        """Encode a profile and cache it."""
        try:
            encoded_profile = _encode_profile(decode_profile(profile))
        except msgspec.DecodeError:  # not of the usual shape
            encoded_profile = parse_profile_lenient(Raw(profile))
        self._free_bytes -= len(profile) + len(encoded_profile.columns)
        if self._free_bytes < 0:
            self.clear()
            self._free_bytes = MAX_CACHED_BYTES
        self[profile] = encoded_profile
        return encoded_profile


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


def parse_profile_lenient(profile: Raw) -> EncodedProfile:
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
    return EncodedProfile(canonical_or_null(device), encode(columns)[1:-1])


def _encode_profile(profile: EventProfile) -> EncodedProfile:
    identity, phone = profile.identity, profile.phone
    columns = EventProfileColumns(
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
    return EncodedProfile(encode(profile.object_id), encode(columns)[1:-1])
