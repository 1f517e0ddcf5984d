"""Trends: an event's numbers by day, week and month."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from tap_clevertap.sandbox.http_messages import Reply
from tap_clevertap.sandbox.query.operators import is_number
from tap_clevertap.sandbox.query.property_values import event_values
from tap_clevertap.sandbox.query.request_body import (
    Period,
    read_groups,
    read_object,
    refusable,
    refuse,
    refuse_dates,
    refuse_group,
)
from tap_clevertap.sandbox.query.selection import Selection, read_selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from tap_clevertap.sandbox.account.models import JSON, Event, World
    from tap_clevertap.sandbox.http_messages import Request

    Number = int | float

Bucket = TypeVar("Bucket")

MOST_GROUPS = 5
MAX_DAYS = 366
"""A trend spans one year at most."""

LAST_WEEK = 52


@refusable
def trends(world: World, now: int, request: Request) -> Reply:
    """Answer `/1/counts/trends.json`; each group stands next to `status`, zeros are left out.

    With `sum_event_prop` the numbers are sums of that property, with `unique` people,
    else events.
    """
    body = read_object(request)
    selection = read_selection(world, now, body)
    _refuse_long(selection.period)
    labels = _read_labels(body)
    measure = _measure(selection, body)
    return Reply({"status": "success"} | {key: measure(label) for key, label in labels.items()})


def daily(day: date) -> str:
    """Return `YYYYMMDD`."""
    return f"{day:%Y%m%d}"


def weekly(day: date) -> str:
    """Return `YYYYWW`: weeks of seven days from 1 January, the last of the year a longer one.

    The real rule is unknown. The documented answer puts 24 to 31 December 2016 into
    201652 and the days after into 201701, as neither ISO 8601 nor Sunday weeks do.
    """
    week = min(LAST_WEEK, (day.timetuple().tm_yday - 1) // 7 + 1)
    return f"{day.year}{week:02}"


def monthly(day: date) -> str:
    """Return `YYYYMM`."""
    return f"{day:%Y%m}"


_LABELS: dict[object, Callable[[date], str]] = {
    "daily": daily,
    "weekly": weekly,
    "monthly": monthly,
}


def _refuse_long(period: Period) -> None:
    if (period.last - period.first).days >= MAX_DAYS:
        refuse_dates("Invalid date range : at most one year")


def _read_labels(body: JSON) -> dict[str, Callable[[date], str]]:
    groups = read_groups(body)
    if len(groups) > MOST_GROUPS:
        refuse(f"Invalid group : at most {MOST_GROUPS} groups", 400)
    return {key: _read_label(key, group) for key, group in groups.items()}


def _read_label(key: str, group: JSON) -> Callable[[date], str]:
    trend_type = group.get("trend_type")
    if not isinstance(trend_type, str) or trend_type not in _LABELS:
        refuse_group(key)
    return _LABELS[trend_type]


def _measure(selection: Selection, body: JSON) -> Callable[[Callable[[date], str]], JSON]:
    """Return what fills a group; the days are gone through once, however many groups ask."""
    name = body.get("sum_event_prop")
    if isinstance(name, str):
        sums = {day: _sum(events, name) for day, events in selection.by_day()}
        return lambda label: _join(sums, label, sum)
    if body.get("unique") is True:
        people = {day: {event.person for event in events} for day, events in selection.by_day()}
        return lambda label: _join(people, label, lambda sets: len(set[int]().union(*sets)))
    counts = selection.counts()
    return lambda label: _join(counts, label, sum)


def _join(
    days: dict[date, Bucket],
    label: Callable[[date], str],
    total: Callable[[Iterable[Bucket]], Number],
) -> JSON:
    parts: dict[str, list[Bucket]] = defaultdict(list)
    for day, part in days.items():
        parts[label(day)].append(part)
    totals = ((key, total(part)) for key, part in parts.items())
    return {key: number for key, number in totals if number}


def _sum(events: Iterable[Event], name: str) -> Number:
    return sum(
        value
        for event in events
        for value in event_values(event, "event_properties", name)
        if isinstance(value, int | float) and is_number(value)
    )
