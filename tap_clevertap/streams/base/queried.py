"""Base stream of custom count queries."""

from __future__ import annotations

import difflib
from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Generic

from typing_extensions import override

from tap_clevertap import errors
from tap_clevertap.config.queries.count_queries import Query
from tap_clevertap.extraction.slices.periods import day_slices, month_slices, total_slice
from tap_clevertap.streams.base.columns import day, text
from tap_clevertap.streams.base.counted import CountStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from tap_clevertap.extraction.slices.model import Slice
    from tap_clevertap.extraction.slices.window import Window
    from tap_clevertap.output.rows import Row

CUTS = {"day": day_slices, "month": month_slices, "total": total_slice}

PERIOD_COLUMNS = (
    text("query", "Name of the query, from the settings.", required=True),
    day("period_start", "First day counted, in the account's time zone.", required=True),
    day("period_end", "Last day counted; yesterday for the current month."),
    text("period", "Period of the query: day, month or total."),
    text("event_name", "Name of the event that is counted."),
)


class QueryStream(CountStream, Generic[Query]):
    """Counts for the queries of `setting`, each with periods and a bookmark of its own."""

    setting: ClassVar[str]
    state_partitioning_keys = ("query",)
    replication_key = "period_start"

    @abstractmethod
    def queries(self) -> Iterable[Query]:
        """Return the queries of the setting."""

    @cached_property
    def _by_name(self) -> dict[str, Query]:
        return {query.name: query for query in self.queries()}

    @abstractmethod
    def query_rows(self, query: Query, period: Slice) -> Iterator[Row]:
        """Request a period and yield its records; called on any thread."""

    @override
    def partition_keys(self) -> Iterable[str]:
        return self._by_name

    @override
    def periods(self, partition_key: str, window: Window, bookmark: date | None) -> Iterable[Slice]:
        return CUTS[self._by_name[partition_key].period](partition_key, window, bookmark)

    @override
    def count(self, period: Slice) -> Sequence[Row]:
        return list(self.query_rows(self._by_name[period.event], period))

    def row(self, query: Query, first: date, last: date) -> dict[str, object]:
        """Return the columns that describe the query."""
        return {
            "query": query.name,
            "period_start": first.isoformat(),
            "period_end": last.isoformat(),
            "period": query.period,
            "event_name": query.event,
        }

    @override
    def unknown_partition_error(
        self, partition_key: str, error: errors.Refused
    ) -> errors.SettingError:
        event = self._by_name[partition_key].event
        listed = self.run.listed_events
        close = difflib.get_close_matches(event, listed, n=1) if event not in listed else []
        hint = f"; did you mean the event {close[0]!r}?" if close else ""
        return errors.SettingError(
            f"{self.setting}: the query {partition_key!r} was rejected ({error}){hint}"
        )
