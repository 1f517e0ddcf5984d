"""Raw record to Singer record, and the event id.

Nested values are the bytes that CleverTap sent, spliced into the record unparsed: every number
keeps its digits.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from tap_clevertap.pages import read_record, split_records
from tap_clevertap.usual import Rest, usual_record
from tap_clevertap.values import (
    EMPTY,
    NULL,
    as_digits,
    as_items,
    as_object,
    as_text,
    as_texts,
    canonical,
    canonical_or_null,
    encoded,
    members,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from tap_clevertap.usual import Record

ID_VERSION = "1"
ID_BYTES = 16
SECONDS = [f"{second:02}+00:00" for second in range(60)]
SMALLEST_TS = 10**13
ITEMS = b'"Items":'

A_MEMBER = b'{"'

_ENCODE = msgspec.json.Encoder().encode
UP_TO_SECONDS = len("2026-07-31T23:59:")


class EventRow(msgspec.Struct, gc=False):
    """One event as it goes into the warehouse; a `Raw` member is JSON as sent.

    `event_time` is a UTC instant, `event_date` the account's day, `ts` the fourteen local digits.
    """

    event_id: str
    event_name: str
    event_time: str | None
    event_date: str | None
    ts: int | None
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
    profile: Rest | Raw
    event_props: Raw
    session_props: Raw
    items: Raw
    extra: Raw


def event_id(key: bytes, occurrence: int) -> str:
    """Return the id of the n-th row with that key, counted from 0: 32 hex digits."""
    if occurrence == 0:
        return key.hex()
    return blake2b(key + b"%d" % occurrence, digest_size=ID_BYTES).hexdigest()


class EventReader:
    """Makes rows of one event's records.

    Local digits resolve by one rule: in an hour that the clocks repeat they mean its first
    passing; in an hour that they skip, the instant as far after the change as the digits are.
    """

    def __init__(self, event: str, zone: tzinfo) -> None:
        """Read the records of `event` of an account in `zone`."""
        self.event = event
        self.zone = zone
        self._prefix = f"{ID_VERSION}\0{event}\0".encode()
        self._minutes: dict[int, tuple[str | None, str | None]] = {}

    def read(self, records: Raw) -> Iterator[tuple[bytes, EventRow]]:
        """Yield each record's key and its row, with the id of the key's first occurrence.

        The key, 16 bytes, is what makes the event itself: version, event, `ts`, device, canonical
        properties and items. It never covers the rest of the profile, which is today's. One record
        is taken apart at a time: a whole page of them would not fit into the processor's cache.

        Raises:
            BrokenAnswer: A record is no JSON object.
        """
        for sent in split_records(records):
            record = usual_record(sent)
            yield self._careful(read_record(sent)) if record is None else self._usual(record)

    def _usual(self, record: Record) -> tuple[bytes, EventRow]:
        """Read a record whose members all have the types that they usually have."""
        ts, profile = record.ts, record.profile
        sent_props, sent_session = record.event_props, record.session_props
        time, day = self.times(ts)
        if time is None or ts < SMALLEST_TS:
            return self._careful(members(encoded(record)))
        props, session = canonical(sent_props), canonical(sent_session)
        text = b"%b%d%b\0%b\0%b" % (self._prefix, ts, _ENCODE(profile.object_id), props, session)
        key = blake2b(text, digest_size=ID_BYTES).digest()
        identity, phone = profile.identity, profile.phone
        return key, EventRow(
            key.hex(),
            self.event,
            time,
            day,
            ts,
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
            profile.rest(),
            sent_props if props.startswith(A_MEMBER) else as_object(sent_props),
            sent_session if session.startswith(A_MEMBER) else as_object(sent_session),
            as_items(None, sent_props) if ITEMS in props else NULL,
            NULL,
        )

    def _careful(self, record: dict[str, Raw]) -> tuple[bytes, EventRow]:
        """Read a record of which nothing is certain; it is used up."""
        ts = record.pop("ts", NULL)
        profile = members(as_object(record.pop("profile", EMPTY)))
        device = profile.pop("objectId", NULL)
        props = record.pop("event_props", EMPTY)
        session = record.pop("session_props", EMPTY)
        items = record.pop("items", None)
        parts = [canonical(part) for part in (props, session, items) if part is not None]
        key = self._key(bytes(ts), canonical_or_null(device), *parts)
        digits = as_digits(ts)
        time, day = self.times(digits)
        if time is None and ts is not NULL:
            record["ts"] = ts
        return key, EventRow(
            event_id=event_id(key, 0),
            event_name=self.event,
            event_time=time,
            event_date=day,
            ts=digits if time else None,
            object_id=as_text(device),
            identity=as_text(profile.pop("identity", NULL)),
            all_identities=as_texts(profile.pop("all_identities", NULL)),
            email=as_text(profile.pop("email", NULL)),
            phone=as_text(profile.pop("phone", NULL)),
            name=as_text(profile.pop("name", NULL)),
            platform=as_text(profile.pop("platform", NULL)),
            app_version=as_text(profile.pop("app_version", NULL)),
            os_version=as_text(profile.pop("os_version", NULL)),
            make=as_text(profile.pop("make", NULL)),
            model=as_text(profile.pop("model", NULL)),
            profile=encoded(profile),
            event_props=as_object(props),
            session_props=as_object(session),
            items=as_items(items, props),
            extra=encoded(record) if record else NULL,
        )

    def times(self, digits: int | None) -> tuple[str | None, str | None]:
        """Return the UTC instant (ISO 8601) and the local day of fourteen local digits.

        Both are None for digits that are no time.
        """
        minute, second = divmod(digits or 0, 100)
        if (found := self._minutes.get(minute)) is None:
            found = self._minutes[minute] = self._minute(minute)
        utc, day = found
        if utc is None or second >= len(SECONDS):
            return None, None
        return utc + SECONDS[second], day

    def _minute(self, minute: int) -> tuple[str | None, str | None]:
        """Return a local minute as the beginning of a UTC instant, and its day."""
        try:
            month, rest = divmod(minute, 1_000_000)
            hour = rest // 100 % 100
            naive = datetime(month // 100, month % 100, rest // 10_000, hour, rest % 100)  # noqa: DTZ001 - zone follows
            utc = naive.replace(tzinfo=self.zone).astimezone(UTC)
        except (ValueError, OverflowError):  # the latter where UTC falls out of the calendar
            return None, None
        return utc.isoformat()[:UP_TO_SECONDS], naive.date().isoformat()

    def _key(self, *parts: bytes) -> bytes:
        ts, device, *properties = parts
        text = b"\0".join((self._prefix + ts + device, *properties))
        return blake2b(text, digest_size=ID_BYTES).digest()
