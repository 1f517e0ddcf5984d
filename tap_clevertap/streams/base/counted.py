"""A stream that has CleverTap count: period by period, with a bookmark for each thing counted."""

from __future__ import annotations

import logging
from abc import abstractmethod
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_clevertap import errors
from tap_clevertap.extraction.slices import ClosingOrder, Slice, run_window
from tap_clevertap.streams.base.bookmarked import BookmarkedStream
from tap_clevertap.streams.base.polled import AskedStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from tap_clevertap.extraction.slices import Window
    from tap_clevertap.output.rows import Row

logger = logging.getLogger("tap-clevertap")


class CountedStream(AskedStream[Slice], BookmarkedStream):
    """Asks for each subject, an event or a query of the user's, about the periods it wants.

    Only periods that are over are asked about; the bookmark of a subject is the last day that was.
    """

    lanes_a_permit = 2

    @abstractmethod
    def subjects(self) -> Iterable[str]:
        """Return the names of what is counted, each once."""

    @abstractmethod
    def periods(self, subject: str, window: Window, bookmark: date | None) -> Iterable[Slice]:
        """Return the periods to ask about, oldest first."""

    @abstractmethod
    def count(self, period: Slice) -> Sequence[Row]:
        """Ask about a period and return its records; called on any thread."""

    @abstractmethod
    def unknown(self, subject: str, error: errors.Refused) -> errors.SettingError | None:
        """Say how the user mends a subject that CleverTap does not know; None to go on without."""

    @override
    def ask_ahead(self) -> None:
        """Ask ahead, but not for a sweep: it forgets its bookmarks, and not before its turn."""
        if self.replication_method != "FULL_TABLE":
            super().ask_ahead()

    @override
    def questions(self) -> Iterator[Slice]:
        window = run_window(self.source.settings, self.source.now)
        self._order = ClosingOrder()
        self._unknown: set[str] = set()
        self._bookmarks = self.bookmarks(window)
        for subject in self.subjects():
            for period in self.periods(subject, window, self._bookmarks.last_closed(subject)):
                self._order.expect(period)
                yield period

    @override
    def answer(self, question: Slice) -> Sequence[Row]:
        """Count.

        Raises:
            SettingError: The user has asked for what the account does not have.
        """
        try:
            return self.count(question)
        except (errors.InvalidEvent, errors.InvalidGroup) as error:
            if wrong := self.unknown(question.event, error):
                raise wrong from None
            logger.warning("%s: %r is listed but unknown (%s)", self.name, question.event, error)
            self._unknown.add(question.event)
            return []

    @override
    def close(self, question: Slice) -> None:
        closed = self._order.finish(question)
        if closed is not None and question.event not in self._unknown:
            self._bookmarks.move(question.event, closed)
            self.write_state()

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        yield from super().pages()
        if self.source.settings.end_date is not None:
            self.when_written(self._end_backfill)

    def _end_backfill(self) -> None:
        self._bookmarks.end_backfill()
        self.write_state()
