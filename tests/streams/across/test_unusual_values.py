"""Values that targets cannot hold, through whole runs: told, counted, and never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tap_clevertap.extraction.timezone_check import _sample
from tap_clevertap.records.field_reader import FieldReader
from tap_clevertap.records.profiles import profile_row
from tap_clevertap.sandbox import Event
from tests.conftest import NOW, small_account
from tests.support.counting import read
from tests.support.running import run

if TYPE_CHECKING:
    from tap_clevertap.sandbox import World
    from tests.conftest import Serve

BIG = 10**21
HELD: dict[str, Any] = {"big": str(BIG), "nul": "a\ufffdb"}


def odd_account() -> World:
    """Return an account where one event and one user have odd values."""
    deep: dict[str, Any] = {}
    for _ in range(150):
        deep = {"a": deep}
    odd = HELD | {"big": BIG, "nul": "a\0b", "deep": deep}
    world = small_account()
    world.add(Event("Viewed", NOW - 7 * 86400, 1, props=odd))
    world.people[3].properties.update(odd)
    return world


@pytest.mark.parametrize("nested_values", ["object", "text"])
@pytest.mark.parametrize("privacy", [{}, {"mask": ["name"]}])
def test_events_with_odd_values_go_out(
    sandbox: Serve, caplog: pytest.LogCaptureFixture, nested_values: str, privacy: dict[str, Any]
) -> None:
    """Every way of writing has the held values, and a line says how many there were."""
    finished = run(
        sandbox(odd_account()),
        start_date="2026-07-01",
        typed_events=["Viewed"],
        nested_values=nested_values,
        privacy=privacy,
    )
    for stream in ("events", "event_viewed"):
        props = [
            msgspec.json.decode(one["event_props"])
            if nested_values == "text"
            else one["event_props"]
            for one in finished.records(stream)
        ]
        [odd] = [one for one in props if "big" in one]
        assert odd | HELD == odd
        assert len(finished.records(stream)) == 201
    assert "unusual values: 1 NUL characters (now U+FFFD), " in caplog.text
    assert "1 values nested too deep (now JSON text)" in caplog.text


def test_profiles_with_odd_values_go_out(sandbox: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """A user's properties are held to the same rule."""
    finished = read(
        sandbox(odd_account()), "profiles", start_date="2026-07-01", profile_events=["Viewed"]
    )
    [odd] = [one for one in finished.records("profiles") if "big" in one["profile_data"]]
    assert odd["profile_data"] | HELD == odd["profile_data"]
    assert "profiles: unusual values: 1 NUL characters" in caplog.text


@pytest.mark.parametrize("seen", ["1e999", "9" * 4400, "1782878400000", "-1", '"x"', "null", "{}"])
def test_a_summary_that_is_odd_ends_nothing(seen: str) -> None:
    """First and last seen that are no epoch are left out; the zone check passes over them."""
    summary = f'{{"Viewed":{{"count":1,"first_seen":{seen},"last_seen":{seen}}}}}'
    record = {
        "ts": msgspec.Raw(b"20260701093001"),
        "profile": msgspec.Raw(f'{{"events":{summary}}}'.encode()),
    }
    assert _sample("Viewed", record) is None
    row = profile_row({"identity": msgspec.Raw(b'"u"'), "events": msgspec.Raw(summary.encode())})
    assert row.first_seen is None or seen == "1782878400000"


@pytest.mark.parametrize("sent", ["9" * 4400, 10**30, 1.5, True, "", "-", "٣"])
def test_a_whole_number_that_is_none_is_kept(sent: object) -> None:
    """What a column of 64 bits does not take stays with the fields that have no column."""
    fields = FieldReader({"count": sent})
    assert fields.integer("count") is None
    assert fields.rest == {"count": sent}
