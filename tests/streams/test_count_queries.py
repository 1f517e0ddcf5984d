"""The user's own questions, answered as the world would."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.errors import SettingError
from tap_clevertap.sandbox import Behaviour, Event, shop
from tap_clevertap.sandbox.account.models import epoch
from tests.support.catalogs import catalog_of
from tests.support.counting import bookmarks_of, read, try_to_read
from tests.support.worlds import KOLKATA, NEW_YORK, daily_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clevertap.sandbox import Sandbox
    from tests.conftest import Serve
    from tests.support.running import Run

JSON = dict[str, Any]
LAST = date(2026, 7, 9)
START = date(2026, 5, 20)
AT_ONCE = Behaviour(partial_share=0.0)


@pytest.fixture(params=[KOLKATA, NEW_YORK])
def box(request: pytest.FixtureRequest, sandbox: Serve) -> Sandbox:
    """Give a shop of two months."""
    return sandbox(shop(9, request.param, LAST, days=60, people=60, events_per_day=60))


def happened(sandbox: Sandbox, name: str, first: date, last: date = LAST) -> Iterator[Event]:
    """Yield what the world says of an event."""
    return sandbox.world.events(name, first, last, sandbox.now())


def is_dear(event: Event) -> bool:
    """Tell purchases above 1000."""
    amount = event.props.get("Amount")
    return isinstance(amount, int | float) and amount > 1000


DEAR = {"event_properties": [{"name": "Amount", "operator": "greater_than", "value": 1000}]}


def query(**more: object) -> list[JSON]:
    """Return one question about purchases."""
    return [{"name": "q", "event": "Charged"} | more]


def counted(box: Sandbox, **more: object) -> dict[str, int]:
    """Ask one question and return its counts by the start of the period."""
    run = read(box, "count_queries", start_date=str(START), count_queries=query(**more))
    return {one["period_start"]: one["count"] for one in run.records("count_queries")}


@pytest.mark.parametrize("filters", [{}, DEAR], ids=["all", "dear"])
def test_events_a_day_are_those_of_the_world(box: Sandbox, filters: JSON) -> None:
    """Occurrences by account-local day; days without any have no row."""
    events = (one for one in happened(box, "Charged", START) if is_dear(one) or not filters)
    truth = Counter(str(box.world.local_day(one.at)) for one in events)
    assert truth
    assert counted(box, filters=filters) == truth


@pytest.mark.parametrize("filters", [{}, DEAR], ids=["all", "dear"])
def test_people_a_day_are_those_of_the_world(box: Sandbox, filters: JSON) -> None:
    """Each person counts once a day."""
    pairs = {
        (str(box.world.local_day(one.at)), one.person)
        for one in happened(box, "Charged", START)
        if is_dear(one) or not filters
    }
    assert counted(box, kind="profiles", filters=filters) == Counter(day for day, _ in pairs)


@pytest.mark.parametrize("kind", ["events", "profiles"])
@pytest.mark.parametrize("filters", [{}, DEAR], ids=["all", "dear"])
def test_months_are_counted_whole(box: Sandbox, kind: str, filters: JSON) -> None:
    """Calendar months, also the one in which the start lies, the present one up to yesterday."""
    bounds = [(date(2026, 5, 1), date(2026, 5, 31)), (date(2026, 6, 1), date(2026, 6, 30))]
    truth = {}
    for first, last in [*bounds, (date(2026, 7, 1), LAST)]:
        people = [
            one.person
            for one in happened(box, "Charged", first, last)
            if is_dear(one) or not filters
        ]
        truth[str(first)] = len(people if kind == "events" else set(people))
    assert counted(box, kind=kind, period="month", filters=filters) == truth


@pytest.mark.parametrize("kind", ["events", "profiles"])
def test_a_total_is_one_number(box: Sandbox, kind: str) -> None:
    """From the start to the last day that is over."""
    people = [one.person for one in happened(box, "Charged", START)]
    number = len(people if kind == "events" else set(people))
    assert counted(box, kind=kind, period="total") == {str(START): number}


def test_history_and_profile_filters_reach_clevertap(box: Sandbox) -> None:
    """Who bought and never uninstalled, from one city: judged over the people of the world."""
    world, first, last = box.world, 20260601, 20260709
    gone = {one.person for one in happened(box, "App Uninstalled", date(2026, 6, 1))}
    buyers = {one.person for one in happened(box, "Charged", START)} - gone
    city = {n for n in buyers if world.people[n].properties.get("City") == "Mumbai"}
    assert 0 < len(city) < len(buyers)
    filters = {
        "common_profile_properties": {"profile_fields": [{"name": "City", "value": "Mumbai"}]},
        "advanced_query": {
            "did_none": [{"event_name": "App Uninstalled", "from": first, "to": last}]
        },
    }
    asked = counted(box, kind="profiles", period="total", filters=filters)
    assert asked == {str(START): len(city)}


def test_a_row_says_what_was_asked(sandbox: Serve) -> None:
    """Query, days, event, kind and period stand beside the number."""
    box = sandbox(daily_world("Opened", days=5))
    queries = [{"name": "all of July", "event": "Opened", "period": "month", "kind": "profiles"}]
    [row] = read(box, "count_queries", start_date="2026-07-05", count_queries=queries).records(
        "count_queries"
    )
    assert row == {
        "query": "all of July",
        "period_start": "2026-07-01",
        "period_end": "2026-07-09",
        "period": "month",
        "event_name": "Opened",
        "kind": "profiles",
        "count": 5,
    }


def test_months_and_totals_without_the_event_are_zero(sandbox: Serve) -> None:
    """CleverTap was asked and said none; that is a row."""
    box = sandbox(daily_world("Opened", days=2))
    queries = [
        {"name": period, "event": "Opened", "period": period} for period in ("month", "total")
    ]
    days = {"start_date": "2026-04-01", "end_date": "2026-04-20"}
    run = read(box, "count_queries", count_queries=queries, **days)  # type: ignore[arg-type] # settings
    assert [one["count"] for one in run.records("count_queries")] == [0, 0]


def test_each_query_has_a_bookmark_of_its_own(sandbox: Serve) -> None:
    """A second run reads the look-back, the present month and the total; a new query all."""
    box = sandbox(daily_world("Opened", "Closed", days=70), AT_ONCE)
    queries: list[JSON] = [
        {"name": period, "event": "Opened", "period": period}
        for period in ("day", "month", "total")
    ]
    first = read(box, "count_queries", start_date=str(START), count_queries=queries)
    assert bookmarks_of(first, "count_queries") == dict.fromkeys(
        ("day", "month", "total"), "2026-07-09"
    )
    box.world.add(Event("Opened", epoch("2026-07-08T10:00:00", KOLKATA), 3))
    box.advance(86400)
    queries.append({"name": "new", "event": "Closed", "period": "month"})
    second = read(
        box, "count_queries", state=first.state, start_date=str(START), count_queries=queries
    )
    starts: dict[str, list[str]] = {}
    for row in second.records("count_queries"):
        starts.setdefault(row["query"], []).append(row["period_start"])
    assert {name: sorted(days) for name, days in starts.items()} == {
        "day": ["2026-07-07", "2026-07-08", "2026-07-09"],
        "month": ["2026-07-01"],
        "total": [str(START)],
        "new": ["2026-05-01", "2026-06-01", "2026-07-01"],
    }
    days = {row["period_start"]: row["count"] for row in second.records("count_queries")}
    assert days["2026-07-08"] == 3


def test_the_days_of_a_year_are_one_question(sandbox: Serve) -> None:
    """However many days, filters or people: Trends tells them at once."""
    box = sandbox(daily_world("Opened", days=365), AT_ONCE)
    queries: list[JSON] = [
        {"name": "people", "event": "Opened", "kind": "profiles"},
        {"name": "filtered", "event": "Opened", "filters": DEAR},
    ]
    start = str(LAST - timedelta(days=364))
    read(box, "count_queries", start_date=start, count_queries=queries)
    assert box.request_log.requests["trends"] == 2
    assert sum(box.request_log.requests.values()) == 3


def test_without_queries_there_is_nothing_to_ask(sandbox: Serve) -> None:
    """The schema goes out, and no record."""
    run = read(sandbox(), "count_queries", "top_properties")
    assert [one["type"] for one in run.messages if one["type"] != "STATE"] == ["SCHEMA"] * 2


def test_an_unknown_event_is_a_setting_to_mend(sandbox: Serve) -> None:
    """The line names setting, query and event, and the event that may have been meant."""
    box = sandbox(daily_world("Added To Cart"))
    queries = [{"name": "carts", "event": "Added to Cart"}]
    failed = try_to_read(box, "count_queries", count_queries=queries)
    assert isinstance(failed.error, SettingError)
    assert str(failed.error).startswith("count_queries: the query 'carts' was rejected")
    assert str(failed.error).endswith("did you mean the event 'Added To Cart'?")


FAULTS: list[JSON] = [
    {"partial": 3},
    {"partial": 1, "dead_request_id": 1},
    {"too_many_requests": 0.3},
    {"server_error": 0.2, "reset": 0.1, "truncated": 0.1, "empty_body": 0.1},
]


@pytest.mark.parametrize("faults", FAULTS, ids=str)
def test_faults_that_pass_change_nothing(sandbox: Serve, faults: JSON) -> None:
    """Asked again patiently, CleverTap gives the same answers."""
    queries = [
        {"name": f"{kind} {period}", "event": "Opened", "kind": kind, "period": period}
        for kind in ("events", "profiles")
        for period in ("day", "month", "total")
    ]
    world = daily_world("Opened")
    calm = read(sandbox(world), "count_queries", count_queries=queries)
    rough = read(sandbox(world, **faults), "count_queries", count_queries=queries)
    assert by_key(rough) == by_key(calm)
    assert len(by_key(calm)) > len(queries)


def by_key(run: Run) -> dict[tuple[str, str], JSON]:
    """Return the records by their key, in whatever order they came."""
    return {(one["query"], one["period_start"]): one for one in run.records("count_queries")}


def test_a_deselected_column_stays_away(sandbox: Serve) -> None:
    """The others are the same, on the way that takes records apart too."""
    box = sandbox(daily_world("Opened", days=2))
    queries = [{"name": "q", "event": "Opened"}]
    chosen = catalog_of("count_queries", without=("period", "kind", "event_name"))
    run = read(box, "count_queries", catalog=chosen, count_queries=queries)
    assert run.records("count_queries")[0] == {
        "query": "q",
        "period_start": "2026-07-08",
        "period_end": "2026-07-08",
        "count": 2,
    }


def test_a_wrong_passcode_ends_the_run_before_its_first_line(sandbox: Serve) -> None:
    """Run alone, the stream says which settings were refused."""
    failed = try_to_read(sandbox(), "count_queries", passcode="wrong", count_queries=query())
    assert isinstance(failed.error, SettingError)
    assert str(failed.error).startswith("account_id, passcode, region: ")
    assert failed.lines == []
