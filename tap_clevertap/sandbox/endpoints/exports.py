"""Cursors over events and over profiles: opened with a question, read page by page."""

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
from tap_clevertap.sandbox.endpoints.paging import Cut, Page, Spoiler, chain
from tap_clevertap.sandbox.endpoints.rendering import NOBODY, Flags, Moment, dump
from tap_clevertap.sandbox.http_messages import Reply, fail
from tap_clevertap.sandbox.query.request_body import RefusedError, read_object

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_clevertap.sandbox.account.models import JSON
    from tap_clevertap.sandbox.http_messages import Request
    from tap_clevertap.sandbox.server.state import Service

T = TypeVar("T")

DEFAULT_BATCH = 500
LARGEST_BATCH = 5000

INVALIDATED = fail("Invalid cursor", "CURSOR_INVALIDATED")
INCORRECT_USAGE = fail("Incorrect Usage", 3)
THROTTLED = fail("Request throttled, please retry later", 1)


@dataclass(slots=True)
class Export(Generic[T]):
    """One opened export: its pages, and how far the client is."""

    request: str
    """The same for each opening of the same request."""
    key: str
    """This opening's own."""
    subject: str
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
        """Start without cursors."""
        self._lock = Lock()
        self._openings: Counter[str] = Counter()
        self._cursors: dict[str, tuple[Export[T], int]] = {}

    @abstractmethod
    def select(self, service: Service, query: JSON) -> list[T]:
        """Return what a question selects, or raise `RefusedError`."""

    @abstractmethod
    def shard(self, service: Service, record: T) -> int:
        """Return which of the shards holds a record."""

    @abstractmethod
    def print(
        self, service: Service, records: list[T], flags: Flags, moment: Moment
    ) -> list[bytes]:
        """Return records as JSON objects."""

    def note_opening(self, service: Service, query: JSON) -> None:
        """Write into the ledger that a cursor was handed out."""

    @abstractmethod
    def note(self, service: Service, export: Export[T], records: Iterable[T]) -> None:
        """Write into the ledger what a page served."""

    @abstractmethod
    def is_expired(self, service: Service, export: Export[T]) -> bool:
        """Tell whether an export's cursors have outlived their time."""

    def open(self, service: Service, request: Request) -> Reply:
        """Answer a question with the first cursor."""
        try:
            query = read_object(request)
            batch = _read_batch(request)
            records = self.select(service, query)
        except RefusedError as refused:
            return refused.reply
        name = f"{request.path}?{request.raw_query} {request.body!r}"
        if service.faults.strikes("throttled", name):
            return THROTTLED
        export = self._register(name, str(query.get("event_name", "")), request, service.now())
        self._fill(service, export, records, batch)
        self.note_opening(service, query)
        return Reply({"status": "success", "cursor": self._cursor(service, export, 0)})

    def page(self, service: Service, request: Request) -> Reply:
        """Answer a cursor with its page."""
        text = request.query.get("cursor", "")
        if is_encoded_twice(text):
            service.ledger.encoded_twice()
            return INCORRECT_USAGE
        found = self._cursors.get(read_cursor(text))
        if found is None or found[0].is_dead or self.is_expired(service, found[0]):
            return INVALIDATED
        return self._refusal(service, *found) or self._read(service, *found)

    def _register(self, name: str, subject: str, request: Request, now: int) -> Export[T]:
        """Note an opening; its key depends on nothing but the request and its turn."""
        with self._lock:
            self._openings[name] += 1
            turn = self._openings[name]
        key = sha256(f"{turn} {name}".encode()).hexdigest()
        flags = Flags(*(_read_flag(request, flag) for flag in ("app", "events", "profile")))
        return Export(name, key, subject, flags, now, now, is_first_opening=turn == 1)

    def _fill(self, service: Service, export: Export[T], records: list[T], batch: int) -> None:
        cut = Cut(batch, service.manners.shards, export.key)
        pages = chain(records, lambda record: self.shard(service, record), cut)
        export.pages = Spoiler[T](service.faults, export.request, export.key).spoil(pages)

    def _cursor(self, service: Service, export: Export[T], page: int) -> str:
        """Hand out the cursor of a page."""
        text = cursor_text(export.key, page, service.manners.cursor_length)
        self._cursors[text] = export, page
        return print_cursor(text, is_encoded=service.manners.cursor_percent_encoded)

    def _refusal(self, service: Service, export: Export[T], page: int) -> Reply | None:
        """Return why the page cannot be had now, if so."""
        export.used = service.now()
        key = f"{export.request} {page}"
        if (waiting := self._waiting(service, export, page)) is not None:
            return waiting
        if service.faults.strikes("expired_cursor", key):
            export.is_dead = True
            return INVALIDATED
        is_refused = page in export.read and service.faults.strikes("reread_refused", key)
        if is_refused or service.faults.strikes_once("incorrect_usage", key):
            return INCORRECT_USAGE
        return None

    def _waiting(self, service: Service, export: Export[T], page: int) -> Reply | None:
        with self._lock:
            export.fetches[page] += 1
            fetch = export.fetches[page]
        accepted = service.faults.value("in_progress_202")
        patience = accepted + service.faults.value("in_progress")
        patience += service.manners.in_progress_fetches
        is_endless = service.faults.chooses("in_progress_forever", f"{export.key} {page}")
        if fetch > patience and not is_endless:
            return None
        status = 202 if fetch <= accepted else 200
        return fail("Request still in progress, please retry later", 2, status)

    def _read(self, service: Service, export: Export[T], number: int) -> Reply:
        page = export.pages[number]
        moment = Moment(
            service.now(),
            _strangers(service, export) if number == 0 else NOBODY,
            int(service.faults.value("wrong_zone")),
        )
        records = self.print(service, page.records, export.flags, moment)
        records = damaged(records, service.faults, f"{export.request} {number}")
        export.read.add(number)
        self.note(service, export, page.records)
        return Reply(self._envelope(service, export, number, records))

    def _envelope(
        self, service: Service, export: Export[T], number: int, records: list[bytes]
    ) -> bytes:
        here = cursor_text(export.key, number, service.manners.cursor_length)
        following = export.pages[number].following
        onward = None if following is None else self._cursor(service, export, following)
        if service.faults.chooses("alternate_paging", export.key):
            envelope = {"status": "partial" if onward else "success", "cursor": onward or here}
        else:
            envelope = {"status": "success", "previous_cursor": here}
            envelope |= {"next_cursor": onward} if onward else {}
        head = dump(envelope)
        if not records and number == 0 and onward is None:  # An empty range has no such key.
            return head
        return head[:-1] + b',"records":[' + b",".join(records) + b"]}"


def _strangers(service: Service, export: Export[T]) -> frozenset[int]:
    """Return the people whom the first page of a request's first export does not know yet."""
    if not export.is_first_opening or not service.faults.value("login_between_reads"):
        return NOBODY
    people = range(len(service.world.people))
    return frozenset(i for i in people if service.faults.chooses("login_between_reads", str(i)))


def _read_batch(request: Request) -> int:
    text = request.query.get("batch_size", str(DEFAULT_BATCH))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LARGEST_BATCH):
        msg = f"Invalid batch_size : must be between 1 and {LARGEST_BATCH}"
        raise RefusedError(fail(msg, 400, 400))
    return int(text)


def _read_flag(request: Request, name: str) -> bool:
    return request.query.get(name, "true").lower() != "false"
