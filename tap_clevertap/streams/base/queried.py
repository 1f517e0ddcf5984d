"""The user's own questions, counted by CleverTap."""

from __future__ import annotations

import difflib
from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from singer_sdk import typing as th
from typing_extensions import override

from tap_clevertap import errors
from tap_clevertap.api.counting import count
from tap_clevertap.api.counts import daily_counts
from tap_clevertap.config.count_queries import Query
from tap_clevertap.extraction import periods
from tap_clevertap.streams.base.counted import CountedStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from tap_clevertap.config.count_queries import CountQuery
    from tap_clevertap.extraction.slices import Slice, Window
    from tap_clevertap.output.rows import Row

CUTS = {"day": periods.days, "month": periods.months, "total": periods.total}
MOST = 2**62

# One column, one line or two.
# fmt: off
PERIOD_COLUMNS: tuple[th.Property[Any], ...] = (
    th.Property(
        "query", th.StringType, required=True, description="The name that you gave the question."
    ),
    th.Property(
        "period_start",
        th.DateType,
        required=True,
        description="First day counted, in the account's time zone.",
    ),
    th.Property(
        "period_end",
        th.DateType,
        description="Last day counted; of the present month yesterday.",
    ),
    th.Property("period", th.StringType, description="day, month or total."),
    th.Property("event_name", th.StringType, description="The event that was asked about."),
)
# fmt: on


class QueriedStream(CountedStream, Generic[Query]):
    """Counts for the queries of `setting`, each with its own periods and bookmark."""

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
    def ask(self, query: Query, period: Slice) -> Iterator[Row]:
        """Ask about a period and yield its records; called on any thread."""

    @override
    def subjects(self) -> Iterable[str]:
        return self._by_name

    @override
    def periods(self, subject: str, window: Window, bookmark: date | None) -> Iterable[Slice]:
        return CUTS[self._by_name[subject].period](subject, window, bookmark)

    @override
    def count(self, period: Slice) -> Sequence[Row]:
        return list(self.ask(self._by_name[period.event], period))

    def row(self, query: Query, first: date, last: date) -> dict[str, object]:
        """Return the columns that say what was asked."""
        return {
            "query": query.name,
            "period_start": first.isoformat(),
            "period_end": last.isoformat(),
            "period": query.period,
            "event_name": query.event,
        }

    @override
    def unknown(self, subject: str, error: errors.Refused) -> errors.SettingError:
        event = self._by_name[subject].event
        listed = self.source.listed_events
        close = difflib.get_close_matches(event, listed, n=1) if event not in listed else []
        hint = f"; did you mean the event {close[0]!r}?" if close else ""
        return errors.SettingError(f"{self.setting}: {subject!r} cannot be asked ({error}){hint}")


class CountQueriesStream(QueriedStream["CountQuery"]):
    """Event Count, Profile Count and Trends: your own questions, counted by CleverTap.

    Days without the event have no row; months and totals have one with 0.
    """

    name = "count_queries"
    setting = "count_queries"
    primary_keys = ("query", "period_start")
    jsonschema: ClassVar = th.PropertiesList(
        *PERIOD_COLUMNS,
        th.Property(
            "kind", th.StringType, description="What is counted: events, or profiles (people)."
        ),
        th.Property(
            "count",
            th.IntegerType(maximum=MOST),
            description="How many. The people of several periods cannot be added up.",
        ),
    ).to_dict()

    @override
    def queries(self) -> Iterable[CountQuery]:
        return self.source.settings.count_queries

    @override
    def periods(self, subject: str, window: Window, bookmark: date | None) -> Iterable[Slice]:
        """Ask for the days of a year at once."""
        if self._by_name[subject].period == "day":
            return periods.years(subject, window, bookmark)
        return super().periods(subject, window, bookmark)

    @override
    def ask(self, query: CountQuery, period: Slice) -> Iterator[Row]:
        client, first, last = self.source.client, period.first, period.last
        if query.period != "day":
            counted = count(client, query, period)
            yield self.row(query, first, last) | {"kind": query.kind, "count": counted}
            return
        is_unique = query.kind == "profiles"
        by_day = daily_counts(
            client, query.event, first, last, is_unique=is_unique, filters=query.filters
        )
        for day, counted in by_day.items():
            yield self.row(query, day, day) | {"kind": query.kind, "count": counted}
