"""Generates the default account: a shop with realistic events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.account import campaigns, messages, reference_data
from tap_clevertap.sandbox.account.models import Event, World
from tap_clevertap.sandbox.account.people import shoppers
from tap_clevertap.sandbox.account.sessions import (
    PUSHED,
    Visit,
    installation,
    notifications,
    removal,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR = 3600
RARE_DAYS = (3, 11)
"""Days before the last on which the rare event happens."""
LEAST_VISITS = 3
PEOPLE_AT_FIRST = 0.6
"""Share of the people that the shop has on its first day; the others come day by day."""
NEWCOMERS = 0.12
"""Share of visits by the newest fortieth of the people; most of them do not become regulars."""
REGULARITY = 3
PUSHED_TO = 0.25
PUSH_STEPS = (30, 30, 24, 16)
"""How often a push message is only sent, shown too, seen too, clicked too."""
LED = 0.1
"""Share of visits that a message on another channel leads to."""
OUTAGE_HOURS = range(9, 23)
"""On the last whole day: something to be alerted of."""


def shop(  # noqa: PLR0913, PLR0917 - the account's few measures, each with a default that looks alive
    seed: int,
    timezone: str,
    last_day: date,
    days: int = 30,
    people: int = 2000,
    events_per_day: int = 2000,
) -> World:
    """Return a shop's world: `days` whole days up to `last_day`, and the day after as it goes.

    The same arguments give the same world. `events_per_day` is an average. On the last whole day
    most payments fail for some hours.
    """
    world = World(timezone, event_types={kind.name: kind for kind in reference_data.EVENT_TYPES})
    rng = Random(seed)  # noqa: S311 - a believable world, no secret
    first = last_day - timedelta(days=days - 1)
    opening, closing = _midnight(world, first), _midnight(world, last_day + timedelta(days=2))
    world.people = shoppers(rng, people, opening, closing)
    outbox = messages.outbox(world, rng, campaigns.noon_of(world, last_day))
    calendar = Calendar(world, rng, first, last_day, events_per_day, outbox)
    for event in calendar.events():
        world.add(event)
    world.messages = outbox.report(rng)
    campaigns.furnish(world, rng, last_day)
    return world


@dataclass(slots=True)
class Calendar:
    """Fills the days of a world."""

    world: World
    rng: Random
    first: date
    last: date
    events_per_day: int
    outbox: messages.Outbox

    def events(self) -> Iterator[Event]:
        """Yield everything that happens."""
        for offset in range((self.last - self.first).days + 2):
            yield from self._day(self.first + timedelta(days=offset))

    def _day(self, day: date) -> Iterator[Event]:
        start = _midnight(self.world, day)
        end = _midnight(self.world, day + timedelta(days=1))
        mood = self.rng.uniform(0.9, 1.1) * reference_data.WEEKDAYS[day.weekday()]
        left = max(LEAST_VISITS, round(self.events_per_day * mood))
        while left > 0:
            visit = self._visit(day, start)
            for event in self._around(visit, day):
                # A visit does not outlast its day: a day's number stays what was asked for.
                yield replace(event, at=min(event.at, end - 1))
                left -= 1

    def _visit(self, day: date, start: int) -> Visit:
        person = self._person(day)
        devices = self.world.people[person].devices
        device = self.rng.randrange(len(devices))
        hour = self.rng.choices(range(24), reference_data.HOURS)[0]
        at = start + hour * HOUR + self.rng.randrange(HOUR - 120)
        is_outage = day == self.last and hour in OUTAGE_HOURS
        return Visit(self.rng, person, device, devices[device].platform, at, is_outage=is_outage)

    def _person(self, day: date) -> int:
        """Return who visits: a few regulars come often, many come once in a while."""
        passed = (day - self.first).days / ((self.last - self.first).days + 1)
        share = PEOPLE_AT_FIRST + (1 - PEOPLE_AT_FIRST) * passed
        arrived = max(1, round(share * len(self.world.people)))
        if self._happens(NEWCOMERS):
            return arrived - 1 - self.rng.randrange(max(1, arrived // 40))
        return int(self.rng.random() ** REGULARITY * arrived)

    def _around(self, visit: Visit, day: date) -> Iterator[Event]:
        device = self.world.people[visit.person].devices[visit.device]
        is_app = device.platform != "Web"
        if is_app and self._happens(0.02):
            yield installation(visit)
        if is_app and self._happens(PUSHED_TO):
            yield from self._push(visit)
        if visit.contact is None and self._happens(LED):
            self._lead(visit)
        yield from visit.events()
        yield from self._seldom(visit, day)
        if is_app and self._happens(0.015):
            yield removal(visit, device.object_id)

    def _push(self, visit: Visit) -> Iterator[Event]:
        contact = self.outbox.contact(self.rng, visit.platform, visit.at, is_push=True)
        if contact is None:
            return
        steps = self.rng.choices((1, 2, 3, 4), PUSH_STEPS)[0]
        self.outbox.count(contact, *(metric for _, metric in PUSHED[:steps] if metric))
        if steps == len(PUSHED):
            visit.contact = contact
        yield from notifications(visit, contact, steps)

    def _lead(self, visit: Visit) -> None:
        visit.contact = self.outbox.contact(self.rng, visit.platform, visit.at, is_push=False)
        if visit.contact is not None:
            self.outbox.count(visit.contact, "clicked")

    def _seldom(self, visit: Visit, day: date) -> Iterator[Event]:
        if self._happens(0.08):
            yield visit.event(reference_data.FESTIVAL, {"प्रस्ताव": "दीवाली 🪔", "Discount %": 10})
        if (self.last - day).days in RARE_DAYS and self._happens(0.05):
            yield visit.event(reference_data.SCRATCHED, {"Coupon": "LUCKY", "Won": "True"})
        if day < self.first + timedelta(days=7) and self._happens(0.03):
            yield visit.event(reference_data.BANNER, {"Variant": self.rng.choice("AB")})

    def _happens(self, share: float) -> bool:
        return self.rng.random() < share


def _midnight(world: World, day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=world.zone).timestamp())
