"""The events a question is about."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_clevertap.sandbox.account.models import Event, EventType, Person, World, epoch
from tap_clevertap.sandbox.query.request_body import RefusedError
from tap_clevertap.sandbox.query.selection import read_selection

START = epoch("2026-08-01T00:00:00", "Asia/Kolkata")
NOW = START + 3 * 86_400

arrivals = st.tuples(
    st.integers(0, 3 * 86_400 - 1), st.integers(-10, 10), st.sampled_from(["a", "b"])
)


@settings(deadline=None)
@given(st.lists(arrivals, max_size=30), st.sampled_from([[], [{"name": "kind", "value": "a"}]]))
def test_counts_are_the_numbers_of_the_days(
    events: list[tuple[int, int, str]], filters: list[object]
) -> None:
    """Counting without touching the events gives what going through them gives."""
    world = World("Asia/Kolkata", people=[Person([])])
    world.event_types["App Launched"] = EventType("App Launched")
    for second, delay, kind in events:
        at = START + second
        world.add(Event("App Launched", at, 0, props={"kind": kind}, arrived_at=NOW + delay))
    body = {"event_name": "App Launched", "from": 20260801, "to": 20260802}
    selection = read_selection(world, NOW, body | {"event_properties": filters})
    assert selection.counts() == {day: len(found) for day, found in selection.by_day()}
    expected = sum(
        second < 2 * 86_400 and delay <= 0 and (kind == "a" or not filters)
        for second, delay, kind in events
    )
    assert len(list(selection.events())) == expected


def test_both_kinds_of_filters_apply() -> None:
    """An event counts if it and its person match."""
    world = World("UTC", people=[Person([], properties={"vip": "True"}), Person([])])
    for person, kind in ((0, "a"), (0, "b"), (1, "a")):
        world.add(Event("Seen", epoch("2026-08-01T10:00:00"), person, props={"kind": kind}))
    body = {
        "event_name": "Seen",
        "from": 20260801,
        "to": 20260801,
        "event_properties": [{"name": "kind", "value": "a"}],
        "common_profile_properties": {"profile_fields": [{"name": "vip", "value": "True"}]},
    }
    assert read_selection(world, NOW, body).counts() == {date(2026, 8, 1): 1}


def test_the_event_is_checked_before_the_dates() -> None:
    """Of two mistakes the unknown event is named."""
    with pytest.raises(RefusedError) as refused:
        read_selection(World("UTC"), NOW, {"event_name": "Nope"})
    assert b"Invalid event" in refused.value.reply.encode()
