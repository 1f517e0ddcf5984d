"""What the export endpoints select, and what they write into the request log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_clevertap.sandbox import Event
from tests.support.caller import EVENTS, NOW, PROFILES, account, numbers

if TYPE_CHECKING:
    from tests.support.caller import JSON, Caller, Serve


def people(call: Caller, query: JSON, batch: int = 4991) -> list[str]:
    """Return who is in a profile export."""
    pages = call.pages(batch, PROFILES, query)
    return sorted(record["identity"] for page in pages for record in page.get("records", []))


def test_a_person_comes_once(serve: Serve) -> None:
    """However often they did it, and over however many pages."""
    sandbox, call = serve()
    assert people(call, {}, 23) == sorted(f"user-{n}" for n in range(50))
    assert sandbox.request_log.profiles == {"Viewed": 50}


def test_only_those_who_did_it_on_these_days_come(serve: Serve) -> None:
    """Ten events, ten days, ten people."""
    world = account(events=0)
    for n in range(10):
        world.add(Event("Viewed", NOW - n * 86400, n))
    _, call = serve(world)
    assert people(call, {"from": 20260709, "to": 20260710}) == ["user-0", "user-1"]


def test_event_filters_apply(serve: Serve) -> None:
    """Numbers greater than 290."""
    _, call = serve()
    query: JSON = {
        "event_properties": [{"name": "n", "operator": "greater_than", "value": 290}],
    }
    assert numbers(call.pages(query=query)) == list(range(291, 300))


def test_filters_of_people_apply(serve: Serve) -> None:
    """To events and to profiles."""
    world = account()
    world.people[7].properties = {"VIP": "true"}
    _, call = serve(world)
    fields = {"profile_fields": [{"name": "VIP", "operator": "equals", "value": "True"}]}
    query: JSON = {"common_profile_properties": fields}
    assert numbers(call.pages(query=query)) == [7, 57, 107, 157, 207, 257]
    assert people(call, query) == ["user-7"]


@pytest.mark.parametrize("name", [None, "-1"])
def test_profiles_need_no_event_where_people_are_filtered(serve: Serve, name: str | None) -> None:
    """Then any event of the past year will do."""
    world = account(events=0)
    world.people[3].properties = world.people[4].properties = {"VIP": "true"}
    world.add(Event("Rare", NOW - 300 * 86400, 3))
    world.add(Event("Older", NOW - 400 * 86400, 4))
    _, call = serve(world)
    fields = {"profile_fields": [{"name": "VIP", "value": "true"}]}
    body = {"common_profile_properties": fields} | ({"event_name": name} if name else {})
    cursor = call.post(f"{PROFILES}?batch_size=500", body).json()["cursor"]
    (record,) = call.page(cursor, PROFILES)["records"]
    assert record["identity"] == "user-3"


def test_events_always_need_a_name(serve: Serve) -> None:
    """Filters are not enough."""
    _, call = serve()
    fields = {"profile_fields": [{"name": "VIP", "value": "true"}]}
    assert call.post(EVENTS, {"common_profile_properties": fields}).json()["status"] == "fail"


def test_the_request_log_knows_records_by_event_and_day(serve: Serve) -> None:
    """A page read twice counts twice: that is what was served."""
    sandbox, call = serve()
    call.pages(46)
    by_day = {20260701: 100, 20260702: 100, 20260703: 100}
    assert sandbox.request_log.records == {"Viewed": by_day}
    cursor = call.open(query={"to": 20260701})["cursor"]
    for _ in range(2):
        call.page(cursor)
    assert sandbox.request_log.records["Viewed"] == by_day | {20260701: 300}
    assert sandbox.request_log.exports == [
        ("Viewed", 20260701, 20260703),
        ("Viewed", 20260701, 20260701),
    ]
