"""Selects the events of a count query, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.query.filters import (
    event_test,
    has_event_filters,
    has_person_filters,
    person_test,
)
from tap_clevertap.sandbox.query.request_body import Period, read_event_name, read_period

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from tap_clevertap.sandbox.account.models import Event, World


@dataclass(frozen=True, slots=True)
class Selection:
    """What has arrived by `now` of one event in a period, as far as the query's filters let it."""

    world: World
    now: int
    name: str
    period: Period
    query: Mapping[str, object]

    def counts(self) -> dict[date, int]:
        """Return how many events each day has; a year of millions costs a look at each day."""
        if any(self._tests()):
            return {day: len(events) for day, events in self.by_day()}
        return {day: self.world.count(self.name, day, self.now) for day in self._days()}

    def by_day(self) -> Iterator[tuple[date, list[Event]]]:
        """Yield each day that may have events, in order, with those that match."""
        tests = list(self._tests())
        for day in self._days():
            events = self.world.events(self.name, day, day, self.now)
            yield day, [event for event in events if all(test(event) for test in tests)]

    def events(self) -> Iterator[Event]:
        """Yield all that matches, day after day."""
        for _, events in self.by_day():
            yield from events

    def _tests(self) -> Iterator[Callable[[Event], bool]]:
        if has_event_filters(self.query):
            yield event_test(self.query, self.world.zone)
        if has_person_filters(self.query):
            is_wanted = person_test(self.world, self.now, self.query)
            yield lambda event: is_wanted(event.person)

    def _days(self) -> Iterator[date]:
        return (day for day in self.world.days(self.name) if day in self.period)


def read_selection(world: World, now: int, body: Mapping[str, object]) -> Selection:
    """Return what a body asks about.

    Raises:
        RefusedError: The event or the dates are missing or wrong.
    """
    return Selection(world, now, read_event_name(world, body), read_period(body), body)
