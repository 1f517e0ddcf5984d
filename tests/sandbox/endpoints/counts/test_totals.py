"""Event counts and profile counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.sandbox.account.models import Event, EventType, Person, World, epoch
from tap_clevertap.sandbox.endpoints.counts import totals
from tap_clevertap.sandbox.http_messages import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_clevertap.sandbox.http_messages import Reply

NOW = epoch("2026-08-03T12:00:00", "Asia/Kolkata")
SENT = "Notification Sent"


@pytest.fixture
def world() -> World:
    """Return two people: one viewed twice and was notified, the other viewed once, long ago."""
    world = World("Asia/Kolkata", people=[Person([], properties={"vip": "True"}), Person([])])
    world.event_types[SENT] = EventType(SENT, "System", is_exportable=False)
    world.event_types["Nothing"] = EventType("Nothing")
    for name, day, person in (
        ("Viewed", "2026-08-01", 0),
        ("Viewed", "2026-08-02", 0),
        ("Viewed", "2025-01-01", 1),
        (SENT, "2026-08-02", 0),
    ):
        at = epoch(f"{day}T23:59:59", "Asia/Kolkata")
        world.add(Event(name, at, person, props={"Campaign Type": "Push"}))
    return world


def ask(
    handler: Callable[[World, int, Request], Reply], world: World, body: object
) -> dict[str, Any]:
    """Return what a handler says to a body."""
    request = Request("POST", "/1/counts/", body=json.dumps(body).encode())
    answer: dict[str, Any] = json.loads(handler(world, NOW, request).encode())
    return answer


def days(first: int, last: int, name: str = "Viewed") -> dict[str, object]:
    """Return a body that asks for an event and a period."""
    return {"event_name": name, "from": first, "to": last}


def test_events_are_counted_not_people(world: World) -> None:
    """The answer has the documented shape."""
    body = days(20260801, 20260802)
    assert ask(totals.count_events, world, body) == {"status": "success", "count": 2}
    assert ask(totals.count_profiles, world, body) == {"status": "success", "count": 1}


def test_days_are_whole_and_the_accounts(world: World) -> None:
    """An event in the last second of a local day belongs to that day."""
    assert ask(totals.count_events, world, days(20260802, 20260802))["count"] == 1
    assert ask(totals.count_events, world, days(20260803, 20260803))["count"] == 0
    assert ask(totals.count_events, world, days(20260803, 20260803, "Nothing"))["count"] == 0


def test_events_whose_rows_are_refused_are_counted(world: World) -> None:
    """Notification events can be counted, with filters too."""
    body = days(20260801, 20260802, SENT)
    pushed = [{"name": "Campaign Type", "value": "Push"}]
    assert ask(totals.count_events, world, body)["count"] == 1
    assert ask(totals.count_events, world, body | {"event_properties": pushed})["count"] == 1


def test_profile_filters_alone_ask_about_the_last_year(world: World) -> None:
    """Any event counts as activity, but not one of nineteen months ago."""
    anyone = {"name": "vip", "operator": "does_not_contain", "value": "x"}
    query = {"common_profile_properties": {"profile_fields": [anyone]}}
    assert ask(totals.count_profiles, world, query)["count"] == 1
    absent = {"profile_fields": [{"name": "vip", "operator": "does_not_exist"}]}
    query = {"common_profile_properties": absent}
    assert ask(totals.count_profiles, world, query)["count"] == 0
    assert ask(totals.count_profiles, world, query | {"from": 20250101})["code"] == 4002
    early = query | {"from": 20250101, "to": 20250101}
    assert ask(totals.count_profiles, world, early)["count"] == 1


def test_minus_one_is_any_event(world: World) -> None:
    """Seen in a public script; only profile counts know it."""
    body = days(20250101, 20260803, "-1")
    assert ask(totals.count_profiles, world, body)["count"] == 2
    assert ask(totals.count_events, world, body)["status"] == "fail"


@pytest.mark.parametrize(
    "name", ["count_events", "count_profiles", "trends", "top_properties", "realtime_counts"]
)
def test_a_body_that_is_no_object_is_refused(world: World, name: str) -> None:
    """All five questions say so in the envelope."""
    answer = ask(getattr(totals, name), world, ["Viewed"])
    assert (answer["status"], answer["code"]) == ("fail", 400)


@pytest.mark.parametrize("name", ["count_events", "count_profiles", "trends", "top_properties"])
def test_bad_dates_and_unknown_events_are_refused(world: World, name: str) -> None:
    """All four questions about an event say so with the known codes."""
    handler = getattr(totals, name)
    assert ask(handler, world, days(20260802, 20260801))["code"] == 4002
    assert ask(handler, world, {"event_name": "Viewed", "from": "20260802"})["code"] == 4002
    unknown = ask(handler, world, days(20260801, 20260802, "Uninstalled"))
    assert unknown["error"] == '["Invalid event : Uninstalled"]'
    assert ask(handler, world, {"from": 20260801, "to": 20260802})["status"] == "fail"
