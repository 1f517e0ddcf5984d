"""Base of the export endpoints: a query opens a cursor, which is read page by page."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from tap_clevertap.sandbox.endpoints.corruption import damaged
from tap_clevertap.sandbox.endpoints.cursors import (
    cursor_text,
    is_encoded_twice,
    print_cursor,
    read_cursor,
)
from tap_clevertap.sandbox.endpoints.paging import Cut, Page, PageFaults, chain
from tap_clevertap.sandbox.endpoints.rendering import NOBODY, Flags, Moment, dump
from tap_clevertap.sandbox.http_messages import Reply, fail
from tap_clevertap.sandbox.query.request_body import RefusedError, read_object

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_clevertap.sandbox.account.models import JSON
    from tap_clevertap.sandbox.endpoints.context import Context
    from tap_clevertap.sandbox.http_messages import Request

T = TypeVar("T")

DEFAULT_BATCH = 500
LARGEST_BATCH = 5000

INVALIDATED = fail("Invalid cursor", "CURSOR_INVALIDATED")
INCORRECT_USAGE = fail("Incorrect Usage", 3)
REFUSED = fail("Export not allowed for this event", 400, 400)
REFUSED_FOR_NOW = fail("Export not allowed right now, maintenance", 500, 500)
THROTTLED = fail("Request throttled, please retry later", 1)


@dataclass(slots=True)
class Export(Generic[T]):
    """One opened export: its pages, and how far the client is."""

    request: str
    """The same for each opening of the same request."""
    key: str
    """This opening's own."""
    partition: str
    flags: Flags
    opened: int
    used: int
    is_first_opening: bool
    pages: list[Page[T]] = field(default_factory=list)
    is_dead: bool = False
    fetches: Counter[int] = field(default_factory=Counter)
    read: set[int] = field(default_factory=set)


class Exports(ABC, Generic[T]):
    """The cursors of one endpoint."""

    path: ClassVar[str]

    def __init__(self) -> None:
        self._lock = Lock()
        self._openings: Counter[str] = Counter()
        self._cursors: dict[str, tuple[Export[T], int]] = {}

    @abstractmethod
    def select(self, context: Context, query: JSON) -> list[T]:
        """Return what a question selects, or raise `RefusedError`."""

    @abstractmethod
    def shard(self, context: Context, record: T) -> int:
        """Return which of the shards holds a record."""

    @abstractmethod
    def print(
        self, context: Context, records: list[T], flags: Flags, moment: Moment
    ) -> list[bytes]:
        """Return records as JSON objects."""

    def note_opening(self, context: Context, query: JSON) -> None:
        """Write into the request log that a cursor was handed out."""

    @abstractmethod
    def note(self, context: Context, export: Export[T], records: Iterable[T]) -> None:
        """Write into the request log what a page served."""

    @abstractmethod
    def is_expired(self, context: Context, export: Export[T]) -> bool:
        """Tell whether an export's cursors have outlived their time."""

    def open(self, context: Context, request: Request) -> Reply:
        """Answer a question with the first cursor."""
        try:
            query = read_object(request)
            batch = _read_batch(request)
            records = self.select(context, query)
        except RefusedError as refused:
            return refused.reply
        name = f"{request.path}?{request.raw_query} {request.body!r}"
        if context.faults.strikes("throttled", name):
            return THROTTLED
        if context.faults.strikes("refused_for_now", name):
            return REFUSED_FOR_NOW
        if context.faults.strikes("refused_once", name):
            return REFUSED
        export = self._register(name, str(query.get("event_name", "")), request, context.now())
        self._fill(context, export, records, batch)
        self.note_opening(context, query)
        return Reply({"status": "success", "cursor": self._cursor(context, export, 0)})

    def page(self, context: Context, request: Request) -> Reply:
        """Answer a cursor with its page."""
        text = request.query.get("cursor", "")
        if is_encoded_twice(text):
            context.request_log.encoded_twice()
            return INCORRECT_USAGE
        found = self._cursors.get(read_cursor(text))
        if found is None or found[0].is_dead or self.is_expired(context, found[0]):
            return INVALIDATED
        return self._refusal(context, *found) or self._read(context, *found)

    def _register(self, name: str, partition: str, request: Request, now: int) -> Export[T]:
        """Note an opening; its key depends on nothing but the request and its turn."""
        with self._lock:
            self._openings[name] += 1
            turn = self._openings[name]
        key = sha256(f"{turn} {name}".encode()).hexdigest()
        flags = Flags(*(_read_flag(request, flag) for flag in ("app", "events", "profile")))
        return Export(name, key, partition, flags, now, now, is_first_opening=turn == 1)

    def _fill(self, context: Context, export: Export[T], records: list[T], batch: int) -> None:
        cut = Cut(batch, context.behaviour.shards, export.key)
        pages = chain(records, lambda record: self.shard(context, record), cut)
        export.pages = PageFaults[T](context.faults, export.request, export.key).spoil(pages)

    def _cursor(self, context: Context, export: Export[T], page: int) -> str:
        """Hand out the cursor of a page."""
        text = cursor_text(export.key, page, context.behaviour.cursor_length)
        self._cursors[text] = export, page
        return print_cursor(text, is_encoded=context.behaviour.cursor_percent_encoded)

    def _refusal(self, context: Context, export: Export[T], page: int) -> Reply | None:
        """Return why the page cannot be had now, if so."""
        export.used = context.now()
        key = f"{export.request} {page}"
        if (waiting := self._waiting(context, export, page)) is not None:
            return waiting
        if context.faults.strikes("expired_cursor", key):
            export.is_dead = True
            return INVALIDATED
        is_refused = page in export.read and context.faults.strikes("reread_refused", key)
        if is_refused or context.faults.strikes_once("incorrect_usage", key):
            return INCORRECT_USAGE
        return None

    def _waiting(self, context: Context, export: Export[T], page: int) -> Reply | None:
        with self._lock:
            export.fetches[page] += 1
            fetch = export.fetches[page]
        accepted = context.faults.value("in_progress_202")
        in_progress = accepted + context.faults.value("in_progress")
        in_progress += context.behaviour.in_progress_fetches
        is_endless = context.faults.chooses("in_progress_forever", f"{export.key} {page}")
        if fetch > in_progress and not is_endless:
            return None
        status = 202 if fetch <= accepted else 200
        return fail("Request still in progress, please retry later", 2, status)

    def _read(self, context: Context, export: Export[T], number: int) -> Reply:
        page = export.pages[number]
        moment = Moment(
            context.now(),
            _strangers(context, export) if number == 0 else NOBODY,
            int(context.faults.value("wrong_zone")),
        )
        records = self.print(context, page.records, export.flags, moment)
        records = damaged(records, context.faults, f"{export.request} {number}")
        export.read.add(number)
        self.note(context, export, page.records)
        return Reply(self._envelope(context, export, number, records))

    def _envelope(
        self, context: Context, export: Export[T], number: int, records: list[bytes]
    ) -> bytes:
        here = cursor_text(export.key, number, context.behaviour.cursor_length)
        following = export.pages[number].following
        onward = None if following is None else self._cursor(context, export, following)
        if context.faults.chooses("alternate_paging", export.key):
            envelope = {"status": "partial" if onward else "success", "cursor": onward or here}
        else:
            envelope = {"status": "success", "previous_cursor": here}
            envelope |= {"next_cursor": onward} if onward else {}
        head = dump(envelope)
        if not records and number == 0 and onward is None:  # An empty range has no such key.
            return head
        return head[:-1] + b',"records":[' + b",".join(records) + b"]}"


def _strangers(context: Context, export: Export[T]) -> frozenset[int]:
    """Return the people whom the first page of a request's first export does not know yet."""
    if not export.is_first_opening or not context.faults.value("login_between_reads"):
        return NOBODY
    people = range(len(context.world.people))
    return frozenset(i for i in people if context.faults.chooses("login_between_reads", str(i)))


def _read_batch(request: Request) -> int:
    text = request.query.get("batch_size", str(DEFAULT_BATCH))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LARGEST_BATCH):
        msg = f"Invalid batch_size : must be between 1 and {LARGEST_BATCH}"
        raise RefusedError(fail(msg, 400, 400))
    return int(text)


def _read_flag(request: Request, name: str) -> bool:
    return request.query.get(name, "true").lower() != "false"
