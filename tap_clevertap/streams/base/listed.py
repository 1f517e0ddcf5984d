"""A stream whose records are objects that answers list under a key."""

from __future__ import annotations

import logging
from abc import abstractmethod
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast
from urllib.parse import quote

from typing_extensions import override

from tap_clevertap import errors
from tap_clevertap.api.endpoints import date_range
from tap_clevertap.extraction.progress import Progress
from tap_clevertap.extraction.slices import Slice
from tap_clevertap.extraction.worker_pool import Finished, in_parallel
from tap_clevertap.records.field_reader import Fields, objects
from tap_clevertap.streams.base.polled import AskedStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tap_clevertap.output.rows import Row

logger = logging.getLogger("tap-clevertap")

Question = TypeVar("Question")

NOT_OFFERED = (errors.FeatureDisabled, errors.Forbidden, errors.NotFound)


class ListedStream(AskedStream[Question]):
    """Makes a record of each object that the answers list under `list_key`."""

    path: ClassVar[str]
    list_key: ClassVar[str]

    @abstractmethod
    def record(self, fields: Fields) -> Row:
        """Return the record of an object."""

    def records(self, answer: Mapping[str, Any]) -> Sequence[Row]:
        """Return the records of an answer.

        Raises:
            BrokenAnswer: The answer is of another shape.
        """
        return [self.record(Fields(one)) for one in objects(answer, self.list_key)]

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
        is_bounded = self.source.settings.end_date is not None
        return self.replication_method == "INCREMENTAL" and not is_bounded


class CatalogueStream(ListedStream[str]):
    """Gets a whole list at once; `query` goes on the wire as it is.

    An account that CleverTap does not offer the list to has no records, with a warning.
    """

    query: ClassVar[str] = ""

    @override
    def questions(self) -> Iterable[str]:
        return [self.query]

    @override
    def answer(self, question: str) -> Sequence[Row]:
        try:
            return self.listed(question)
        except NOT_OFFERED as error:
            return self.not_offered(error)

    def listed(self, query: str) -> Sequence[Row]:
        """Return the records of a list.

        Raises:
            ClevertapError: There is no list.
        """
        return self.records(self.source.client.get(self.path, query))

    def not_offered(self, error: errors.ClevertapError) -> Sequence[Row]:
        """Say so, and return no records."""
        logger.warning("%s: skipped, CleverTap does not offer it here (%s)", self.name, error)
        return []


class PagedStream(CatalogueStream):
    """Gets a list page by page; only what changed since the bookmark where the run is incremental.

    The bookmark is the latest change seen, moved when the last page is written; a bounded
    back-fill leaves it alone and reads the whole list.
    """

    since_key: ClassVar[str]
    """Name of the query's field for the earliest change wanted."""
    page_size: ClassVar[int] = 100
    asks_ahead = False

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        progress = Progress(self.name, self.source.client.waits)
        progress.planned = 1
        newest = self.bookmark
        for _, page in in_parallel([newest], self._numbered, lanes=1, on_idle=progress.wait):
            if isinstance(page, Finished):
                progress.add(slices=1)
                continue
            progress.add(rows=len(page))
            yield page
            changes = [one[str(self.replication_key)] for one in page]
            newest = max((one for one in (*changes, newest) if one), default=None)
        if newest:
            self.when_written(partial(self.move_bookmark, newest))
        progress.end()

    @override
    def answer(self, question: str) -> Sequence[Row]:
        return self.listed(question)

    def _numbered(self, since: str | None) -> Iterator[Sequence[dict[str, Any]]]:
        """Yield the pages up to the first that is not full.

        Raises:
            BrokenAnswer: A page brings nothing but what came before.
        """
        seen: set[object] = set()
        for number in count(1):
            page = self._page(number, since)
            keys = {one[self.primary_keys[0]] for one in page}
            if page and keys <= seen:
                msg = f"{self.name}: page {number} is one that came before"
                raise errors.BrokenAnswer(msg)
            seen |= keys
            yield page
            if len(page) < self.page_size:
                return

    def _page(self, number: int, since: str | None) -> Sequence[dict[str, Any]]:
        """Return a page; only a first one may be not offered, a later one is missing."""
        query = f"pageNumber={number}&pageSize={self.page_size}"
        query += f"&{self.since_key}={quote(_milliseconds(since))}" if since else ""
        try:
            page = self._answered(query)
        except NOT_OFFERED as error:
            if number > 1:
                raise
            page = self.not_offered(error)
        return cast("Sequence[dict[str, Any]]", page)


def _milliseconds(instant: str) -> str:
    """Print an instant as CleverTap wants it: any other ISO 8601 is refused."""
    at = datetime.fromisoformat(instant)
    at = at.astimezone(UTC) if at.tzinfo else at
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


class DatedStream(ListedStream[Slice]):
    """Asks for runs of days."""

    def body(self, piece: Slice) -> dict[str, object]:
        """Return the question about a run of days."""
        return date_range(piece.first, piece.last)

    @override
    def answer(self, question: Slice) -> Sequence[Row]:
        return self.records(self.source.client.ask(self.path, self.body(question)))
