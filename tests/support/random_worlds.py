"""Random accounts: small, and as odd as real ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tap_clevertap.sandbox import Device, Event, EventType, Person, World

if TYPE_CHECKING:
    from random import Random

DAY = 86400
MAX_DAYS, MAX_ROWS = 12, 90
REFUSED = "Notification Sent"
NAMES = ("App Launched", "Viewed", "Added To Cart", "दीवाली 🪔", "a'b\"c\\d, 100%", "Charged")
PLATFORMS = ("Android", "iOS", "Web")
CHANGES = {
    "Asia/Kolkata": (date(2026, 7, 4),),
    "America/New_York": (date(2026, 3, 8), date(2025, 11, 2)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2025, 10, 5)),
    "America/St_Johns": (date(2026, 3, 8), date(2025, 11, 2)),
    "Africa/Casablanca": (date(2026, 2, 15), date(2026, 3, 22)),
    "Pacific/Chatham": (date(2026, 4, 5),),
    "Pacific/Kiritimati": (date(2026, 1, 1),),
    "Asia/Kathmandu": (date(2024, 2, 29),),
    "Pacific/Pago_Pago": (date(2026, 1, 1),),
    "UTC": (date(2026, 1, 1),),
}
"""Zones, and days that are odd in them: most are those on which the clocks change."""

PROPS: tuple[dict[str, object], ...] = (
    {},
    {"n": 1},
    {"n": "1"},
    {"n": 1.0},
    {"big": 12345678901234567, "sum": 0.1 + 0.2, "tiny": 1e-300},
    {"text": 'caf\u00e9 🪔 \u2028 "quoted" \\ \n\t\u0001', "": None},
    {"nested": {"b": [1, {"a": None}], "a": {}}, "list": [], "is": True},
    {"nested": {"a": {}, "b": [1, {"a": None}]}, "list": [], "is": True},
    {"$D_at": "$D_1720000000", "ünïcode": "\U0001f600"},
)
SESSIONS: tuple[dict[str, object] | None, ...] = (None, None, {}, {"utm_source": "mail"})
ITEMS: tuple[list[dict[str, object]] | None, ...] = (None, [], [{"Items|sku": "A", "price": 0.3}])


@dataclass(frozen=True, slots=True)
class Account:
    """A world, its first day, and the instant at which it is read first.

    `latest` is how many seconds after it happened an event may arrive.
    """

    world: World
    first: date
    last: date
    opened: int
    latest: int


def random_account(rng: Random) -> Account:
    """Return an account of a few event types, days and people, some rows of it late or twins."""
    zone = rng.choice(sorted(CHANGES))
    world = World(zone)
    days = rng.randint(1, MAX_DAYS)
    first = rng.choice(CHANGES[zone]) - timedelta(days=rng.randrange(days))
    last = first + timedelta(days=days - 1)
    dawn = datetime(first.year, first.month, first.day, tzinfo=world.zone)
    dusk = datetime(last.year, last.month, last.day, tzinfo=world.zone) + timedelta(days=1)
    start, end = int(dawn.timestamp()), int(dusk.timestamp())
    world.people = [_person(rng, n, start, end) for n in range(rng.randint(1, 30))]
    latest = rng.choice((0, 0, DAY // 4, DAY))
    for name in rng.sample(NAMES, rng.randint(1, 4)):
        _happen(world, rng, name, (start, end + DAY), latest)
    world.event_types.setdefault("Silent", EventType("Silent"))
    world.event_types[REFUSED] = EventType(REFUSED, is_exportable=False)
    world.add(Event(REFUSED, start, 0))
    return Account(world, first, last, end + rng.randrange(DAY // 2), latest)


def _person(rng: Random, number: int, start: int, end: int) -> Person:
    """Return somebody with a device or more, who may log in while the account is being read."""
    devices = [
        Device(f"__g{number:03}{place}", rng.choice(PLATFORMS), {"os_version": "14"})
        for place in range(rng.choice((1, 1, 2, 3)))
    ]
    login = rng.choice((None, start, rng.randrange(start, end + 2 * DAY)))
    identity = None if login is None else f"user-{number}"
    return Person(devices, identity, login, f"Zoë {number} 🙂", phone=910000000000 + number)


def _happen(world: World, rng: Random, name: str, span: tuple[int, int], latest: int) -> None:
    """Let an event happen some times, in bursts or all over, and some of it twice at once."""
    bursts = [rng.randrange(*span) for _ in range(rng.randint(1, 4))]
    twins = rng.choice((0, 0, 0.05, 0.4))
    for _ in range(rng.randint(0, MAX_ROWS)):
        at = rng.choice(bursts) + rng.randrange(60) if rng.random() < 0.3 else rng.randrange(*span)
        person = rng.randrange(len(world.people))
        event = Event(
            name,
            at,
            person,
            rng.randrange(len(world.people[person].devices)),
            rng.choice(PROPS),
            rng.choice(SESSIONS),
            rng.choice(ITEMS) if name == "Charged" else None,
            at + rng.randint(0, latest),
        )
        for _ in range(1 + (rng.random() < twins) * rng.randint(1, 2)):
            world.add(event)
