"""Validates filters in CleverTap's query language before they are sent.

CleverTap ignores unknown parts and counts all users instead, so a typo here is an error.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tap_clevertap.config.queries.query_operators import (
    check_frequency,
    comparison,
    format_value,
    is_number,
    unknown_keys,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Check = Callable[[object, str], Iterator[str]]

FIRST_YEAR = 2000
DAY_DIGITS = 8
FARTHEST = (90, 180, 20_040)
"""Largest latitude and longitude, and half the earth's circumference in kilometres."""


def problems(filters: object, where: str) -> Iterator[str]:
    """Yield a line for each part that CleverTap would reject or ignore.

    `where` is the path of the filters in the settings, such as `count_queries[0].filters`.
    """
    yield from _members(filters, where, SECTIONS)


def _members(value: object, where: str, known: Mapping[str, Check]) -> Iterator[str]:
    """Check an object, each member with its own check."""
    if not isinstance(value, dict):
        given = format_value(value)
        yield f"{where}: {given} is not an object; expected one with {', '.join(known)}"
        return
    yield from unknown_keys(value, known, where)
    for key, member in value.items():
        if key in known:
            yield from known[key](member, f"{where}.{key}")


def _each(check: Check, what: str) -> Check:
    """Check a list and each of its elements; an empty list would filter nothing."""

    def checked(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, list) or not value:
            yield f"{where}: {format_value(value)} is not valid; expected a list of {what}"
            return
        for n, element in enumerate(value):
            yield from check(element, f"{where}[{n}]")

    return checked


def _text(value: object, where: str) -> Iterator[str]:
    if not isinstance(value, str) or not value.strip():
        yield f"{where}: {format_value(value)} is not valid; expected a string"


def _fine(_value: object, _where: str) -> Iterator[str]:
    """Accept a member that is checked together with others."""
    return iter(())


def _property(value: object, where: str) -> Iterator[str]:
    """Check `{name, operator, value}`; an omitted operator is `equals`."""
    members: dict[str, Check] = {"name": _text, "operator": _fine, "value": _fine}
    yield from _members(value, where, members)
    if not isinstance(value, dict):
        return
    if "name" not in value:
        yield f"{where}: name is missing; expected the name of a property"
    yield from comparison(value, where)


def _place(value: object, where: str) -> Iterator[str]:
    """Check `[country, region, city]`; the last ones may be missing."""
    is_row = isinstance(value, list) and 1 <= len(value) <= len(FARTHEST)
    if not is_row or not all(isinstance(one, str) and one for one in list(value)):  # type: ignore[call-overload] # checked above
        given = format_value(value)
        yield f"{where}: {given} is not valid; expected strings: [country, region, city]"


def _circle(value: object, where: str) -> Iterator[str]:
    """Check `[lat, lon, km]`."""
    numbers = value if isinstance(value, list) and all(map(is_number, value)) else []
    is_there = len(numbers) == len(FARTHEST) and all(
        abs(one) <= most for one, most in zip(numbers, FARTHEST, strict=True)
    )
    if not is_there or numbers[-1] <= 0:
        given = format_value(value)
        yield f"{where}: {given} is not valid; expected [latitude, longitude, kilometres]"


def _did(value: object, where: str) -> Iterator[str]:
    """Check a part of a user's history: an event, a date range and a frequency."""
    yield from _members(value, where, DID)
    if isinstance(value, dict):
        missing = [key for key in ("event_name", "from", "to") if key not in value]
        if missing:
            yield f"{where}: {', '.join(missing)} missing; expected the event and its date range"
        yield from _order(value, where)
        yield from check_frequency(value, where)


def _day(value: object, where: str) -> Iterator[str]:
    if as_day(value) is None:
        given = format_value(value)
        yield f"{where}: {given} is not a valid date; expected a number such as 20260131"


def as_day(value: object) -> date | None:
    """Return the date of a number `YYYYMMDD`; None for anything else."""
    if not isinstance(value, int) or len(str(value)) != DAY_DIGITS or value < FIRST_YEAR * 10_000:
        return None
    try:
        return date(value // 10_000, value // 100 % 100, value % 100)
    except ValueError:
        return None


def _order(did: Mapping[str, object], where: str) -> Iterator[str]:
    first, last = as_day(did.get("from")), as_day(did.get("to"))
    if first and last and first > last:
        yield f"{where}: from {did['from']} is after to {did['to']}; expected an earlier date"


def _any_of(value: object, where: str) -> Iterator[str]:
    """Check `did_any`, whose frequency is that of its events together."""
    members: dict[str, Check] = {"any_events": _EVENTS, "operator": _fine, "value": _fine}
    yield from _members(value, where, members)
    if isinstance(value, dict):
        if "any_events" not in value:
            yield f"{where}: any_events is missing; expected a list of events"
        yield from check_frequency(value, where)


_PROPERTIES = _each(_property, "objects with name, operator and value")
_EVENTS = _each(_did, "objects with event_name, from and to")

DID: dict[str, Check] = {
    "event_name": _text,
    "from": _day,
    "to": _day,
    "operator": _fine,
    "value": _fine,
    "event_properties": _PROPERTIES,
    "session_properties": _PROPERTIES,
}
PROFILE: dict[str, Check] = {
    **dict.fromkeys(
        ("app_fields", "profile_fields", "demographics", "technographics", "reachability"),
        _PROPERTIES,
    ),
    "geo_fields": _each(_place, "rows [country, region, city]"),
    "geo_radius": _each(_circle, "rows [latitude, longitude, kilometres]"),
}
HISTORY: dict[str, Check] = {"did_all": _EVENTS, "did_any": _any_of, "did_none": _EVENTS}
SECTIONS: dict[str, Check] = {
    "event_properties": _PROPERTIES,
    "session_properties": _PROPERTIES,
    "common_profile_properties": lambda value, where: _members(value, where, PROFILE),
    "advanced_query": lambda value, where: _members(value, where, HISTORY),
}
