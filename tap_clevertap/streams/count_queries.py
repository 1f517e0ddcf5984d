"""Stream of the counts of the setting `count_queries`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_clevertap.api.counts import count, daily_counts
from tap_clevertap.api.endpoints import EVENT_COUNT, PROFILE_COUNT, TRENDS
from tap_clevertap.extraction.slices.periods import year_slices
from tap_clevertap.streams.base.columns import integer, schema, text
from tap_clevertap.streams.base.queried import PERIOD_COLUMNS, QueryStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from tap_clevertap.config.queries.count_queries import CountQuery
    from tap_clevertap.extraction.slices.model import Slice
    from tap_clevertap.extraction.slices.window import Window
    from tap_clevertap.output.rows import Row


class CountQueriesStream(QueryStream["CountQuery"]):
    """Counts of custom queries: occurrences or distinct users of an event, by day, month or total.

    Days without the event have no row; months and totals have one with 0.
    """

    name = "count_queries"
    endpoints = (EVENT_COUNT, PROFILE_COUNT, TRENDS)
    setting = "count_queries"
    primary_keys = ("query", "period_start")
    jsonschema: ClassVar = schema(
        *PERIOD_COLUMNS,
        text("kind", "What is counted: events, or profiles (distinct users)."),
        integer("count", "The count. Profile counts of several periods cannot be added up."),
    )

    @override
    def queries(self) -> Iterable[CountQuery]:
        return self.run.settings.count_queries

    @override
    def periods(self, partition: str, window: Window, bookmark: date | None) -> Iterable[Slice]:
        """Return years for a daily query: one request returns the days of a year."""
        if self._by_name[partition].period == "day":
            return year_slices(partition, window, bookmark)
        return super().periods(partition, window, bookmark)

    @override
    def query_rows(self, query: CountQuery, period: Slice) -> Iterator[Row]:
        client, first, last = self.run.client, period.first, period.last
        if query.period != "day":
            counted = count(client, query, period.first, period.last)
            yield self.row(query, first, last) | {"kind": query.kind, "count": counted}
            return
        is_unique = query.kind == "profiles"
        by_day = daily_counts(
            client, query.event, first, last, is_unique=is_unique, filters=query.filters
        )
        for day, counted in by_day.items():
            yield self.row(query, day, day) | {"kind": query.kind, "count": counted}
