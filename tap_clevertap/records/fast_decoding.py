"""Typed decoders for event records of the expected shape, which are the fast path.

Records of any other shape, such as with one unknown key, take the lenient path instead.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw

from tap_clevertap.api.decoding import Defect, Envelope, decode, split_records
from tap_clevertap.errors import InvalidResponse
from tap_clevertap.records.target_safe import has_nul

ABSENT, NO_PROPS = Raw(b"null"), Raw(b"{}")


class EventRecord(msgspec.Struct, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """A record with its parts as sent; one with `items` takes the lenient path."""

    profile: Raw
    ts: int
    event_props: Raw = NO_PROPS
    session_props: Raw = NO_PROPS


class EventProfile(
    msgspec.Struct,
    gc=False,
    forbid_unknown_fields=True,
    rename={"object_id": "objectId", "profile_data": "profileData", "bad_keys": "badKs"},
):
    """A profile: the members that have a column, typed, and the others as sent."""

    object_id: str | None = None
    identity: str | int | None = None
    all_identities: list[str] | None = None
    email: str | None = None
    phone: str | int | None = None
    name: str | None = None
    platform: str | None = None
    app_version: str | None = None
    os_version: str | None = None
    make: str | None = None
    model: str | None = None
    push_token: Raw = ABSENT
    profile_data: Raw = ABSENT
    events: Raw = ABSENT
    df: Raw = ABSENT
    bad_keys: Raw = ABSENT
    id: Raw = ABSENT


class OtherFields(
    msgspec.Struct,
    gc=False,
    omit_defaults=True,
    rename={"profile_data": "profileData", "bad_keys": "badKs"},
):
    """Encodes to those members that were present."""

    push_token: Raw = ABSENT
    profile_data: Raw = ABSENT
    events: Raw = ABSENT
    df: Raw = ABSENT
    bad_keys: Raw = ABSENT
    id: Raw = ABSENT


class TypedPage(Envelope):
    """A page whose records all have the expected shape, decoded together with the page."""

    records: list[EventRecord] = msgspec.field(default_factory=list)  # type: ignore[assignment] # narrower than in the base


_PAGES = msgspec.json.Decoder(TypedPage)
_RECORDS = msgspec.json.Decoder(EventRecord)
decode_profile = msgspec.json.Decoder(EventProfile).decode
"""Decodes a profile of the usual shape; any other is a `msgspec.DecodeError`."""
decode_profiles = msgspec.json.Decoder(list[EventProfile]).decode
"""Decodes a list of such profiles."""


def decode_events(body: bytes) -> Envelope:
    """Decode a page of events; a `TypedPage` if every record has the expected shape."""
    page = decode(body, _PAGES.decode)
    page.has_nul = page.is_repaired or has_nul(body)
    if not isinstance(page, TypedPage) and not _holds_records(page):
        return Envelope(defect=Defect.NOT_A_RECORD)
    return page


def _holds_records(page: Envelope) -> bool:
    try:
        return all(bytes(record)[:1] == b"{" for record in split_records(page.records))
    except InvalidResponse:
        return False


def typed_record(record: Raw) -> EventRecord | None:
    """Return a decoded record; None if it does not have the expected shape."""
    try:
        return _RECORDS.decode(record)
    except (msgspec.ValidationError, RecursionError):
        return None
