"""The shop's messages, the visits that they lead to, and their numbers."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tap_clevertap.sandbox import Event, World, shop

if TYPE_CHECKING:
    from tests.support.caller import Serve

LAST = date(2026, 7, 9)
LATE = 2**40
PUSHED = {
    "sent": "Notification Sent",
    "viewed": "Notification Viewed",
    "clicked": "Notification Clicked",
}


@cache
def small() -> World:
    """Return a shop of three weeks."""
    return shop(7, "Asia/Kolkata", LAST, days=21, people=120, events_per_day=400)


def events(name: str) -> list[Event]:
    """Return an event's occurrences."""
    return list(small().events(name, date.min, date.max, LATE))


def led() -> list[Event]:
    """Return the visits that messages led to."""
    return [event for event in events("UTM Visited") if "wzrk_id" in event.props]


def test_messages_go_over_many_channels() -> None:
    """With one line for each device and variant, under one id."""
    messages = small().messages
    assert len({message["channel"] for message in messages}) > 5
    times = Counter(message["message id"] for message in messages)
    assert max(times.values()) > 2
    assert min(times.values()) == 1
    lines = {(m["message id"], m.get("device"), m.get("variant")) for m in messages}
    assert len(lines) == len(messages)


def test_messages_are_found_over_the_api(serve: Serve) -> None:
    """With a date in words."""
    _, call = serve(small())
    answer = call.post("/1/message/report.json", {"from": "20260709", "to": "20260709"}).json()
    assert answer["total_results"] == len(answer["messages"]) > 0
    assert {message["start_date"][:12] for message in answer["messages"]} == {"09 Jul, 2026"}


def test_visits_name_the_message_that_led_to_them() -> None:
    """By its id, alone or with a day or an instant, after it went out."""
    starts = {str(m["message id"]): int(str(m["start_at"])) for m in small().messages}
    forms = set()
    for visit in led():
        number, _, suffix = str(visit.props["wzrk_id"]).partition("_")
        assert number == visit.props["Campaign id"]
        assert visit.at >= starts[number]
        forms.add(re.sub("[0-9]", "9", suffix))
    assert forms == {"", "9" * 8, "9" * 10}


def test_visits_carry_the_properties_of_a_message_and_its_session() -> None:
    """Under CleverTap's spelling; a variant only where the message has some."""
    assert len(led()) > 50
    for visit in led():
        assert {"Campaign id", "Campaign name", "Campaign type", "wzrk_pivot"} <= set(visit.props)
        assert (visit.session or {})["utm_source"] == "clevertap"
    assert {visit.props.get("Variant") for visit in led()} >= {None, "Variant A"}


def test_visits_led_by_messages_end_in_purchases_now_and_then() -> None:
    """Otherwise no message would have earned anything."""
    buyers = {(event.person, event.device) for event in events("Charged")}
    share = sum((visit.person, visit.device) in buyers for visit in led()) / len(led())
    assert 0.02 < share < 0.98


@pytest.mark.parametrize("metric", PUSHED)
def test_a_report_counts_the_notifications_of_its_message(metric: str) -> None:
    """Push messages' numbers are those of their notification events."""
    counted = Counter(str(event.props["Campaign id"]) for event in events(PUSHED[metric]))
    reported: Counter[str] = Counter()
    for line in small().messages:
        if line["channel"] == "Push" and line[metric]:
            reported[str(line["message id"])] += int(str(line[metric]))
    assert counted
    assert {number: reported[number] for number in counted} == counted


def test_a_report_counts_the_visits_of_its_message_as_clicks() -> None:
    """On every channel."""
    visits = Counter(str(visit.props["Campaign id"]) for visit in led())
    clicks: Counter[str] = Counter()
    for line in small().messages:
        clicks[str(line["message id"])] += int(str(line["clicked"]))
        assert int(str(line["clicked"])) <= int(str(line["viewed"])) <= int(str(line["sent"]))
    assert {number: clicks[number] for number in visits} == visits


def test_the_api_gives_the_ids_of_messages_on_events(serve: Serve) -> None:
    """As properties of the event, the way the exports have them."""
    sandbox, call = serve(small())
    day = int(f"{LAST - timedelta(days=5):%Y%m%d}")
    opened = call.post(
        "/1/events.json?batch_size=5000&events=false",
        {"event_name": "UTM Visited", "from": day, "to": day},
    ).json()
    page = call.get(f"/1/events.json?cursor={opened['cursor']}").json()
    ids = {record.get("event_props", {}).get("wzrk_id") for record in page["records"]} - {None}
    known = {str(message["message id"]) for message in sandbox.world.messages}
    assert ids
    assert {number.partition("_")[0] for number in ids} <= known
