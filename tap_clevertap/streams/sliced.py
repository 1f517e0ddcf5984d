"""A stream that reads an export slice by slice."""

from __future__ import annotations

import logging
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_clevertap.streams.bookmarked import BookmarkedStream
from tap_clevertap.streams.extraction import Extraction
from tap_clevertap.streams.fetching import Fetcher
from tap_clevertap.streams.preflight import chosen_events
from tap_clevertap.streams.progress import Progress
from tap_clevertap.streams.zone import check_zone
from tap_clevertap.usual import read_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_clevertap.records import EventReader
    from tap_clevertap.streams.rows import Row

logger = logging.getLogger("tap-clevertap")


class SlicedStream(BookmarkedStream):
    """Reads an export for each slice of its plan, with a bookmark for each event."""

    path: ClassVar[str]

    @abstractmethod
    def reader(self, event: str) -> EventReader:
        """Return what makes rows of that event's records."""

    @override
    def look_first(self) -> None:
        source = self.source
        self._window = source.settings.window(source.now)
        self._events = chosen_events(source)
        check_zone(source, self._window, self._events)

    @override
    def pages(self) -> Iterator[Sequence[Row]]:
        source = self.source
        progress = Progress(self.name, source.client.waits)
        has_properties = source.settings.event_profile_data
        fetcher = Fetcher(
            self.name, source, self.path, wants_properties=has_properties, read=read_page
        )
        extraction = Extraction(
            settings=source.settings,
            window=self._window,
            fetcher=fetcher,
            bookmarks=self.bookmarks(self._window),
            progress=progress,
            reader=self.reader,
            when_written=self.when_written,
            write_state=self.write_state,
        )
        try:
            yield from extraction.pages(self._events)
        finally:
            source.proofs.extend(extraction.proofs)
            progress.end()
        if fetcher.refused:
            names = ", ".join(sorted(fetcher.refused))
            logger.warning("%s: CleverTap gives out no rows of %s, only counts", self.name, names)
