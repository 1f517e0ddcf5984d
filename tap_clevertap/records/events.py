"""Converts raw event records to rows, and computes the event id.

Nested values are the bytes that CleverTap sent, copied into the row unparsed, so that numbers keep
all their digits. A row is built as finished JSON: to fill and encode a struct of twenty columns
takes longer than everything else.
"""

from __future__ import annotations

from binascii import hexlify
from contextlib import suppress
from hashlib import blake2b
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

import msgspec
from msgspec import Raw

from tap_clevertap.api.decoding import read_record, split_records
from tap_clevertap.api.nesting import bounded
from tap_clevertap.records.fast_decoding import NO_PROPS, TypedPage, typed_record
from tap_clevertap.records.json_values import (
    EMPTY,
    NULL,
    as_digits,
    as_items,
    as_object,
    canonical,
    encode_sorted,
    encoded,
    items_among,
)
from tap_clevertap.records.local_time import SECONDS, LocalMinuteCache
from tap_clevertap.records.profile_columns import ProfileCache, parse_profile_lenient
from tap_clevertap.records.property_forms import PropertyForms
from tap_clevertap.records.target_safe import decode_plain, has_nul, is_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import tzinfo

    from tap_clevertap.api.decoding import Envelope
    from tap_clevertap.records.fast_decoding import EventRecord
    from tap_clevertap.records.target_safe import TargetSafe

Sent = TypeVar("Sent", "EventRecord", Raw)

ID_VERSION = "1"
ID_BYTES = 16
NUL = rb"\u0000"
UNTIMED = "events without a usable ts (event_time is null)"
HAS_ITEMS = b'"Items":'
A_MEMBER = b'{"'
NO_ITEMS = NULL, False
NO_MEMBERS = b"{}"
SECONDS_PER_MINUTE = 60
BATCH_ROWS = 128
"""Rows built and written together: few enough to stay in the processor's cache."""

# The session properties of an app repeat far fewer; the limit bounds the memory if they do not.
MAX_CACHED_SESSIONS = 1024

# What stands between the cells of a row; the name follows the id.
ID, TIME, DATE, TS = b'{"event_id":"', b'"event_time":"', b'","event_date":"', b'","ts":'
PROPS, SESSION, ITEMS, EXTRA = b',"event_props":', b',"session_props":', b',"items":', b',"extra":'
NO_TIMES = b'"event_time":null,"event_date":null,"ts":null'
NO_EXTRA = EXTRA + b"null}"
AFTER_ID = len(ID) + 2 * ID_BYTES


def event_id(key: bytes, occurrence: int) -> str:
    """Return the id of the n-th row with that key, counted from 0: 32 hex digits."""
    if occurrence == 0:
        return key.hex()
    return blake2b(key + b"%d" % occurrence, digest_size=ID_BYTES).hexdigest()


def with_id(row: bytes, new: str) -> bytes:
    """Return a row under another event id."""
    return ID + new.encode() + row[AFTER_ID:]


class RowBatch(NamedTuple):
    """Some events: the key, the local date and the row of each.

    A row is JSON and starts with the id that the first row of its key gets.
    """

    keys: list[bytes]
    days: list[str | None]
    rows: list[bytes]


class SessionProps(NamedTuple):
    """The canonical form of a session's properties, and the object that goes into the row."""

    form: bytes
    sent: Raw


class SessionPropsCache(dict[bytes, SessionProps]):
    """Recent session properties by their bytes as sent: most sessions of an app are alike."""

    def __init__(self, safe: TargetSafe) -> None:
        """Begin with none; `safe` changes what targets cannot hold."""
        super().__init__()
        self._safe = safe

    def __missing__(self, sent: bytes) -> SessionProps:
        """Parse session properties and cache them."""
        found = _plain_session(sent) or self._any_session(sent)
        if len(self) >= MAX_CACHED_SESSIONS:
            self.clear()
        self[sent] = found
        return found

    def _any_session(self, sent: bytes) -> SessionProps:
        value = Raw(sent) if is_plain(sent) else Raw(bounded(sent, 0))
        return SessionProps(canonical(value), self._safe.value(as_object(value)))


def _plain_session(sent: bytes) -> SessionProps | None:
    """Return the form of an object that has members and needs no change; None for others."""
    with suppress(ValueError):
        form = encode_sorted(decode_plain(sent))
        if form.startswith(A_MEMBER) and not has_nul(sent):
            return SessionProps(form, Raw(sent))
    return None


class EventRowBuilder:
    """Builds the rows of one event's records."""

    def __init__(self, event: str, zone: tzinfo, profiles: ProfileCache | None = None) -> None:
        """Build rows of `event` in the account's `zone`; several builders may share `profiles`."""
        self._digest = blake2b(f"{ID_VERSION}\0{event}\0".encode(), digest_size=ID_BYTES)
        self._minutes = LocalMinuteCache(zone)
        self._profiles = ProfileCache() if profiles is None else profiles
        self.safe = self._profiles.safe
        column = self.safe.row(b'{"event_name":%b}' % msgspec.json.encode(event))[1:-1]
        self._name = b'",%b,' % column
        self._sessions = SessionPropsCache(self.safe)
        self._forms = PropertyForms()

    def read(self, page: Envelope) -> Iterator[RowBatch]:
        """Yield the rows of a page in batches.

        A key is a 16-byte digest of what identifies an event: version, event, `ts`, device,
        canonical properties and items. It leaves out the rest of the profile, which changes.

        Raises:
            InvalidResponse: A record is not a JSON object.
        """
        if isinstance(page, TypedPage):
            batches = self._batches(page.records, self._build_fast)
        else:
            batches = self._batches(split_records(page.records), self._build_mixed)
        for batch in batches:
            if page.has_nul:
                batch.rows[:] = map(self.safe.row, batch.rows)
            yield batch

    def build(self, records: Sequence[EventRecord | Raw]) -> RowBatch:
        """Return the rows of records as the API has them, in their order, all in one batch.

        Raises:
            InvalidResponse: A record is no JSON object.
        """
        batch = RowBatch([], [], [])
        for is_raw, run in groupby(records, lambda one: isinstance(one, Raw)):
            if is_raw:
                self._build_mixed(cast("list[Raw]", list(run)), batch)
            else:
                self._build_fast(cast("list[EventRecord]", list(run)), batch)
        if any(NUL in row for row in batch.rows):
            batch.rows[:] = map(self.safe.row, batch.rows)
        return batch

    @staticmethod
    def _batches(
        records: Sequence[Sent], read: Callable[[Sequence[Sent], RowBatch], None]
    ) -> Iterator[RowBatch]:
        for first in range(0, len(records), BATCH_ROWS):
            batch = RowBatch([], [], [])
            read(records[first : first + BATCH_ROWS], batch)
            yield batch

    def _build_mixed(self, records: Sequence[Raw], batch: RowBatch) -> None:
        """Add the records of a page of which some do not have the expected shape."""
        for sent in records:
            record = typed_record(sent)
            if record is None:
                self._build_lenient(sent, batch)
            else:
                self._build_fast([record], batch)

    def _build_fast(self, records: Sequence[EventRecord], batch: RowBatch) -> None:
        """Add records whose members all have the expected types.

        Everything is in one loop: a function call takes a hundredth of a row's time.
        """
        minutes, profiles, sessions = self._minutes, self._profiles, self._sessions
        start_digest, join, to_time = self._digest.copy, b"".join, self._name + TIME
        keys, days, rows = batch
        forms = self._forms.of([record.event_props for record in records])
        for record, form in zip(records, forms, strict=True):
            ts, sent_props, sent_session = record.ts, record.event_props, record.session_props
            digits, second = divmod(ts, 100)
            minute = minutes[digits]
            if sent_session is NO_PROPS:
                session = NO_MEMBERS
            else:
                session, sent_session = sessions[bytes(sent_session)]
            if minute is None or second >= SECONDS_PER_MINUTE or form is None:
                self._build_lenient(encoded(record), batch)
                continue
            device, columns = profiles[bytes(record.profile)]
            props = form
            if not form.startswith(A_MEMBER):
                props, sent_props = canonical(sent_props), as_object(sent_props)
            ts_digits = b"%d" % ts
            digest = start_digest()
            digest.update(join((ts_digits, device, b"\0", props, b"\0", session)))
            key = digest.digest()
            items, is_unwrapped = items_among(sent_props) if HAS_ITEMS in props else NO_ITEMS
            utc, date, day = minute
            times = utc, SECONDS[second], DATE, date, TS, ts_digits, b","
            nested = PROPS, sent_props, SESSION, sent_session, ITEMS, items, NO_EXTRA
            row = join((ID, hexlify(key), to_time, *times, columns, *nested))
            if is_unwrapped:
                row = self.safe.row(row)
            keys.append(key)
            days.append(day)
            rows.append(row)

    def _build_lenient(self, sent: Raw, batch: RowBatch) -> None:
        """Add a record of any shape."""
        record = read_record(Raw(bounded(bytes(sent), 1)))
        ts = record.pop("ts", NULL)
        device, columns = parse_profile_lenient(record.pop("profile", EMPTY))
        props = record.pop("event_props", EMPTY)
        session = record.pop("session_props", EMPTY)
        items = record.pop("items", None)
        parts = [canonical(batch) for batch in (props, session, items) if batch is not None]
        digest = self._digest.copy()
        digest.update(b"\0".join((bytes(ts) + device, *parts)))
        key = digest.digest()
        digits, second = divmod(as_digits(ts) or 0, 100)
        minute = self._minutes[digits] if second < SECONDS_PER_MINUTE else None
        if minute is None:
            self.safe.changed[UNTIMED] += 1
            if ts is not NULL:
                record["ts"] = ts
        day, times = None, [NO_TIMES]
        if minute is not None:
            utc, date, day = minute
            times = [TIME, utc, SECONDS[second], DATE, date, TS, b"%d" % (100 * digits + second)]
        nested = PROPS, as_object(props), SESSION, as_object(session), ITEMS, as_items(items, props)
        extra = encoded(record) if record else NULL
        cells = (ID, hexlify(key), self._name, *times, b",", columns, *nested, EXTRA, extra, b"}")
        batch.keys.append(key)
        batch.days.append(day)
        batch.rows.append(self.safe.row(b"".join(cells)))
