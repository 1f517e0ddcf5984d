"""The accounts that are read: many rows, believable, no two alike."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tap_clevertap.sandbox import Device, Event, EventType, Person, World

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEZONE = "Asia/Kolkata"
PEOPLE, HARD_PEOPLE = 5000, 100_003
DAY_SECONDS = 86_400
PRODUCTS = ("Kettle", "Café table", "Lamp", "Running shoes", "Notebook", "Backpack", "Headphones")
CITIES = ("Mumbai", "Pune", "Delhi", "Chennai")
SHARE_WITH_SESSION = 3
FIRST_SESSION = 1_790_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How much happens: `types` events, each `rows` times on each of `days` days up to `last`.

    One more event, `busy`, may happen `busy_rows` times a day. A hard account has large properties,
    purchased items, session properties and users who hardly ever come twice.
    """

    types: int
    days: int
    rows: int
    last: date
    busy: str = ""
    busy_rows: int = 0
    is_hard: bool = False

    @property
    def first(self) -> date:
        """The first day on which anything happens."""
        return self.last - timedelta(days=self.days - 1)

    @property
    def events(self) -> dict[str, int]:
        """The rows a day of each event, by name."""
        quiet = {f"Product Viewed {number:03}": self.rows for number in range(self.types)}
        return quiet | ({self.busy: self.busy_rows} if self.busy else {})

    @property
    def total(self) -> int:
        """All rows of the account."""
        return self.days * sum(self.events.values())

    @property
    def names(self) -> list[str]:
        """The names of the events."""
        return list(self.events)

    def to_json(self) -> str:
        """Return the plan as an argument of a command."""
        return json.dumps({**asdict(self), "last": str(self.last)})

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read an argument of a command."""
        fields = json.loads(text)
        return cls(**{**fields, "last": date.fromisoformat(fields["last"])})


def yesterday() -> date:
    """Return the account's last closed day."""
    return datetime.now(ZoneInfo(TIMEZONE)).date() - timedelta(days=1)


def build(plan: Plan) -> World:
    """Return an account in which the plan has happened."""
    many = HARD_PEOPLE if plan.is_hard else PEOPLE
    world = World(TIMEZONE, people=[_person(number) for number in range(many)])
    for name in plan.events:
        world.event_types.setdefault(name, EventType(name))
    for event in _happenings(plan):
        world.add(event)
    return world


def _happenings(plan: Plan) -> Iterator[Event]:
    zone = ZoneInfo(TIMEZONE)
    number = 0
    for offset in range(plan.days):
        day = plan.first + timedelta(days=offset)
        midnight = int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
        for name, rows in plan.events.items():
            for row in range(rows):
                number += 1
                at = midnight + row * DAY_SECONDS // rows
                yield (_purchase if plan.is_hard else _event)(name, number, at)


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


def _purchase(name: str, number: int, at: int) -> Event:
    """Return an event of 2.3 kB, its properties one of a few hundred: they take memory here."""
    person = number * 7919 % HARD_PEOPLE
    return Event(name, at, person, 0, BASKETS[number % len(BASKETS)], _visit(number), arrived_at=1)


def _visit(number: int) -> dict[str, object]:
    return {
        "session_source": "Direct",
        "utm_campaign": f"campaign-{number % 500}",
        "session_lengthInSeconds": number % 1800,
    }


def _basket(number: int) -> dict[str, object]:
    words = {f"Property {n:02}": f"words of a shop {n} {number}" for n in range(26)}
    amounts = {f"Amount {n:02}": (number * 37 + n * 101) / 100 for n in range(14)}
    items: list[dict[str, object]] = [
        {
            "Name": f"{PRODUCTS[(number + n) % len(PRODUCTS)]}",
            "SKU": f"sku-{number}-{n}",
            "Price": (number % 100_000) / 100,
            "Quantity": 1 + n,
        }
        for n in range(3)
    ]
    return {**words, **amounts, "Items": items}


BASKETS = [_basket(number) for number in range(997)]


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
