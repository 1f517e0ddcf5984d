"""The profile columns of an event's row.

CleverTap repeats the user's whole profile with each of their events, so recent profiles are cached
in their encoded form.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Raw

from tap_clevertap.api.nesting import bounded
from tap_clevertap.records.fast_decoding import ABSENT, OtherFields, decode_profile
from tap_clevertap.records.json_values import (
    NULL,
    as_object,
    as_text,
    as_texts,
    canonical,
    canonical_or_null,
    encode,
    members,
)
from tap_clevertap.records.target_safe import TargetSafe, decode_plain

if TYPE_CHECKING:
    from tap_clevertap.records.fast_decoding import EventProfile

NULL_KEY = b"null"
MAX_CACHED_BYTES = 16 << 20
"""Of profiles as sent and their columns: about 20,000 profiles without custom properties."""


class EncodedProfile(NamedTuple):
    """What identifies the user, canonical, and the profile's columns as members of JSON."""

    device: bytes
    columns: bytes


class ProfileCache(dict[bytes, EncodedProfile]):
    """Encoded forms of recent profiles, by the profile's bytes as sent."""

    def __init__(self) -> None:
        super().__init__()
        self.safe = TargetSafe()
        self._free_bytes = MAX_CACHED_BYTES

    def __missing__(self, profile: bytes) -> EncodedProfile:
        """Encode a profile and cache it."""
        encoded_profile = self._encode_usual(profile) or self._encode_any(profile)
        self._free_bytes -= len(profile) + len(encoded_profile.columns)
        if self._free_bytes < 0:
            self.clear()
            self._free_bytes = MAX_CACHED_BYTES
        self[profile] = encoded_profile
        return encoded_profile

    @staticmethod
    def _encode_usual(profile: bytes) -> EncodedProfile | None:
        """Encode a profile; None if it does not have the expected shape or needs a change."""
        # NUL is looked for by the page: here it would be looked for in every profile.
        with suppress(ValueError, RecursionError):
            found = decode_profile(profile)
            for member in _raw_members(found):
                if member is not ABSENT:
                    decode_plain(member)
            return _encode_profile(found)
        return None

    def _encode_any(self, profile: bytes) -> EncodedProfile:
        """Encode a profile of any shape, as targets can hold it."""
        device, columns = parse_profile_lenient(Raw(bounded(profile, 0)))
        return EncodedProfile(device, self.safe.row(b"{%b}" % columns)[1:-1])


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
    key = device_key(canonical_or_null(device), columns.identity)
    return EncodedProfile(key, encode(columns)[1:-1])


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
        OtherFields(*_raw_members(profile)),
    )
    return EncodedProfile(
        device_key(encode(profile.object_id), columns.identity), encode(columns)[1:-1]
    )


def device_key(device: bytes, identity: str | Raw | None) -> bytes:
    """Return what tells apart who raised an event: the device, else the identity."""
    if device != NULL_KEY or identity is None or identity == NULL:
        return device
    return b"%b\0%b" % (NULL_KEY, canonical(Raw(encode(identity))))


def _raw_members(profile: EventProfile) -> tuple[Raw, ...]:
    return (
        profile.push_token,
        profile.profile_data,
        profile.events,
        profile.df,
        profile.bad_keys,
        profile.id,
    )
