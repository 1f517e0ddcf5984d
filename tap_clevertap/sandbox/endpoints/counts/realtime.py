"""Endpoint of real-time counts: users active in the last five minutes."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.http_messages import Reply
from tap_clevertap.sandbox.query.property_values import form_factor, is_reachable
from tap_clevertap.sandbox.query.request_body import read_object, refusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tap_clevertap.sandbox.account.models import JSON, Device, Event, World
    from tap_clevertap.sandbox.http_messages import Request

SECONDS = 300

LABELS = {
    "session_source": ("direct", "others", "search", "social", "email", "unavailable"),
    "browser": ("others", "firefox", "chrome", "ie", "mobileapp"),
    "os": ("others", "android", "ios", "windows", "mac", "linux"),
    "device": ("desktop", "mobile", "tablet"),
}
"""The breakdowns with the values that the documented answer shows."""


@refusable
def realtime_counts(world: World, now: int, request: Request) -> Reply:
    """Answer `/1/now.json`: people active in the last five minutes, split as the flags ask.

    New is who installed the app in these minutes; a customer is who was ever
    charged; addressable is who can be reached by push, e-mail or phone.
    """
    flags = read_object(request)
    recent = list(_recent(world, now))
    answer: JSON = {"status": "success", "count": len(_people(recent))}
    if flags.get("user_type") is True:
        answer["user_type"] = _user_types(world, now, recent)
    for flag, labels in LABELS.items():
        if flags.get(flag) is True:
            answer[flag] = dict.fromkeys(labels, 0) | _split(world, recent, flag)
    if flags.get("new") is True:
        fresh = _new_people(recent)
        theirs = [event for event in recent if event.person in fresh]
        answer["new"] = {flag: _split(world, theirs, flag) for flag in LABELS}
    return Reply(answer | {"last_processed_ts": now})


def _recent(world: World, now: int) -> Iterator[Event]:
    first, last = world.local_day(now - SECONDS), world.local_day(now)
    for name in world.event_types:
        events = world.events(name, first, last, now)
        yield from (event for event in events if now - SECONDS < event.at <= now)


def _people(events: Iterable[Event]) -> set[int]:
    return {event.person for event in events}


def _new_people(events: Iterable[Event]) -> set[int]:
    return _people(event for event in events if event.name == "App Installed")


def _user_types(world: World, now: int, recent: list[Event]) -> dict[str, int]:
    active, fresh = _people(recent), _new_people(recent)
    ways = ("has_token", "has_email", "has_phone")
    charged = _people(world.events("Charged", date.min, world.local_day(now), now))
    return {
        "new": len(fresh),
        "repeat": len(active - fresh),
        "addressable": sum(
            any(is_reachable(world.people[index], now, way) for way in ways) for index in active
        ),
        "customer": len(active & charged),
    }


def _split(world: World, events: Iterable[Event], flag: str) -> dict[str, int]:
    people: dict[str, set[int]] = defaultdict(set)
    for event in events:
        device = world.people[event.person].devices[event.device]
        value = _VALUES[flag](event, device).lower()
        people[value if value in LABELS[flag] else "others"].add(event.person)
    return {value: len(people[value]) for value in LABELS[flag] if value in people}


def _browser(device: Device) -> str:
    return str(device.app.get("browser", "others")) if device.platform == "Web" else "mobileapp"


_VALUES: dict[str, Callable[[Event, Device], str]] = {
    "session_source": lambda event, _: str(
        (event.session or {}).get("session_source", "unavailable")
    ),
    "browser": lambda _, device: _browser(device),
    "os": lambda _, device: str(device.app.get("os", device.platform)),
    "device": lambda _, device: form_factor(device),
}
