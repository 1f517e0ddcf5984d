"""The count endpoints' final answers; whether they come at once is the desk's business.

Events whose rows are refused are counted like all others.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.endpoints.counts.realtime import realtime_counts
from tap_clevertap.sandbox.endpoints.counts.top_properties import top_properties
from tap_clevertap.sandbox.endpoints.counts.trends import trends
from tap_clevertap.sandbox.http_messages import Reply
from tap_clevertap.sandbox.query.filters import DEFAULT_DAYS, has_person_filters
from tap_clevertap.sandbox.query.request_body import Period, read_object, read_period, refusable
from tap_clevertap.sandbox.query.selection import Selection, read_selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clevertap.sandbox.account.models import JSON, World
    from tap_clevertap.sandbox.http_messages import Request

__all__ = ["count_events", "count_profiles", "realtime_counts", "top_properties", "trends"]

ANY_EVENT = "-1"
"""The event name under which CleverTap understands any event, seen in a public script."""


@refusable
def count_events(world: World, now: int, request: Request) -> Reply:
    """Answer `/1/counts/events.json`: how often the event happened."""
    selection = read_selection(world, now, read_object(request))
    return Reply({"status": "success", "count": sum(selection.counts().values())})


@refusable
def count_profiles(world: World, now: int, request: Request) -> Reply:
    """Answer `/1/counts/profiles.json`: how many people raised the event.

    With profile filters alone: how many of those who did anything in the last 365 days.
    """
    selections = _read_selections(world, now, read_object(request))
    people = {event.person for selection in selections for event in selection.events()}
    return Reply({"status": "success", "count": len(people)})


def _read_selections(world: World, now: int, body: JSON) -> Iterator[Selection]:
    if not _is_about_any_event(body):
        yield read_selection(world, now, body)
        return
    has_days = "from" in body or "to" in body
    period = read_period(body) if has_days else _last_year(world, now)
    for name in world.event_types:
        yield Selection(world, now, name, period, body)


def _is_about_any_event(body: JSON) -> bool:
    if "event_name" in body:
        return body["event_name"] == ANY_EVENT
    return has_person_filters(body)


def _last_year(world: World, now: int) -> Period:
    today = world.local_day(now)
    return Period(today - timedelta(days=DEFAULT_DAYS), today)
