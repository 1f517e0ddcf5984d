"""The most frequent values of properties, as the world has them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.errors import SettingError
from tap_clevertap.sandbox import shop
from tests.support.counting import bookmarks_of, read, try_to_read
from tests.support.worlds import KOLKATA, NEW_YORK, daily_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clevertap.sandbox import Event, Sandbox
    from tests.conftest import Serve

JSON = dict[str, Any]
LAST = date(2026, 7, 9)
START = date(2026, 5, 20)
MOST_TEXTS = 20


@pytest.fixture(params=[KOLKATA, NEW_YORK])
def box(request: pytest.FixtureRequest, sandbox: Serve) -> Sandbox:
    """Give a shop of two months."""
    return sandbox(shop(9, request.param, LAST, days=60, people=60, events_per_day=60))


def happened(sandbox: Sandbox, name: str, first: date, last: date = LAST) -> Iterator[Event]:
    """Yield what the world says of an event."""
    return sandbox.world.events(name, first, last, sandbox.now())


TOP: JSON = {
    "name": "payments",
    "event": "Charged",
    "property_type": "event_properties",
    "property": "Payment Mode",
}


def top(box: Sandbox, **more: object) -> list[JSON]:
    """Ask for most frequent values and return the records."""
    queries = [TOP | more]
    run = read(box, "top_properties", start_date=str(START), top_property_queries=queries)
    key = itemgetter("period_start", "value_type", "value")
    return sorted(run.records("top_properties"), key=key)


def occurrences(box: Sandbox, name: str, first: date, last: date = LAST) -> Counter[str]:
    """Count the texts of a property of purchases, told by the world."""
    events = happened(box, "Charged", first, last)
    return Counter(str(one.props[name]) for one in events if name in one.props)


def payment_property(box: Sandbox) -> str:
    """Return the property of purchases with most different texts, ids left aside."""
    events = list(happened(box, "Charged", START))
    names = {name for one in events for name, value in one.props.items() if isinstance(value, str)}
    texts = {name: len(occurrences(box, name, START)) for name in sorted(names)}
    return max((name for name in texts if texts[name] < MOST_TEXTS), key=texts.__getitem__)


@pytest.mark.parametrize("period", ["day", "month", "total"])
def test_values_are_counted_for_each_period(box: Sandbox, period: str) -> None:
    """Every value of every period, with the numbers of the world."""
    name = payment_property(box)
    rows = top(box, property=name, period=period, top_n=100)
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        bounds = (row["period_start"], row["period_end"])
        found.setdefault(bounds, Counter())[row["value"]] = row["count"]
    assert found
    for (first, last), values in found.items():
        days = date.fromisoformat(first), date.fromisoformat(last)
        assert values == occurrences(box, name, *days)
    assert {row["value_type"] for row in rows} == {"STR"}


def test_the_most_frequent_are_chosen(box: Sandbox) -> None:
    """No more than asked for, from either end."""
    name = payment_property(box)
    numbers = sorted(occurrences(box, name, START).values())
    assert numbers[:2] != numbers[-2:]
    most = top(box, property=name, period="total", top_n=2)
    least = top(box, property=name, period="total", top_n=2, order="asc")
    assert sorted(row["count"] for row in most) == numbers[-2:]
    assert sorted(row["count"] for row in least) == numbers[:2]


def test_numbers_come_as_ranges(box: Sandbox) -> None:
    """The data type is as CleverTap calls it, the range a text."""
    rows = top(box, property="Amount", period="total")
    assert {row["value_type"] for row in rows} == {"NUMBER"}
    assert all("-" in row["value"] for row in rows)


def test_a_top_row_says_what_was_asked(box: Sandbox) -> None:
    """Query, days, event and property stand beside value and number."""
    row = top(box, property="Amount", period="total")[0]
    named = {name: row[name] for name in row if name not in {"value", "count", "counted_at"}}
    assert named == {
        "query": "payments",
        "period_start": str(START),
        "period_end": "2026-07-09",
        "period": "total",
        "event_name": "Charged",
        "property_type": "event_properties",
        "property": "Amount",
        "value_type": "NUMBER",
    }


def test_an_unknown_property_is_a_setting_to_mend(box: Sandbox) -> None:
    """CleverTap says `Invalid group`; the line says which query."""
    wrong = [TOP | {"property": "Amuont"}]
    failed = try_to_read(box, "top_properties", top_property_queries=wrong)
    assert isinstance(failed.error, SettingError)
    assert str(failed.error).startswith("top_property_queries: the query 'payments' was rejected")


def test_top_values_are_read_again_within_the_lookback(sandbox: Serve) -> None:
    """The second run asks for the days of the look-back and the new one."""
    box = sandbox(daily_world("Opened", days=20))
    queries = [TOP | {"event": "Opened", "property": "hour"}]
    first = read(box, "top_properties", top_property_queries=queries)
    box.advance(86400)
    second = read(box, "top_properties", state=first.state, top_property_queries=queries)
    assert {row["period_start"] for row in second.records("top_properties")} == {
        "2026-07-07",
        "2026-07-08",
        "2026-07-09",
    }
    assert bookmarks_of(second, "top_properties") == {"payments": "2026-07-10"}


@pytest.mark.parametrize(
    "faults",
    [
        {"partial": 3},
        {"partial": 1, "dead_request_id": 1},
        {"too_many_requests": 0.3},
        {"server_error": 0.2, "reset": 0.1, "truncated": 0.1, "empty_body": 0.1},
    ],
    ids=str,
)
def test_faults_that_pass_change_nothing(sandbox: Serve, faults: JSON) -> None:
    """Asked again patiently, CleverTap gives the same answers."""
    world = daily_world("Opened")
    opened = {"event": "Opened", "property": "hour", "period": "day"}
    assert top(sandbox(world, **faults), **opened) == top(sandbox(world), **opened)


def test_a_wrong_passcode_ends_the_run_before_its_first_line(sandbox: Serve) -> None:
    """Run alone, the stream says which settings were refused."""
    failed = try_to_read(sandbox(), "top_properties", passcode="wrong")
    assert isinstance(failed.error, SettingError)
    assert str(failed.error).startswith("account_id, passcode, region: ")
    assert failed.lines == []
