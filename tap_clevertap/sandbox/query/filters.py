"""CleverTap's query language: which events and which people a query selects.

What the language does not know is ignored without a word, as at CleverTap: a
misspelt section or operator widens a query.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.query.geo import is_in_places, is_near
from tap_clevertap.sandbox.query.operators import holds
from tap_clevertap.sandbox.query.property_values import PERSONAL, event_values, person_values
from tap_clevertap.sandbox.query.request_body import read_day

if TYPE_CHECKING:
    from datetime import tzinfo

    from tap_clevertap.sandbox.account.models import Event, Person, World

Query = Mapping[str, object]
EventTest = Callable[["Event"], bool]
PersonTest = Callable[[int], bool]

DEFAULT_DAYS = 365
"""How far back a query looks that names no days."""

EVENT_SECTIONS = ("event_properties", "session_properties")
PERSON_SECTIONS = ("common_profile_properties", "advanced_query")


def event_matches(query: Query, event: Event, zone: tzinfo) -> bool:
    """Tell whether an event has the asked event and session properties.

    For many events ask `event_test` once: it reads the query once.
    """
    return event_test(query, zone)(event)


def event_test(query: Query, zone: tzinfo) -> EventTest:
    """Return `event_matches` for one query, to be asked about many events."""
    tests = [
        _property_test(triple, section, zone)
        for section in EVENT_SECTIONS
        for triple in _objects(query.get(section))
        if isinstance(triple.get("name"), str)
    ]
    return lambda event: all(test(event) for test in tests)


def person_matches(world: World, now: int, query: Query, person_index: int) -> bool:
    """Tell whether a person has the asked profile and the asked history.

    For many people ask `person_test` once: it reads the history once.
    """
    return person_test(world, now, query)(person_index)


def person_test(world: World, now: int, query: Query) -> PersonTest:
    """Return `person_matches` for one query, to be asked about many people."""
    profile = query.get("common_profile_properties")
    wanted = profile if isinstance(profile, Mapping) else {}
    did = list(_history_tests(world, now, query.get("advanced_query")))

    @cache
    def is_wanted(index: int) -> bool:
        person = world.people[index]
        return _profile_matches(wanted, person, now) and all(test(index) for test in did)

    return is_wanted


def has_event_filters(query: Query) -> bool:
    """Tell whether a query selects among the events of its name."""
    return any(query.get(section) for section in EVENT_SECTIONS)


def has_person_filters(query: Query) -> bool:
    """Tell whether a query selects among people."""
    return any(query.get(section) for section in PERSON_SECTIONS)


def _objects(value: object) -> Iterator[Query]:
    if isinstance(value, list):
        yield from (part for part in value if isinstance(part, Mapping))


def _property_test(triple: Query, section: str, zone: tzinfo) -> EventTest:
    name = str(triple["name"])
    if section == "session_properties" and name == "time_of_day":
        return lambda event: _is_within_hours(triple.get("value"), event, zone)
    return lambda event: holds(triple, event_values(event, section, name))


def _is_within_hours(value: object, event: Event, zone: tzinfo) -> bool:
    match value:
        case [str(first), str(last)]:
            return first <= datetime.fromtimestamp(event.at, zone).strftime("%H:%M") <= last
        case _:
            return True


def _profile_matches(wanted: Query, person: Person, now: int) -> bool:
    return (
        all(
            _person_holds(triple, section, person, now)
            for section in PERSONAL
            for triple in _objects(wanted.get(section))
        )
        and is_in_places(wanted.get("geo_fields"), person, now)
        and is_near(wanted.get("geo_radius"), person, now)
    )


def _person_holds(triple: Query, section: str, person: Person, now: int) -> bool:
    name = triple.get("name")
    return not isinstance(name, str) or holds(triple, person_values(person, now, section, name))


def _history_tests(world: World, now: int, query: object) -> Iterator[PersonTest]:
    if not isinstance(query, Mapping):
        return
    for did in _objects(query.get("did_all")):
        yield _done(_times(world, now, did), did)
    some = query.get("did_any")
    if isinstance(some, Mapping):
        times = (_times(world, now, did) for did in _objects(some.get("any_events")))
        yield _done(sum(times, Counter[int]()), some)
    for did in _objects(query.get("did_none")):
        yield _never_done(_times(world, now, did))


def _done(times: Counter[int], frequency: Query) -> PersonTest:
    if "value" not in frequency:
        return lambda person: times[person] > 0
    return lambda person: holds(frequency, [times[person]])


def _never_done(times: Counter[int]) -> PersonTest:
    return lambda person: times[person] == 0


def _times(world: World, now: int, did: Query) -> Counter[int]:
    """Count how often each person did what a part of a query describes."""
    name = did.get("event_name")
    first, last = _days(world, now, did)
    events = world.events(name, first, last, now) if isinstance(name, str) else iter(())
    return Counter(event.person for event in filter(event_test(did, world.zone), events))


def _days(world: World, now: int, did: Query) -> tuple[date, date]:
    today = world.local_day(now)
    first = read_day(did.get("from")) or today - timedelta(days=DEFAULT_DAYS)
    return first, read_day(did.get("to")) or today
