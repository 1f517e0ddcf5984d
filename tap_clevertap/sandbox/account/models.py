"""What exists in a sandbox account, and what is true about it.

A world is data: people with devices, the events they raised, and the account's
own objects. It knows nothing of HTTP. Instants are epoch seconds in UTC; days
are days of the account's time zone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = dict[str, object]


@dataclass(frozen=True, slots=True)
class Device:
    """One installation of the app or one browser; `object_id` is CleverTap's id of it."""

    object_id: str
    platform: str
    app: JSON = field(default_factory=dict)
    """`os_version`, `app_version`, `make`, `model`: those that the device has."""
    push_token: str | None = None


@dataclass(slots=True)
class Person:
    """Somebody with one or more devices; anonymous until `identified_at`, for ever if None."""

    devices: list[Device]
    identity: str | None = None
    identified_at: int | None = None
    name: str | None = None
    email: str | None = None
    phone: int | str | None = None
    properties: JSON = field(default_factory=dict)

    def is_identified(self, now: int) -> bool:
        """Tell whether the API shows who this is, on old events too, at the instant `now`."""
        return self.identity is not None and (self.identified_at or 0) <= now

    def all_identities(self) -> list[str]:
        """Return id, e-mail and `+phone`, those that are known."""
        phone = None if self.phone is None else f"+{self.phone}"
        return [name for name in (self.identity, self.email, phone) if name]


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person did on a device at `at`; the API shows it from `arrived_at` on."""

    name: str
    at: int
    person: int
    device: int = 0
    props: JSON = field(default_factory=dict)
    session: JSON | None = None
    items: list[JSON] | None = None
    """Record-level items, as some accounts send them with Charged."""
    arrived_at: int = 0


@dataclass(frozen=True, slots=True)
class EventType:
    """An entry of the account's event schema."""

    name: str
    kind: str = "Custom"
    status: str = "Active"
    is_exportable: bool = True
    """False for notification events: countable, but their rows are refused."""


@dataclass
class World:
    """An account as it is; whoever serves it decides how well it is told."""

    timezone: str
    people: list[Person] = field(default_factory=list)
    event_types: dict[str, EventType] = field(default_factory=dict)
    user_properties: list[JSON] = field(default_factory=list)
    campaigns: list[JSON] = field(default_factory=list)
    messages: list[JSON] = field(default_factory=list)
    content_blocks: list[JSON] = field(default_factory=list)
    category_groups: list[JSON] = field(default_factory=list)
    _events: dict[str, dict[date, list[Event]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    _last_arrival: dict[tuple[str, date], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Resolve the zone once."""
        self.zone = ZoneInfo(self.timezone)

    def add(self, event: Event) -> None:
        """Let an event have happened; its type becomes known with it."""
        self.event_types.setdefault(event.name, EventType(event.name))
        day = self.local_day(event.at)
        self._events[event.name][day].append(event)
        latest = self._last_arrival.get((event.name, day), 0)
        self._last_arrival[event.name, day] = max(latest, event.arrived_at)

    def local_day(self, at: int) -> date:
        """Return the account's day of an instant."""
        return datetime.fromtimestamp(at, self.zone).date()

    def ts(self, at: int) -> int:
        """Return the fourteen local digits `yyyyMMddHHmmss` that the API prints."""
        return int(datetime.fromtimestamp(at, self.zone).strftime("%Y%m%d%H%M%S"))

    def events(self, name: str, first: date, last: date, now: int) -> Iterator[Event]:
        """Yield what happened from `first` to `last`, both whole days, and has arrived by `now`."""
        days = self._events.get(name, {})
        for day in sorted(days):
            if first <= day <= last:
                yield from (event for event in days[day] if event.arrived_at <= now)

    def count(self, name: str, day: date, now: int) -> int:
        """Return how many have arrived; touches single events only while some are still late."""
        if self._last_arrival.get((name, day), 0) > now:
            return sum(1 for _ in self.events(name, day, day, now))
        return len(self._events.get(name, {}).get(day, ()))

    def days(self, name: str) -> list[date]:
        """Return the days on which the event happened, in order."""
        return sorted(self._events.get(name, {}))


@cache
def epoch(text: str, zone: str = "UTC") -> int:
    """Return the epoch seconds of an ISO wall-clock text in a zone; handy in hand-made worlds."""
    wall = datetime.fromisoformat(text)
    return int(wall.replace(tzinfo=wall.tzinfo or ZoneInfo(zone)).astimezone(UTC).timestamp())
