"""Ids are made of what happened, not of who it turned out to be."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.sandbox import Device, Event, Faults, Person, Sandbox, World
from tests.chaos.runs import run

if TYPE_CHECKING:
    from collections.abc import Iterable

ZONE = "America/Sao_Paulo"
PEOPLE = 12


def account() -> World:
    """Return an account of strangers with two devices each, who do some things twice."""
    world = World(ZONE)
    world.people = [
        Person(
            [Device(f"__a{n}", "Android"), Device(f"__b{n}", "Web")], properties={"Plan": "free"}
        )
        for n in range(PEOPLE)
    ]
    opening = int(datetime(2026, 5, 1, tzinfo=world.zone).timestamp())
    for n in range(240):
        for _ in range(1 + (n % 10 == 0)):
            world.add(Event("Viewed", opening + n * 900, n % PEOPLE, n % 2, {"n": n // 3}))
    return world


def log_in(people: Iterable[Person]) -> None:
    """Let everybody become known, every two of them as the same person, with new properties."""
    for n, person in enumerate(people):
        person.identity, person.name = f"user-{n // 2}", f"Renée {n // 2}"
        person.email, person.phone = f"renee{n // 2}@example.com", 5511900000000 + n // 2
        person.properties = {"Plan": "gold", "Orders": n}


def read(world: World, **settings: object) -> dict[str, dict[str, Any]]:
    """Return the rows of an account by their ids, read without any state."""
    now = int(datetime(2026, 5, 9, tzinfo=world.zone).timestamp())
    with Sandbox(world, faults=Faults(5, short_page=0.4), now=lambda: now) as box:
        known = {"account_id": box.account_id, "passcode": box.passcode, "api_url": box.url}
        days = {"timezone": ZONE, "start_date": "2026-05-01"}
        output = run(known | days | settings, {}, now).output
    messages = [json.loads(line) for line in output.splitlines()]
    records = [one["record"] for one in messages if one["type"] == "RECORD"]
    return {one["event_id"]: one for one in records if "event_id" in one}


@pytest.mark.usefixtures("short_waits", "signals")
def test_ids_stay_when_people_log_in_merge_and_change() -> None:
    """The same rows, read before and after: their ids are the same, only the people differ."""
    world = account()
    before = read(world, batch_size=23)
    log_in(world.people)
    after = read(world, batch_size=46, event_profile_data=True)
    event = ("event_name", "ts", "object_id", "event_props")
    assert len(before) == 264
    assert {key: [row[part] for part in event] for key, row in before.items()} == {
        key: [row[part] for part in event] for key, row in after.items()
    }
    assert not any(row["identity"] for row in before.values())
    assert all(row["identity"] for row in after.values())
