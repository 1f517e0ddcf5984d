"""Base streams of lists: whole lists, paginated lists, and lists by date range."""

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
from tap_clevertap.extraction.slices.model import Partition, Slice
from tap_clevertap.extraction.slices.planning import fixed_width, plan
from tap_clevertap.extraction.slices.window import run_window
from tap_clevertap.extraction.worker_pool import JobDone, in_parallel
from tap_clevertap.records.field_reader import read_entries
from tap_clevertap.streams.base.bookmarked import CheckpointedStream
from tap_clevertap.streams.base.polled import RequestStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tap_clevertap.extraction.slices.window import Window
    from tap_clevertap.output.rows import Row
    from tap_clevertap.records.field_reader import FieldReader


RequestT = TypeVar("RequestT")

NOT_OFFERED = (errors.FeatureDisabled, errors.Forbidden, errors.NotFound)


def warn_of_skipped(where: str, key: str, skipped: int) -> None:
    """Log how many entries of a list lack a name or id, if any do."""
    if skipped:
        logger.warning("%s: skipped %d entries of %r without a name or id", where, skipped, key)


class ListStreamBase(RequestStream[RequestT]):
    """A stream whose records are the objects that responses list under `list_key`."""

    list_key: ClassVar[str]

    @abstractmethod
    def record(self, fields: FieldReader) -> Row:
        """Return the record of an object."""

    def records(self, fetch: Mapping[str, Any]) -> Sequence[Row]:
        """Return the records of a response.

        Raises:
            InvalidResponse: The response does not have the expected shape.
        """
        rows, skipped = read_entries(fetch, self.list_key, self.record)
        warn_of_skipped(f"{self.name}, {self.endpoints[0].path}", self.list_key, skipped)
        return rows

    @property
    def bookmark(self) -> str | None:
        """The time up to which earlier runs have read; None if there is none.

        Raises:
            SettingError: The bookmark in the state is not a valid time.
        """
        value = self.stream_state.get("replication_key_value") if self._is_live else None
        if not value:
            return None
        try:
            datetime.fromisoformat(value)
        except (TypeError, ValueError):
            msg = f"state: the bookmark of {self.name}, {value!r}, is not valid; expected ISO 8601"
            raise errors.SettingError(msg) from None
        if self._is_future(str(value)):
            logger.warning(
                "state: the bookmark of %s is %s, in the future; reading everything again",
                self.name,
                value,
            )
            return None
        return str(value)

    def move_bookmark(self, value: str) -> None:
        """Set the bookmark; it never moves back."""
        if self._is_live and value > (self.bookmark or ""):
            mark = {"replication_key": self.replication_key, "replication_key_value": value}
            self.stream_state.update(mark)

    def _is_future(self, value: str) -> bool:
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)) > self.run.now

    @property
    def _is_live(self) -> bool:
        """Whether the bookmark is used: a bounded backfill ignores it."""
        is_bounded = self.run.settings.end_date is not None
        return self.replication_method == "INCREMENTAL" and not is_bounded


class ListStream(ListStreamBase[str]):
    """Requests a whole list at once; `query` is sent unchanged.

    If the list is not available to the account, there are no records, with a warning.
    """

    query: ClassVar[str] = ""

    @override
    def requests(self) -> Iterable[str]:
        return [self.query]

    @override
    def fetch(self, request: str) -> Sequence[Row]:
        try:
            return self.listed(request)
        except errors.NothingFound:
            return []
        except NOT_OFFERED as error:
            return self.skip_unavailable(error)

    def listed(self, query: str) -> Sequence[Row]:
        """Return the records of a list.

        Raises:
            ClevertapError: The list cannot be read.
        """
        return self.records(self.run.client.get(self.endpoints[0], query))

    def skip_unavailable(self, error: errors.ClevertapError) -> Sequence[Row]:
        """Log a warning, and return no records."""
        logger.warning("%s: not available to this account, skipped (%s)", self.name, error)
        return []


class PaginatedListStream(ListStream):
    """Requests a list page by page; in an incremental run only changes since the bookmark.

    The bookmark is the latest change read, moved when the last page is written. A bounded backfill
    ignores it and reads the whole list.
    """

    since_key: ClassVar[str]
    """The query parameter for the earliest change to return."""
    page_size: ClassVar[int] = 100
    _total: int | None = None
    prefetches = False

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        progress = self.run.progress(self.name)
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
            # A change dated in the future would hide all changes up to then.
            newest = min(newest, self.run.now.isoformat(), key=datetime.fromisoformat)
            self.after_flush(partial(self.move_bookmark, newest))
        progress.end()

    @override
    def fetch(self, request: str) -> Sequence[Row]:
        return self.listed(request)

    @override
    def records(self, fetch: Mapping[str, Any]) -> Sequence[Row]:
        self._listed = len(fetch.get(self.list_key) or ())  # entries that are skipped too
        total = fetch.get("total")
        self._total = total if isinstance(total, int) else None
        return super().records(fetch)

    def _numbered(self, since: str | None) -> Iterator[Sequence[dict[str, Any]]]:
        """Yield the pages up to the total that the list states, or to the first that is not full.

        Raises:
            InvalidResponse: A page has only records of earlier pages, or records are missing.
        """
        seen: set[object] = set()
        listed = 0
        for number in count(1):
            page = self._page(number, since)
            keys = {one[self.primary_keys[0]] for one in page}
            if page and keys <= seen:
                msg = f"{self.name}: page {number} repeats an earlier page"
                raise errors.InvalidResponse(msg)
            seen |= keys
            listed += self._listed
            yield page
            total = self._total
            if total is None:
                is_last = self._listed < self.page_size
            else:
                is_last = listed >= total or not self._listed
            if is_last and total is not None and listed < total:
                msg = f"{self.name}: {listed:,} records listed, total {total:,}"
                raise errors.InvalidResponse(msg)
            if is_last:
                return

    def _page(self, number: int, since: str | None) -> Sequence[dict[str, Any]]:
        """Return a page; if the first is not available it is empty, a later one has to be there."""
        query = f"pageNumber={number}&pageSize={self.page_size}"
        query += f"&{self.since_key}={quote(_milliseconds(since))}" if since else ""
        self._listed = 0
        try:
            page = self._fetch_with_retry(query)
        except errors.NothingFound:
            page = []
        except NOT_OFFERED as error:
            if number > 1:
                raise
            page = self.skip_unavailable(error)
        return cast("Sequence[dict[str, Any]]", page)


def _milliseconds(instant: str) -> str:
    """Return an instant in the only form of ISO 8601 that CleverTap accepts."""
    at = datetime.fromisoformat(instant)
    at = at.astimezone(UTC) if at.tzinfo else at
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


class DateRangeStream(ListStreamBase[Slice], CheckpointedStream):
    """Requests date ranges of `window_days`; incremental if the stream has a replication key.

    `days_ahead` extends the range into the future.
    """

    window_days: ClassVar[int]
    days_ahead: ClassVar[int] = 0

    @property
    def lookback_days(self) -> int:
        """Number of days before the bookmark that are requested again."""
        return self.run.settings.lookback_days

    def body(self, slice_: Slice) -> dict[str, object]:
        """Return the body of the request for a date range."""
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
        answer = self.run.client.post_and_poll(self.endpoints[0], self.body(request))
        self.check_total(request, answer)
        return self.records(answer)

    def check_total(self, slice_: Slice, answer: Mapping[str, Any]) -> None:
        """Log a warning where a response has fewer entries than its `total_results` says."""
        total, listed = answer.get("total_results"), answer.get(self.list_key)
        number = len(listed) if isinstance(listed, list) else 0
        if isinstance(total, int) and total > number:
            logger.warning(
                "%s: %s to %s: the response has %d of %d entries; the others are missing",
                self.name,
                slice_.first,
                slice_.last,
                number,
                total,
            )

    @override
    def on_done(self, request: Slice) -> None:
        if self._checkpoint is not None:
            self._checkpoint.close(request)

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        yield from super().pages()
        is_bounded = self.run.settings.end_date is not None
        if self._checkpoint is not None and is_bounded and not self._left:
            self._checkpoint.end_backfill()

    @property
    def _is_incremental(self) -> bool:
        return self.replication_method == "INCREMENTAL"
