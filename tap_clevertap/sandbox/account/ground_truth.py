"""The ground truth of a simulated account, independent of how the API renders it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clevertap.sandbox.account.models import Event, World


def rows(world: World, name: str, first: date, last: date, now: int) -> list[dict[str, object]]:
    """Return every occurrence of an event that has arrived by `now`, one dict each.

    Keys: `ts` (fourteen local digits), `at` (epoch seconds), `object_id`, `event_props` and
    `session_props`; the last is None where the visit had none.
    """
    return [_row(world, event) for event in world.events(name, first, last, now)]


def counts(
    world: World, now: int, first: date = date.min, last: date = date.max
) -> dict[str, dict[str, int]]:
    """Return occurrences per event and account-local day `YYYYMMDD`; empty days are left out."""
    return {name: dict(_by_day(world, name, first, last, now)) for name in world.event_types}


def _by_day(world: World, name: str, first: date, last: date, now: int) -> Counter[str]:
    return Counter(_days(world, world.events(name, first, last, now)))


def _days(world: World, events: Iterator[Event]) -> Iterator[str]:
    return (world.local_day(event.at).strftime("%Y%m%d") for event in events)


def _row(world: World, event: Event) -> dict[str, object]:
    return {
        "ts": world.ts(event.at),
        "at": event.at,
        "object_id": world.people[event.person].devices[event.device].object_id,
        "event_props": event.props,
        "session_props": event.session,
    }
