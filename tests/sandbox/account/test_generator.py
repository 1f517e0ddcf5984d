"""The believable account."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from functools import cache
from itertools import chain, pairwise

import pytest

from tap_clevertap.sandbox import Event, World, shop
from tap_clevertap.sandbox.account import ground_truth
from tap_clevertap.sandbox.account.models import epoch

LAST = date(2026, 7, 31)
LATE = 2**40
KOLKATA = "Asia/Kolkata"


@cache
def small() -> World:
    """Return a shop of two weeks."""
    return shop(7, KOLKATA, LAST, days=14, people=80, events_per_day=400)


def happened(world: World) -> list[Event]:
    """Return everything that happens."""
    names = world.event_types
    return [e for name in names for e in world.events(name, date.min, date.max, LATE)]


DIGEST = """
import hashlib, datetime
from tap_clevertap.sandbox import shop
world = shop({seed}, "Asia/Kolkata", datetime.date(2026, 7, 31), 5, 50, 100)
names = sorted(world.event_types)
days = (datetime.date.min, datetime.date.max)
events = [list(world.events(name, *days, 2**40)) for name in names]
told = repr((world.people, names, events, world.campaigns, world.messages,
             world.content_blocks, world.category_groups, world.user_properties))
print(hashlib.sha256(told.encode()).hexdigest())
"""


def digest(seed: int, hash_seed: str) -> str:
    """Return a digest of a shop that is built in a process of its own."""
    return subprocess.run(  # noqa: S603 - our own interpreter, our own text
        [sys.executable, "-c", DIGEST.format(seed=seed)],
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_the_same_seed_gives_the_same_world() -> None:
    """In any process, whatever its hash seed."""
    assert digest(3, "1") == digest(3, "2")


def test_another_seed_gives_another_world() -> None:
    """Otherwise the seed would be for show."""
    assert digest(3, "1") != digest(4, "1")


def test_every_day_has_about_as_many_events_as_asked() -> None:
    """And the day after the last has some too."""
    world = small()
    per_day = Counter(world.local_day(event.at) for event in happened(world))
    assert sorted(per_day) == [LAST + timedelta(days=n - 13) for n in range(15)]
    assert 330 < sum(per_day.values()) / 15 < 520


def test_evenings_and_weekends_are_busy() -> None:
    """A chart looks alive."""
    world = shop(7, KOLKATA, LAST, days=28, people=80, events_per_day=400)
    hours = Counter(world.ts(event.at) // 10000 % 100 for event in happened(world))
    days = Counter(world.local_day(event.at).weekday() for event in happened(world))
    assert hours[20] > 3 * hours[10] > 3 * hours[4]
    assert min(days[5], days[6]) > max(days[0], days[1], days[2])


def test_events_of_every_kind_occur() -> None:
    """Common, rare, refused, discarded, other scripts, and one that never happens."""
    world = small()
    days = {name: set(world.days(name)) for name in world.event_types}
    assert days.pop("Feedback Given") == set()
    assert len(days.pop("Coupon Scratched")) == 2
    assert all(days.values())
    refused = {kind.name for kind in world.event_types.values() if not kind.is_exportable}
    clicked = {"Notification Sent", "Notification Viewed", "Notification Clicked"}
    assert refused == clicked | {"Push Impressions"}
    assert [k.name for k in world.event_types.values() if k.status == "Discarded"] == [
        "Beta Banner Seen"
    ]
    assert any(not name.isascii() for name in days)
    assert not any("&" in name for name in days)


def test_people_are_of_every_kind() -> None:
    """Known, known later, never known; with one device and with several."""
    world = small()
    opening = epoch("2026-07-18T00:00:00", KOLKATA)
    logins = [person.identified_at for person in world.people]
    assert any(at is None for at in logins)
    assert any(at is not None and at < opening for at in logins)
    assert any(at is not None and at >= opening for at in logins)
    assert {len(person.devices) for person in world.people} >= {1, 2}
    assert {type(person.phone) for person in world.people} == {int, str, type(None)}
    devices = list(chain.from_iterable(person.devices for person in world.people))
    assert len({device.object_id for device in devices}) == len(devices)
    assert {device.platform for device in devices} == {"Android", "iOS", "Web"}


def test_somebody_acts_before_logging_in() -> None:
    """So that an old event learns its identity later."""
    world = small()
    logins = ((event, world.people[event.person].identified_at) for event in happened(world))
    assert any(at is not None and event.at < at for event, at in logins)


@pytest.mark.parametrize(
    "awkward",
    ["", 0.30000000000000004, "true", "False", "many", "मसाला चाय", "Bluetooth Speaker 🔊"],
)
def test_awkward_values_occur(awkward: object) -> None:
    """What trips programs up is in there."""
    assert any(awkward in event.props.values() for event in happened(small()))


def test_awkward_types_occur() -> None:
    """Large numbers, dates as text, and the same key with numbers and with text."""
    types: dict[str, set[type]] = {}
    for event in happened(small()):
        for key, value in event.props.items():
            types.setdefault(key, set()).add(type(value))
    assert {int, str} <= types["Results"]
    assert {int, str} <= types["Charged ID"]
    launches = list(small().events("App Launched", date.min, date.max, LATE))
    assert all(len(str(event.props["Trace"])) == 17 for event in launches)
    charges = list(small().events("Charged", date.min, date.max, LATE))
    assert all(str(event.props["Delivery By"]).startswith("$D_") for event in charges)


def test_purchases_carry_their_items_in_either_place() -> None:
    """Mostly among the properties, sometimes on the record with prefixed keys."""
    charges = list(small().events("Charged", date.min, date.max, LATE))
    on_record = [event for event in charges if event.items]
    assert 0 < len(on_record) < len(charges) / 3
    assert all("Items" not in event.props for event in on_record)
    assert all("Items|product" in item for event in on_record for item in event.items or [])
    assert all("Items" in event.props for event in charges if not event.items)


def test_twins_occur() -> None:
    """The same thing twice, on one device, within one second."""
    views = small().events("Product Viewed", date.min, date.max, LATE)
    times = Counter((event.at, event.person, event.device, repr(event.props)) for event in views)
    assert max(times.values()) == 2


def test_some_events_come_late() -> None:
    """By hours, even days; nothing arrives before it happens."""
    delays = [event.arrived_at - event.at for event in happened(small())]
    assert min(delays) >= 0
    assert 0 < sum(delay > 3600 for delay in delays) < len(delays) / 10
    assert max(delays) > 86400


def test_today_fills_as_it_goes() -> None:
    """At noon there is less than at night."""
    today = LAST + timedelta(days=1)
    seen = [
        sum(
            sum(days.values())
            for days in ground_truth.counts(
                small(), epoch(f"2026-08-01T{at}", KOLKATA), today
            ).values()
        )
        for at in ("00:00:00", "12:00:00", "23:59:59")
    ]
    assert seen[0] == 0
    assert 0 < seen[1] < seen[2]


def test_a_day_without_an_hour_is_no_trouble() -> None:
    """Zones that change their clocks have days of 23 and 25 hours."""
    world = shop(1, "America/New_York", date(2026, 3, 9), days=3, people=20, events_per_day=100)
    days = {world.local_day(event.at) for event in happened(world)}
    assert sorted(days) == [date(2026, 3, day) for day in (7, 8, 9, 10)]


def happening(name: str, first: date = date.min, last: date = date.max) -> list[Event]:
    """Return an event's occurrences in the small shop."""
    return list(small().events(name, first, last, LATE))


def test_people_drop_off_on_their_way_to_a_purchase() -> None:
    """Each step loses a part of those who came to the step before."""
    steps = ("Product Viewed", "Added To Cart", "Checkout Started", "Charged")
    numbers = [len(happening(step)) for step in steps]
    assert numbers == sorted(numbers, reverse=True)
    assert all(0.05 < later / earlier < 0.9 for earlier, later in pairwise(numbers))


def test_most_payments_fail_on_the_last_day() -> None:
    """Something to be alerted of: the checkouts are there, the purchases are not."""
    world = shop(7, KOLKATA, LAST, days=15, people=200, events_per_day=2000)
    week_before = LAST - timedelta(days=7)
    per_day = {
        day: [
            len(list(world.events(name, day, day, LATE))) for name in ("Charged", "Product Viewed")
        ]
        for day in (week_before, LAST)
    }
    assert per_day[LAST][0] < 0.6 * per_day[week_before][0]
    assert per_day[LAST][1] > 0.7 * per_day[week_before][1]
    reasons = {event.props["Reason"] for event in world.events("Payment Failed", LAST, LAST, LATE)}
    assert "Gateway timeout" in reasons


def test_some_people_come_later_than_others() -> None:
    """So that there are cohorts to compare."""
    world = shop(7, KOLKATA, LAST, days=28, people=300, events_per_day=400)
    first: dict[int, date] = {}
    for event in sorted(happened(world), key=lambda event: event.at):
        first.setdefault(event.person, world.local_day(event.at))
    newcomers = Counter((day - LAST).days // 7 for day in first.values())
    assert all(newcomers[week] > 5 for week in (-4, -3, -2, -1))
