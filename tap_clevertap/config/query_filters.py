"""The filters of CleverTap's query language, checked before they are sent.

CleverTap ignores what it does not know and answers for everybody, so a typo here is an error.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tap_clevertap.config.query_operators import (
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
"""Degrees north, degrees east, and kilometres to the other side of the earth."""


def problems(filters: object, where: str) -> Iterator[str]:
    """Yield a line for whatever CleverTap would not understand: where, what, and what is allowed.

    `where` names the filters, as in `count_queries[0].filters`.
    """
    yield from _members(filters, where, SECTIONS)


def _members(value: object, where: str, known: Mapping[str, Check]) -> Iterator[str]:
    """Check an object whose every member has a check of its own."""
    if not isinstance(value, dict):
        yield f"{where}: {format_value(value)} is no object; give one with {', '.join(known)}"
        return
    yield from unknown_keys(value, known, where)
    for key, member in value.items():
        if key in known:
            yield from known[key](member, f"{where}.{key}")


def _each(check: Check, what: str) -> Check:
    """Check a list by checking each of its elements; an empty one would filter nothing."""

    def checked(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, list) or not value:
            yield f"{where}: {format_value(value)} is not allowed; give a list of {what}"
            return
        for n, element in enumerate(value):
            yield from check(element, f"{where}[{n}]")

    return checked


def _text(value: object, where: str) -> Iterator[str]:
    if not isinstance(value, str) or not value.strip():
        yield f"{where}: {format_value(value)} is not allowed; give a text"


def _fine(_value: object, _where: str) -> Iterator[str]:
    """Leave a member to the check of the whole."""
    return iter(())


def _property(value: object, where: str) -> Iterator[str]:
    """Check `{name, operator, value}`; an omitted operator is `equals`."""
    members: dict[str, Check] = {"name": _text, "operator": _fine, "value": _fine}
    yield from _members(value, where, members)
    if not isinstance(value, dict):
        return
    if "name" not in value:
        yield f"{where}: name is missing; give the name of a property"
    yield from comparison(value, where)


def _place(value: object, where: str) -> Iterator[str]:
    """Check `[country, region, city]`, of which the last may be missing."""
    is_row = isinstance(value, list) and 1 <= len(value) <= len(FARTHEST)
    if not is_row or not all(isinstance(one, str) and one for one in list(value)):  # type: ignore[call-overload] # just told to be one
        yield f"{where}: {format_value(value)} is not allowed; give texts: [country, region, city]"


def _circle(value: object, where: str) -> Iterator[str]:
    """Check `[lat, lon, km]`."""
    numbers = value if isinstance(value, list) and all(map(is_number, value)) else []
    is_there = len(numbers) == len(FARTHEST) and all(
        abs(one) <= most for one, most in zip(numbers, FARTHEST, strict=True)
    )
    if not is_there or numbers[-1] <= 0:
        given = format_value(value)
        yield f"{where}: {given} is not allowed; give [latitude, longitude, kilometres]"


def _did(value: object, where: str) -> Iterator[str]:
    """Check a part of a person's history: an event, its days and how often."""
    yield from _members(value, where, DID)
    if isinstance(value, dict):
        missing = [key for key in ("event_name", "from", "to") if key not in value]
        if missing:
            yield f"{where}: {', '.join(missing)} missing; give the event and its days"
        yield from _order(value, where)
        yield from check_frequency(value, where)


def _day(value: object, where: str) -> Iterator[str]:
    if as_day(value) is None:
        yield f"{where}: {format_value(value)} is no day; give a number such as 20260131"


def as_day(value: object) -> date | None:
    """Return the day that a number `YYYYMMDD` names; None for anything else."""
    if not isinstance(value, int) or len(str(value)) != DAY_DIGITS or value < FIRST_YEAR * 10_000:
        return None
    try:
        return date(value // 10_000, value // 100 % 100, value % 100)
    except ValueError:
        return None


def _order(did: Mapping[str, object], where: str) -> Iterator[str]:
    first, last = as_day(did.get("from")), as_day(did.get("to"))
    if first and last and first > last:
        yield f"{where}: from {did['from']} is after to {did['to']}; give an earlier day"


def _any_of(value: object, where: str) -> Iterator[str]:
    """Check `did_any`, which counts its events together."""
    members: dict[str, Check] = {"any_events": _EVENTS, "operator": _fine, "value": _fine}
    yield from _members(value, where, members)
    if isinstance(value, dict):
        if "any_events" not in value:
            yield f"{where}: any_events is missing; give a list of events"
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
