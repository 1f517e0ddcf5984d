"""A stream whose records are objects that answers list under a key."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast
from urllib.parse import quote

from typing_extensions import override

from tap_clevertap import errors, logger
from tap_clevertap.api.endpoints import date_range
from tap_clevertap.extraction.progress import Progress
from tap_clevertap.extraction.slices.model import Partition, Slice
from tap_clevertap.extraction.slices.planning import fixed_width, plan
from tap_clevertap.extraction.slices.window import run_window
from tap_clevertap.extraction.worker_pool import JobDone, in_parallel
from tap_clevertap.records.field_reader import FieldReader, objects
from tap_clevertap.streams.base.bookmarked import CheckpointedStream
from tap_clevertap.streams.base.polled import RequestStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tap_clevertap.extraction.slices.window import Window
    from tap_clevertap.output.rows import Row


RequestT = TypeVar("RequestT")

NOT_OFFERED = (errors.FeatureDisabled, errors.Forbidden, errors.NotFound)


class ListStreamBase(RequestStream[RequestT]):
    """Makes a record of each object that the answers list under `list_key`."""

    list_key: ClassVar[str]

    @abstractmethod
    def record(self, fields: FieldReader) -> Row:
        """Return the record of an object."""

    def records(self, fetch: Mapping[str, Any]) -> Sequence[Row]:
        """Return the records of an answer.

        Raises:
            InvalidResponse: The answer is of another shape.
        """
        return [self.record(FieldReader(one)) for one in objects(fetch, self.list_key)]

    @property
    def bookmark(self) -> str | None:
        """Where an earlier run left off; None where this one begins anew.

        Raises:
            SettingError: The state says something that is no time.
        """
        value = self.stream_state.get("replication_key_value") if self._is_live else None
        if not value:
            return None
        try:
            datetime.fromisoformat(value)
        except (TypeError, ValueError):
            msg = f"state: the bookmark of {self.name} is {value!r}; give a time in ISO 8601"
            raise errors.SettingError(msg) from None
        return str(value)

    def move_bookmark(self, value: str) -> None:
        """Let the next run begin there; never moves backwards."""
        if self._is_live and value > (self.bookmark or ""):
            mark = {"replication_key": self.replication_key, "replication_key_value": value}
            self.stream_state.update(mark)

    @property
    def _is_live(self) -> bool:
        """Whether the bookmark counts: a bounded back-fill leaves it alone."""
        is_bounded = self.run.settings.end_date is not None
        return self.replication_method == "INCREMENTAL" and not is_bounded


class ListStream(ListStreamBase[str]):
    """Gets a whole list at once; `query` goes on the wire as it is.

    An account that CleverTap does not offer the list to has no records, with a warning.
    """

    query: ClassVar[str] = ""

    @override
    def requests(self) -> Iterable[str]:
        return [self.query]

    @override
    def fetch(self, request: str) -> Sequence[Row]:
        try:
            return self.listed(request)
        except NOT_OFFERED as error:
            return self.skip_unavailable(error)

    def listed(self, query: str) -> Sequence[Row]:
        """Return the records of a list.

        Raises:
            ClevertapError: There is no list.
        """
        return self.records(self.run.client.get(self.endpoints[0], query))

    def skip_unavailable(self, error: errors.ClevertapError) -> Sequence[Row]:
        """Say so, and return no records."""
        logger.warning("%s: skipped, CleverTap does not offer it here (%s)", self.name, error)
        return []


class PaginatedListStream(ListStream):
    """Gets a list page by page; only what changed since the bookmark where the run is incremental.

    The bookmark is the latest change seen, moved when the last page is written; a bounded
    back-fill leaves it alone and reads the whole list.
    """

    since_key: ClassVar[str]
    """Name of the query's field for the earliest change wanted."""
    page_size: ClassVar[int] = 100
    prefetches = False

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        progress = Progress(self.name, self.run.client.waits)
        progress.planned = 1
        newest = self.bookmark
        for _, page in in_parallel([newest], self._numbered, lanes=1, on_idle=progress.wait):
            if isinstance(page, JobDone):
                progress.add(slices=1)
                continue
            progress.add(rows=len(page))
            yield page
            changes = [one[str(self.replication_key)] for one in page]
            newest = max((one for one in (*changes, newest) if one), default=None)
        if newest:
            self.after_flush(partial(self.move_bookmark, newest))
        progress.end()

    @override
    def fetch(self, request: str) -> Sequence[Row]:
        return self.listed(request)

    def _numbered(self, since: str | None) -> Iterator[Sequence[dict[str, Any]]]:
        """Yield the pages up to the first that is not full.

        Raises:
            InvalidResponse: A page brings nothing but what came before.
        """
        seen: set[object] = set()
        for number in count(1):
            page = self._page(number, since)
            keys = {one[self.primary_keys[0]] for one in page}
            if page and keys <= seen:
                msg = f"{self.name}: page {number} is one that came before"
                raise errors.InvalidResponse(msg)
            seen |= keys
            yield page
            if len(page) < self.page_size:
                return

    def _page(self, number: int, since: str | None) -> Sequence[dict[str, Any]]:
        """Return a page; only a first one may be not offered, a later one is missing."""
        query = f"pageNumber={number}&pageSize={self.page_size}"
        query += f"&{self.since_key}={quote(_milliseconds(since))}" if since else ""
        try:
            page = self._fetch_with_retry(query)
        except NOT_OFFERED as error:
            if number > 1:
                raise
            page = self.skip_unavailable(error)
        return cast("Sequence[dict[str, Any]]", page)


def _milliseconds(instant: str) -> str:
    """Print an instant as CleverTap wants it: any other ISO 8601 is refused."""
    at = datetime.fromisoformat(instant)
    at = at.astimezone(UTC) if at.tzinfo else at
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


class DateRangeStream(ListStreamBase[Slice], CheckpointedStream):
    """Requests runs of `window_days`; incremental where the stream has a replication key.

    `days_ahead` is for what is listed by a day that may be to come.
    """

    window_days: ClassVar[int]
    days_ahead: ClassVar[int] = 0

    @property
    def lookback_days(self) -> int:
        """Days before the bookmark that are requested again."""
        return self.run.settings.lookback_days

    def body(self, slice_: Slice) -> dict[str, object]:
        """Return the body of the request for a run of days."""
        return date_range(slice_.first, slice_.last)

    def window(self) -> Window:
        """Return the days to request."""
        window = run_window(self.run.settings, self.run.now)
        if self.days_ahead:
            return window.reaching_ahead(self.days_ahead)
        return replace(window, lookback_days=self.lookback_days)

    @override
    def requests(self) -> Iterator[Slice]:
        window = self.window()
        self._checkpoint = self.checkpoint(window) if self._is_incremental else None
        closed = None
        if self._checkpoint is not None:
            closed = self._checkpoint.last_closed(Partition(self.name))
        for slice_ in plan(self.name, window, closed, fixed_width(self.window_days)):
            if self._checkpoint is not None:
                self._checkpoint.expect(slice_)
            yield slice_

    @override
    def fetch(self, request: Slice) -> Sequence[Row]:
        client = self.run.client
        return self.records(client.post_and_poll(self.endpoints[0], self.body(request)))

    @override
    def on_done(self, request: Slice) -> None:
        if self._checkpoint is not None:
            self._checkpoint.close(request)

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        yield from super().pages()
        if self._checkpoint is not None and self.run.settings.end_date is not None:
            self._checkpoint.end_backfill()

    @property
    def _is_incremental(self) -> bool:
        return self.replication_method == "INCREMENTAL"
