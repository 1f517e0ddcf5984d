"""Stream of CleverTap's own daily counts of every event."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_clevertap.api.counts import daily_counts
from tap_clevertap.api.endpoints import TRENDS
from tap_clevertap.errors import SettingError
from tap_clevertap.extraction.slices.periods import year_slices
from tap_clevertap.streams.base.columns import EVENT_NAME, day, integer, schema
from tap_clevertap.streams.base.counted import CountStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from tap_clevertap.errors import Refused
    from tap_clevertap.extraction.slices.model import Slice
    from tap_clevertap.extraction.slices.window import Window
    from tap_clevertap.output.rows import Row


class EventCountsStream(CountStream):
    """CleverTap's daily counts of each event: occurrences and distinct users.

    Includes events that CleverTap does not export. Days without the event have no row.
    """

    name = "event_counts"
    endpoints = (TRENDS,)
    primary_keys = ("event_name", "date")
    replication_key = "date"
    jsonschema: ClassVar = schema(
        EVENT_NAME,
        day("date", "Date in the account's time zone.", required=True),
        integer("events", "Number of times the event occurred on the day."),
        integer("users", "Number of distinct users. Those of several days cannot be added up."),
    )

    @cached_property
    def _events(self) -> list[str]:
        return self.run.chosen_events

    @override
    def prepare(self) -> None:
        self._events  # noqa: B018 - evaluated to raise SettingError early

    @override
    def partition_keys(self) -> Iterable[str]:
        return self._events

    @override
    def periods(self, partition_key: str, window: Window, bookmark: date | None) -> Iterable[Slice]:
        return year_slices(partition_key, window, bookmark)

    @override
    def count(self, period: Slice) -> Sequence[Row]:
        # First what nobody else asks for: the slices of events want the totals too, and sooner.
        asked = period.event, period.first, period.last
        users = daily_counts(self.run.client, *asked, is_unique=True, is_urgent=False)
        events = self.run.totals.by_day(*asked)
        return [
            {
                "event_name": period.event,
                "date": day.isoformat(),
                "events": events.get(day),
                "users": users.get(day),
            }
            for day in sorted(events.keys() | users.keys())
        ]

    @override
    def unknown_partition_error(self, partition_key: str, error: Refused) -> SettingError | None:
        if partition_key not in self.run.settings.events:
            return None
        return SettingError(f"events: {partition_key!r} is not an event of the account ({error})")
