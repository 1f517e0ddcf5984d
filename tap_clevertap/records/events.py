"""Converts raw event records to rows, and computes the event id.

Nested values are the bytes that CleverTap sent, copied into the row unparsed, so that numbers keep
all their digits. A row is built as finished JSON: to fill and encode a struct of twenty columns
takes longer than everything else.
"""

from __future__ import annotations

from binascii import hexlify
from hashlib import blake2b
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

import msgspec
from msgspec import Raw

from tap_clevertap.api.decoding import read_record, split_records
from tap_clevertap.api.nesting import bounded
from tap_clevertap.records.fast_decoding import TypedPage, typed_record
from tap_clevertap.records.forms import PropertyForms, SessionForms
from tap_clevertap.records.items import as_items, items_of_each
from tap_clevertap.records.json_values import (
    A_MEMBER,
    EMPTY,
    NULL,
    as_digits,
    as_object,
    canonical,
    encoded,
)
from tap_clevertap.records.local_time import SECOND_DIGITS, SECONDS, LocalMinuteCache
from tap_clevertap.records.profile_columns import ProfileCache, parse_profile_lenient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import tzinfo

    from tap_clevertap.api.decoding import Envelope
    from tap_clevertap.records.fast_decoding import EventRecord

Sent = TypeVar("Sent", "EventRecord", Raw)

ID_VERSION = "1"
ID_BYTES = 16
NUL = rb"\u0000"
UNTIMED = "events without a usable ts (event_time is null)"
HAS_ITEMS = b'"Items":'
NO_ITEMS = b"null"
EVENT_PROPS, SESSION_PROPS, PROFILE = map(attrgetter, ("event_props", "session_props", "profile"))
SECONDS_PER_MINUTE = 60
BATCH_ROWS = 128
"""Rows built and written together: few enough to stay in the processor's cache."""

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
        self._sessions = SessionForms(self.safe)
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
        self._build_mixed(records, batch)
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

    def _build_mixed(self, records: Sequence[EventRecord | Raw], batch: RowBatch) -> None:
        """Add records of which some may not have the expected shape."""
        typed = [typed_record(one) or one if isinstance(one, Raw) else one for one in records]
        for is_raw, run in groupby(typed, lambda one: isinstance(one, Raw)):
            if is_raw:
                for sent in cast("Iterator[Raw]", run):
                    self._build_lenient(sent, batch)
            else:
                self._build_fast(cast("list[EventRecord]", list(run)), batch)

    def _build_fast(self, records: Sequence[EventRecord], batch: RowBatch) -> None:
        """Add records whose members all have the expected types.

        What a parser does is done for all at once, the rest in one loop: a function call takes a
        hundredth of a row's time.
        """
        minutes, start_digest, join = self._minutes, self._digest.copy, b"".join
        to_time = self._name + TIME
        keys, days, rows = batch
        every_props = list(map(EVENT_PROPS, records))
        forms = self._forms.of(every_props)
        sessions = self._sessions.of(list(map(bytes, map(SESSION_PROPS, records))))
        profiles = self._profiles.of(list(map(bytes, map(PROFILE, records))))
        items = self._items(every_props, forms)
        for record, form, session, profile, bought in zip(
            records, forms, sessions, profiles, items, strict=True
        ):
            ts, sent_props = record.ts, record.event_props
            digits, second = divmod(ts, 100)
            minute = minutes[digits]
            if minute is None or second >= SECONDS_PER_MINUTE or form is None:
                self._build_lenient(encoded(record), batch)
                continue
            props = form
            if not form.startswith(A_MEMBER):
                props, sent_props = canonical(sent_props), as_object(sent_props)
            device, columns = profile
            session_form, sent_session = session
            utc, date, day, minute_digits = minute
            ts_digits = minute_digits + SECOND_DIGITS[second]
            digest = start_digest()
            digest.update(join((ts_digits, device, b"\0", props, b"\0", session_form)))
            key = digest.digest()
            row = join((
                ID, hexlify(key), to_time, utc, SECONDS[second], DATE, date, TS, ts_digits, b",",
                columns, PROPS, sent_props, SESSION, sent_session, ITEMS, bought, NO_EXTRA,
            ))  # fmt: skip
            keys.append(key)
            days.append(day)
            rows.append(row)

    def _items(self, props: Sequence[Raw], forms: Sequence[bytes | None]) -> list[bytes]:
        """Return the items of each event's properties."""
        found = [NO_ITEMS] * len(props)
        if HAS_ITEMS not in b"".join(filter(None, forms)):
            return found
        bought = [
            n
            for n, form in enumerate(forms)
            if form is not None and HAS_ITEMS in form and form.startswith(A_MEMBER)
        ]
        items = items_of_each([props[n] for n in bought], self.safe)
        for n, one in zip(bought, items, strict=True):
            found[n] = one
        return found

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
            utc, date, day, _ = minute
            times = [TIME, utc, SECONDS[second], DATE, date, TS, b"%d" % (100 * digits + second)]
        nested = PROPS, as_object(props), SESSION, as_object(session), ITEMS, as_items(items, props)
        extra = encoded(record) if record else NULL
        cells = (ID, hexlify(key), self._name, *times, b",", columns, *nested, EXTRA, extra, b"}")
        batch.keys.append(key)
        batch.days.append(day)
        batch.rows.append(self.safe.row(b"".join(cells)))
