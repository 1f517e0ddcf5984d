"""The two export endpoints: occurrences of an event, or the users who raised it."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar
from zlib import crc32

from tap_clevertap.sandbox.account.models import Event
from tap_clevertap.sandbox.endpoints.exports import Exports
from tap_clevertap.sandbox.http_messages import fail
from tap_clevertap.sandbox.query.filters import (
    DEFAULT_DAYS,
    event_matches,
    has_event_filters,
    has_person_filters,
    person_test,
)
from tap_clevertap.sandbox.query.request_body import (
    Period,
    RefusedError,
    read_event_name,
    read_period,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_clevertap.sandbox.account.models import JSON, World
    from tap_clevertap.sandbox.endpoints.context import Context
    from tap_clevertap.sandbox.endpoints.exports import Export
    from tap_clevertap.sandbox.endpoints.rendering import Flags, Moment

ANY_EVENT = "-1"


class EventExports(Exports[Event]):
    """Get Events."""

    path: ClassVar[str] = "/1/events.json"

    def __init__(self) -> None:
        super().__init__()
        self._shards: dict[tuple[int, int], int] = {}

    def select(self, context: Context, query: JSON) -> list[Event]:
        """Return the occurrences that have arrived."""
        name = _exportable(context.world, read_event_name(context.world, query))
        period = read_period(query)
        return list(_occurrences(context, name, period, query))

    def note_opening(self, context: Context, query: JSON) -> None:
        """Remember the event and the days."""
        period = read_period(query)
        name = read_event_name(context.world, query)
        context.request_log.opened(name, _digits(period.first), _digits(period.last))

    def shard(self, context: Context, record: Event) -> int:
        """Return the shard of the device."""
        key = record.person, record.device
        shard = self._shards.get(key)
        if shard is None:
            device = context.world.people[record.person].devices[record.device]
            shard = crc32(device.object_id.encode()) % context.behaviour.shards
            self._shards[key] = shard
        return shard

    def print(
        self, context: Context, records: list[Event], flags: Flags, moment: Moment
    ) -> list[bytes]:
        """Return the records of Get Events."""
        return context.renderer.events(records, flags, moment)

    def note(self, context: Context, export: Export[Event], records: Iterable[Event]) -> None:
        """Count the records by day."""
        context.request_log.served(export.partition, Counter(map(context.renderer.day, records)))

    def is_expired(self, context: Context, export: Export[Event]) -> bool:
        """Tell whether four hours have passed, or one without use."""
        now, behaviour = context.now(), context.behaviour
        return (
            now - export.opened > behaviour.cursor_life or now - export.used > behaviour.cursor_idle
        )


class ProfileExports(Exports[int]):
    """Get User Profiles; a record is the number of a person."""

    path: ClassVar[str] = "/1/profiles.json"

    def select(self, context: Context, query: JSON) -> list[int]:
        """Return who did the event, each once."""
        names, period = _activity(context, query)
        people = dict.fromkeys(
            event.person for name in names for event in _occurrences(context, name, period, query)
        )
        return list(people)

    def shard(self, context: Context, record: int) -> int:
        """Return the shard of the person's first device."""
        object_id = context.world.people[record].devices[0].object_id
        return crc32(object_id.encode()) % context.behaviour.shards

    def print(
        self, context: Context, records: list[int], flags: Flags, moment: Moment
    ) -> list[bytes]:
        """Return the records of Get User Profiles."""
        return context.renderer.people(records, flags, moment)

    def note(self, context: Context, export: Export[int], records: Iterable[int]) -> None:
        """Count the profiles."""
        context.request_log.served_profiles(export.partition, len(list(records)))

    def is_expired(self, context: Context, export: Export[int]) -> bool:
        """Tell whether four days have passed."""
        return context.now() - export.opened > context.behaviour.profile_cursor_life


def _activity(context: Context, query: JSON) -> tuple[list[str], Period]:
    """Return which events make somebody part of a profile export, and on which days.

    Without an event name the filters of people are asked about everybody of the past year.
    """
    name = query.get("event_name")
    if (name is None or name == ANY_EVENT) and has_person_filters(query):
        today = context.world.local_day(context.now())
        year = Period(today - timedelta(days=DEFAULT_DAYS), today)
        return list(context.world.event_types), read_period(query) if "from" in query else year
    known = _exportable(context.world, read_event_name(context.world, query))
    return [known], read_period(query)


def _occurrences(context: Context, name: str, period: Period, query: JSON) -> Iterator[Event]:
    events = context.world.events(name, period.first, period.last, context.now())
    if has_event_filters(query):
        zone = context.world.zone
        events = (event for event in events if event_matches(query, event, zone))
    if has_person_filters(query):
        is_wanted = person_test(context.world, context.now(), query)
        events = (event for event in events if is_wanted(event.person))
    return events


def _exportable(world: World, name: str) -> str:
    if not world.event_types[name].is_exportable:
        raise RefusedError(fail("Export not allowed for this event", 400, 400))
    return name


def _digits(day: date) -> int:
    return int(f"{day:%Y%m%d}")
