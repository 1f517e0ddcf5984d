"""A stream that has CleverTap count: period by period, with a bookmark for each thing counted."""

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


class CountStream(RequestStream[Slice], BookmarkedStream):
    """Asks for each subject, an event or a query of the user's, about the periods it wants.

    Only periods that are over are asked about; the bookmark of a subject is the last day that was.
    """

    workers_per_permit = 2

    @abstractmethod
    def partition_keys(self) -> Iterable[str]:
        """Return the names of what is counted, each once."""

    @abstractmethod
    def periods(self, partition_key: str, window: Window, bookmark: date | None) -> Iterable[Slice]:
        """Return the periods to ask about, oldest first."""

    @abstractmethod
    def count(self, period: Slice) -> Sequence[Row]:
        """Ask about a period and return its records; called on any thread."""

    @abstractmethod
    def unknown_partition_error(
        self, partition_key: str, error: errors.Refused
    ) -> errors.SettingError | None:
        """Say how the user mends a subject that CleverTap does not know; None to go on without."""

    @override
    def prefetch(self) -> None:
        """Ask ahead, but not for a sweep: it forgets its bookmarks, and not before its turn."""
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
        """Count.

        Raises:
            SettingError: The user has asked for what the account does not have.
        """
        try:
            return self.count(request)
        except (errors.InvalidEvent, errors.InvalidGroup) as error:
            if wrong := self.unknown_partition_error(request.event, error):
                raise wrong from None
            logger.warning("%s: %r is listed but unknown (%s)", self.name, request.event, error)
            self._unknown.add(request.event)
            return []

    @override
    def on_done(self, request: Slice) -> None:
        if request.event not in self._unknown:
            self._checkpoint.close(request)

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        yield from super().pages()
        if self.run.settings.end_date is not None:
            self._checkpoint.end_backfill()
