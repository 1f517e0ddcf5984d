"""Top property counts: the most, or least, frequent values of a property."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.http_messages import Reply
from tap_clevertap.sandbox.query.filters import EVENT_SECTIONS
from tap_clevertap.sandbox.query.operators import is_number
from tap_clevertap.sandbox.query.property_values import PERSONAL, event_values, person_values
from tap_clevertap.sandbox.query.request_body import (
    Period,
    read_groups,
    read_object,
    refusable,
    refuse_group,
)
from tap_clevertap.sandbox.query.selection import Selection, read_selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_clevertap.sandbox.account.models import JSON, Event, World
    from tap_clevertap.sandbox.http_messages import Request

    Values = Callable[[Event], list[object]]

DEFAULT_TOP = 10
MOST_TOP = 100
RANGE = 100
"""Numbers are counted in ranges of this width, from the lower end inclusive."""

ALL_TIME = Period(date.min, date.max)


@refusable
def top_properties(world: World, now: int, request: Request) -> Reply:
    """Answer `/1/counts/top.json`: per group and data type, how many events have which value.

    `top_n` counts within each data type. A property that the account has never
    seen is an invalid group; one that is only absent from these days is an empty one.
    """
    body = read_object(request)
    selection = read_selection(world, now, body)
    groups = read_groups(body)
    return Reply({"status": "success"} | {key: _top(selection, key, groups[key]) for key in groups})


def label(value: object) -> tuple[str, str]:
    """Return the data type, `NUMBER` or `STR`, and the range or text that a value counts under."""
    if isinstance(value, int | float) and is_number(value):
        low = int(value // RANGE) * RANGE
        return "NUMBER", f"{low}-{low + RANGE}"
    return "STR", str(value).lower() if isinstance(value, bool) else str(value)


def _top(selection: Selection, key: str, group: JSON) -> JSON:
    values = _read_values(selection, key, group)
    most = _read_most(key, group)
    is_rising = _read_order(key, group) == "asc"
    counts = Counter(label(value) for event in selection.events() for value in values(event))
    if not counts and not _is_known(selection, values):
        refuse_group(key)
    return {
        kind: dict(_ranked(counts, kind, is_rising=is_rising)[:most])
        for kind in sorted({kind for kind, _ in counts})
    }


def _read_values(selection: Selection, key: str, group: JSON) -> Values:
    section, name = group.get("property_type"), group.get("name")
    if not isinstance(section, str) or not isinstance(name, str):
        refuse_group(key)
    if section in EVENT_SECTIONS:
        return lambda event: event_values(event, section, name)
    if section not in PERSONAL:
        refuse_group(key)

    @cache
    def of_person(index: int) -> list[object]:
        return person_values(selection.world.people[index], selection.now, section, name)

    return lambda event: of_person(event.person)


def _read_most(key: str, group: JSON) -> int:
    most = group.get("top_n", DEFAULT_TOP)
    if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= MOST_TOP:
        refuse_group(key)
    return most


def _read_order(key: str, group: JSON) -> object:
    order = group.get("order", "desc")
    if order not in ("asc", "desc"):
        refuse_group(key)
    return order


def _is_known(selection: Selection, values: Values) -> bool:
    ever = replace(selection, period=ALL_TIME, query={})
    return any(values(event) for event in ever.events())


def _ranked(
    counts: Counter[tuple[str, str]], wanted: str, *, is_rising: bool
) -> list[tuple[str, int]]:
    of_kind: Iterable[tuple[str, int]] = (
        (text, n) for (kind, text), n in counts.items() if kind == wanted
    )
    return sorted(of_kind, key=lambda entry: (entry[1] if is_rising else -entry[1], entry[0]))
