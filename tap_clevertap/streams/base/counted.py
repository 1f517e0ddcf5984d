"""Base stream of counts: period by period, with a bookmark for each event or query."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_clevertap import errors, logger
from tap_clevertap.extraction.slices.model import Partition, Slice
from tap_clevertap.extraction.slices.window import run_window
from tap_clevertap.streams.base.bookmarked import BookmarkedStream
from tap_clevertap.streams.base.polled import RequestStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from tap_clevertap.extraction.slices.window import Window
    from tap_clevertap.output.rows import Row

MAX_BUFFERED_ROWS = 20_000
"""Rows that wait to be written, a day each: 8 MB."""


class CountStream(RequestStream[Slice], BookmarkedStream):
    """Requests the counts of each partition, an event or a query, for its periods.

    Only completed periods are requested; the bookmark of a partition is its last completed day.
    """

    workers_per_permit = 5  # while some wait between two polls the others can send

    @override
    def max_buffered(self, requests: Sequence[Slice]) -> int:
        longest = max(((one.last - one.first).days + 1 for one in requests), default=1)
        return max(super().max_buffered(requests), MAX_BUFFERED_ROWS // longest)

    @abstractmethod
    def partition_keys(self) -> Iterable[str]:
        """Return the names of the events or queries, each once."""

    @abstractmethod
    def periods(self, partition_key: str, window: Window, bookmark: date | None) -> Iterable[Slice]:
        """Return the periods to request, oldest first."""

    @abstractmethod
    def count(self, period: Slice) -> Sequence[Row]:
        """Request a period and return its records; called on any thread."""

    @abstractmethod
    def unknown_partition_error(
        self, partition_key: str, error: errors.Refused
    ) -> errors.SettingError | None:
        """Return the setting error for a partition unknown to CleverTap; None to skip it."""

    @override
    def prefetch(self) -> None:
        """Prefetch, except for a full-table run, which resets its bookmarks when it is synced."""
        if self.replication_method != "FULL_TABLE":
            super().prefetch()

    @override
    def requests(self) -> Iterator[Slice]:
        window = run_window(self.run.settings, self.run.now)
        self._unknown: set[str] = set()
        self._checkpoint = self.checkpoint(window)
        for key in self.partition_keys():
            closed = self._checkpoint.last_closed(Partition(key))
            for period in self.periods(key, window, closed):
                self._checkpoint.expect(period)
                yield period

    @override
    def fetch(self, request: Slice) -> Sequence[Row]:
        """Return the records of a period.

        Raises:
            SettingError: A setting names an event or property that the account does not have.
        """
        try:
            return self.count(request)
        except (errors.InvalidEvent, errors.InvalidGroup) as error:
            if wrong := self.unknown_partition_error(request.event, error):
                raise wrong from None
            what = "%s: %r is in the account's event schema but unknown to the API (%s); skipped"
            logger.warning(what, self.name, request.event, error)
            self._unknown.add(request.event)
            return []

    @override
    def on_done(self, request: Slice) -> None:
        if request.event not in self._unknown:
            self._checkpoint.close(request)

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        yield from super().pages()
        if self.run.settings.end_date is not None and not self._left:
            self._checkpoint.end_backfill()
