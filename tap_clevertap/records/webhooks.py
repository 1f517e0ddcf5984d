"""Bodies that CleverTap has posted: as the receiver stores them, and as rows.

Nested values are the bytes that CleverTap sent, copied into the row unparsed.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec resolves it
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from tap_clevertap.api.decoding import BYTE_ORDER_MARK, NO_LINE_BREAKS, repair_json
from tap_clevertap.records.json_values import (
    EMPTY,
    NULL,
    as_object,
    as_text,
    as_texts,
    decode_list,
    decode_object,
    encoded,
    members,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ID_VERSION = b"1"
ID_BYTES = 16
CAMPAIGN, EXPORT_ALERT, CUSTOM = "campaign", "export_alert", "custom"
PROFILES, TARGET_ID, IS_TEST, KEY_VALUES = "profiles", "targetId", "is_test", "key_values"
ENVELOPE_KEYS = (PROFILES, TARGET_ID, IS_TEST, KEY_VALUES)
PROFILE_KEYS = (
    "identity",
    "all_identities",
    "email",
    "phone",
    "name",
    "objectId",
    "event_properties",
    "session_props",
    KEY_VALUES,
)
OTHER_PROFILE_KEYS = ("profileData", "systemProfileData", "push_token")
ALERT_KEYS = {"export request id", "status"}

_ENCODER = msgspec.json.Encoder()
_JSON = msgspec.json.Decoder(Raw)


class Delivery(msgspec.Struct, kw_only=True):
    """A body as sent, with the instant at which its last byte had come."""

    received_at: datetime
    content_type: str | None = None
    body: str


class WebhookRow(msgspec.Struct, kw_only=True):
    """A row of the stream `webhooks`; a `Raw` member is JSON as sent."""

    webhook_id: str
    received_at: str
    kind: str
    is_test: bool
    target_id: Raw
    identity: Raw
    all_identities: Raw
    email: Raw
    phone: Raw
    name: Raw
    object_id: Raw
    key_values: Raw
    event_properties: Raw
    session_props: Raw
    profile: Raw
    body: Raw


_DELIVERIES = msgspec.json.Decoder(Delivery)


def stored_line(received_at: datetime, content_type: str | None, body: str) -> bytes:
    """Return the line of a body, with its line break."""
    delivery = Delivery(received_at=received_at, content_type=content_type, body=body)
    return _ENCODER.encode(delivery) + b"\n"


def read_line(line: bytes) -> Delivery | None:
    """Return what a line holds; None for a line that no receiver has written."""
    try:
        return _DELIVERIES.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def webhook_rows(delivery: Delivery) -> Iterator[WebhookRow]:
    """Yield the rows of a body: one a profile, and one where it has none."""
    body = _Body(delivery)
    if not body.profiles:
        yield body.row(0, None)
    for place, profile in enumerate(body.profiles):
        yield body.row(place, profile)


class _Body:
    """A body taken apart: `rest` is what is neither the envelope's nor a profile's."""

    def __init__(self, delivery: Delivery) -> None:
        sent = delivery.body.encode()
        self._digest = blake2b(ID_VERSION + b"\0" + sent, digest_size=ID_BYTES)
        self._received_at = delivery.received_at.isoformat()
        self._rest = _object(sent)
        self._kind = _kind(self._rest)
        self._envelope = _take(self._rest, ENVELOPE_KEYS)
        self.profiles = _profiles(self._envelope.get(PROFILES, NULL))

    def row(self, place: int, profile: dict[str, Raw] | None) -> WebhookRow:
        """Return the row of a profile; its id is made of the body, to the byte, and its place."""
        digest = self._digest.copy()
        digest.update(b"\0%d" % place)
        rest = dict(self._rest)
        found = _take(rest if profile is None else profile, PROFILE_KEYS)
        envelope = self._envelope
        key_values = found.get(KEY_VALUES) or envelope.get(KEY_VALUES, NULL)
        if bytes(envelope.get(KEY_VALUES, key_values)) != bytes(key_values):
            rest[KEY_VALUES] = envelope[KEY_VALUES]
        return WebhookRow(
            webhook_id=digest.hexdigest(),
            received_at=self._received_at,
            kind=self._kind,
            is_test=_is_true(envelope.get(IS_TEST, NULL)),
            target_id=as_text(envelope.get(TARGET_ID, NULL)),
            identity=as_text(found.get("identity", NULL)),
            all_identities=as_texts(found.get("all_identities", NULL)),
            email=as_text(found.get("email", NULL)),
            phone=as_text(found.get("phone", NULL)),
            name=as_text(found.get("name", NULL)),
            object_id=as_text(found.get("objectId", NULL)),
            key_values=as_object(key_values),
            event_properties=as_object(found.get("event_properties", NULL)),
            session_props=as_object(found.get("session_props", NULL)),
            profile=encoded(_take(profile, OTHER_PROFILE_KEYS) | profile) if profile else EMPTY,
            body=encoded(rest),
        )


def _object(sent: bytes) -> dict[str, Raw]:
    """Return the members of a body; one that is not an object is the only member of one."""
    body = sent.removeprefix(BYTE_ORDER_MARK).translate(NO_LINE_BREAKS)
    is_nested = body.lstrip()[:1] in {b"{", b"["}  # anything else that is broken is a text
    for read in (_JSON.decode, repair_json)[: 1 + is_nested]:
        try:
            value = bytes(read(body)).strip()
            return decode_object(value) if value[:1] == b"{" else {"value": Raw(value)}
        except (ValueError, RecursionError):
            continue
    return {"value": encoded(sent.decode())}  # not JSON, or nested too deeply for anybody


def _is_true(value: Raw) -> bool:
    return bytes(value).strip(b'"').lower() == b"true"


def _kind(body: dict[str, Raw]) -> str:
    names = {name.lower() for name in body}
    if names >= ALERT_KEYS:
        return EXPORT_ALERT
    return CAMPAIGN if names & {PROFILES, TARGET_ID.lower()} else CUSTOM


def _take(sent: dict[str, Raw], names: tuple[str, ...]) -> dict[str, Raw]:
    """Take members out, however their names are spelled; the documented spelling is preferred."""
    by_lower = {name.lower(): name for name in reversed(sent)} | {name: name for name in sent}
    found = {}
    for name in names:
        spelled = by_lower.get(name) or by_lower.get(name.lower())
        if spelled is not None and bytes(sent[spelled]) != b"null":
            found[name] = sent.pop(spelled)
    return found


def _profiles(value: Raw) -> list[dict[str, Raw]]:
    """Return the profiles of a list, or the only one."""
    is_list = bytes(value)[:1] == b"["
    listed = decode_list(value) if is_list else [value]
    return [members(as_object(one)) for one in listed if bytes(one) != b"null"]
