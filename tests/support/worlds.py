"""Accounts made by hand, each hard in its own way."""

from __future__ import annotations

from datetime import date, timedelta

from tap_clevertap.sandbox import Device, Event, EventType, Person, World
from tap_clevertap.sandbox.account.models import epoch

KOLKATA = "Asia/Kolkata"
NEW_YORK = "America/New_York"
FIRST_DAY = date(2026, 7, 1)

HARD_PROPS: tuple[dict[str, object], ...] = (
    {"big": 12345678901234567, "sum": 0.1 + 0.2, "tiny": 1e-7, "whole": 100.0},
    {"नाम": "दीवाली 🪔", "quote": 'a "b" \\ c', "line": "one\ntwo", "bell": "\u0007"},
    {"On": "$D_1767225600", "yes": "true", "really": True, "nothing": None},
    {"deep": {"list": [1, [2, {"x": -0.0}]], "empty": {}}, "text": "", "Items": "no list"},
    {},
)


def people(number: int) -> list[Person]:
    """Return people with one device each, every other one anonymous."""
    return [
        Person([Device(f"__g{n:03}", "Android" if n % 3 else "iOS")], *_known(n))
        for n in range(number)
    ]


def _known(n: int) -> tuple[str | None, int | None, str | None, str | None, int | None]:
    if n % 2:
        return None, None, None, None, None
    return f"user-{n}", 0, f"Zoë {n}", f"{n}@example.com", 919800000000 + n


def hard_world() -> World:
    """Return a small account with everything that is hard to carry whole."""
    world = World(KOLKATA, people=people(12))
    opening = epoch("2026-07-01T00:00:00", KOLKATA)
    for n in range(120):
        name = "Product Viewed" if n % 3 else "कार्ट"
        session = {"utm_source": "नया", "n": n} if n % 4 == 0 else None
        props = HARD_PROPS[n % len(HARD_PROPS)] | ({"n": n} if n % 7 else {})
        world.add(Event(name, opening + n * 5000, n % 12, props=props, session=session))
    for n in range(10):
        items: list[dict[str, object]] = [{"sku": f"s-{n}", "price": 19.99}, {"sku": 3}]
        world.add(Event("Charged", opening + n * 9000, n, props={"Amount": 1.1}, items=items))
    add_twins(world, opening + 777)
    return world


def add_twins(world: World, at: int, number: int = 3) -> None:
    """Let one person do the same thing in one second `number` times."""
    for _ in range(number):
        world.add(Event("Tapped", at, 0, props={"what": "buy"}))


def busy_world(events: int = 600, days: int = 3, name: str = "Viewed") -> World:
    """Return an account where one event happened often enough for several pages of 23."""
    world = World(KOLKATA, people=people(30))
    opening = epoch("2026-07-01T00:00:00", KOLKATA)
    for n in range(events):
        at = opening + n * 86400 * days // events
        world.add(Event(name, at, n % 30, props={"n": n}))
    return world


def daily_world(*names: str, days: int = 40, timezone: str = KOLKATA) -> World:
    """Return an account where each of the named events happens twice a day up to 9 July 2026."""
    world = World(timezone, people=people(10))
    last = date(2026, 7, 9)
    for offset in range(days):
        day = last - timedelta(days=offset)
        for number, name in enumerate(names):
            for hour in (9, 21):
                at = epoch(f"{day}T{hour:02}:{number % 60:02}:00", timezone)
                world.add(Event(name, at, (offset + number) % 10, props={"hour": hour}))
    return world


def silent_world(types: int) -> World:
    """Return an account whose event types never happened."""
    world = World(KOLKATA, people=people(2))
    for n in range(types):
        world.event_types[f"Silent {n:03}"] = EventType(f"Silent {n:03}")
    return world
