"""The accounts that are read: many rows, believable, no two alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tap_clevertap.sandbox import Device, Event, Person, World

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEZONE = "Asia/Kolkata"
PEOPLE = 5000
DAY_SECONDS = 86_400
PRODUCTS = ("Kettle", "Café table", "Lamp", "Running shoes", "Notebook", "Backpack", "Headphones")
CITIES = ("Mumbai", "Pune", "Delhi", "Chennai")
SHARE_WITH_SESSION = 3
FIRST_SESSION = 1_790_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How much happens: `types` events, each `rows` times on each of `days` days up to `last`."""

    types: int
    days: int
    rows: int
    last: date

    @property
    def first(self) -> date:
        """The first day on which anything happens."""
        return self.last - timedelta(days=self.days - 1)

    @property
    def total(self) -> int:
        """All rows of the account."""
        return self.types * self.days * self.rows

    @property
    def names(self) -> list[str]:
        """The names of the events."""
        return [f"Product Viewed {number:03}" for number in range(self.types)]


def yesterday() -> date:
    """Return the account's last closed day."""
    return datetime.now(ZoneInfo(TIMEZONE)).date() - timedelta(days=1)


def build(plan: Plan) -> World:
    """Return an account in which the plan has happened."""
    world = World(TIMEZONE, people=[_person(number) for number in range(PEOPLE)])
    for event in _happenings(plan):
        world.add(event)
    return world


def _happenings(plan: Plan) -> Iterator[Event]:
    zone = ZoneInfo(TIMEZONE)
    number = 0
    for offset in range(plan.days):
        day = plan.first + timedelta(days=offset)
        midnight = int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
        for name in plan.names:
            for row in range(plan.rows):
                number += 1
                at = midnight + row * DAY_SECONDS // plan.rows
                yield _event(name, number, at)


def _event(name: str, number: int, at: int) -> Event:
    props: dict[str, object] = {
        "Product": PRODUCTS[number % len(PRODUCTS)],
        "Product ID": f"sku-{number % 9973:05}",
        "Price": (number % 100_000) / 100,
        "Quantity": 1 + number % 4,
        "In Stock": number % 11 != 0,
        "Search": f"words that somebody typed {number % 1000}",
        "CT Session Id": FIRST_SESSION + number,
    }
    direct: dict[str, object] = {"session_source": "Direct"}
    session = direct if number % SHARE_WITH_SESSION else None
    return Event(name, at, number * 7919 % PEOPLE, 0, props, session, arrived_at=1)


def _person(number: int) -> Person:
    app: dict[str, object] = {
        "os_version": "14",
        "app_version": "5.2.0",
        "make": "samsung",
        "model": "SM-A515F",
    }
    device = Device(f"__g{number:032x}", "Android", app, push_token=f"{number:064x}")
    return Person(
        [device],
        identity=f"customer-{number}",
        name=f"Asha Example {number}",
        email=f"asha.{number}@example.com",
        phone=910_000_000_000 + number,
        properties={"City": CITIES[number % len(CITIES)], "VIP": True},
    )
