"""Daily counts of every event: equal to what happened, in few questions, from night to night."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.errors import Pending, SettingError
from tap_clevertap.sandbox import Behaviour, Event, EventType, World, shop
from tap_clevertap.sandbox.account.models import epoch
from tests.support.catalogs import catalog_of
from tests.support.counting import bookmarks_of, read, try_to_read
from tests.support.running import captured, tap_on
from tests.support.worlds import KOLKATA, NEW_YORK, daily_world, hard_world, people

if TYPE_CHECKING:
    from tap_clevertap.sandbox import Sandbox
    from tests.conftest import Serve
    from tests.support.running import Run

TRENDS = "trends"
LAST = date(2026, 7, 9)
AT_ONCE = Behaviour(partial_share=0.0)
JSON = dict[str, Any]
Counted = dict[tuple[str, str], tuple[int, int]]


def truth(sandbox: Sandbox, first: date, last: date = LAST) -> Counted:
    """Return occurrences and people by event and day, told by the world."""
    world = sandbox.world
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for name in world.event_types:
        for event in world.events(name, first, last, sandbox.now()):
            found[name, str(world.local_day(event.at))].append(event.person)
    return {key: (len(who), len(set(who))) for key, who in found.items()}


def counted(run: Run) -> Counted:
    """Return what the stream's records say, each event and day once."""
    records = run.records("event_counts")
    rows = {(one["event_name"], one["date"]): (one["events"], one["users"]) for one in records}
    assert len(rows) == len(records)
    return rows


def silent_event(world: World, name: str = "Notification Sent") -> World:
    """Add an event whose rows CleverTap does not give out, though it happened."""
    world.event_types[name] = EventType(name, is_exportable=False)
    for n in range(7):
        at = epoch(f"2026-07-0{n % 3 + 1}T10:00:00", world.timezone)
        world.add(Event(name, at, n % 2))
    return world


@pytest.mark.parametrize("zone", [KOLKATA, NEW_YORK])
def test_a_shop_is_counted_as_it_was(sandbox: Serve, zone: str) -> None:
    """Every event of the account, a row a day in its zone, occurrences and people."""
    box = sandbox(shop(5, zone, LAST, days=12, people=60, events_per_day=150))
    run = read(box, "event_counts", start_date="2026-06-20")
    assert counted(run) == truth(box, date(2026, 6, 20), LAST)
    assert len({name for name, _ in counted(run)}) > 10


def test_refused_events_are_counted(sandbox: Serve) -> None:
    """Of an event whose rows stay inside there are counts all the same."""
    box = sandbox(silent_event(hard_world()))
    run = read(box, "event_counts")
    assert counted(run) == truth(box, date(2026, 6, 10))
    assert counted(run)["Notification Sent", "2026-07-01"] == (3, 2)


def test_days_without_the_event_have_no_row(sandbox: Serve) -> None:
    """What CleverTap leaves out stays out, and the day that is not over is not read."""
    world = daily_world("Opened", days=1)
    world.add(Event("Opened", epoch("2026-07-01T09:00:00", KOLKATA), 1))
    world.add(Event("Opened", epoch("2026-07-10T09:00:00", KOLKATA), 1))
    run = read(sandbox(world), "event_counts", include_today=True)
    assert counted(run) == {
        ("Opened", "2026-07-01"): (1, 1),
        ("Opened", "2026-07-09"): (2, 1),
    }


def test_an_account_where_nothing_happened_has_no_rows(sandbox: Serve) -> None:
    """An empty answer is empty; the days are closed all the same."""
    world = World(KOLKATA, people=people(1), event_types={"Never": EventType("Never")})
    run = read(sandbox(world), "event_counts")
    assert run.records("event_counts") == []
    assert bookmarks_of(run, "event_counts") == {"Never": "2026-07-09"}


@pytest.mark.parametrize(
    ("behaviour", "requests"), [(AT_ONCE, 60), (Behaviour(partial_share=1.0), 180)]
)
def test_a_year_of_thirty_events_takes_sixty_questions(
    sandbox: Serve, behaviour: Behaviour, requests: int
) -> None:
    """Two questions an event, whatever the days; each is polled twice where none is ready."""
    names = [f"Event {n:02}" for n in range(30)]
    box = sandbox(daily_world(*names, days=365), behaviour)
    run = read(box, "event_counts", start_date=str(LAST - timedelta(days=364)))
    assert len(counted(run)) == 30 * 365
    assert box.request_log.requests[TRENDS] == requests
    assert sum(box.request_log.requests.values()) == requests + 1


def test_more_than_a_year_is_asked_year_by_year(sandbox: Serve) -> None:
    """CleverTap draws no longer trend; no day is lost or told twice in between."""
    box = sandbox(daily_world("Opened", days=800), AT_ONCE)
    run = read(box, "event_counts", start_date="2024-01-01")
    assert counted(run) == truth(box, date(2024, 1, 1))
    assert box.request_log.requests[TRENDS] == 6


def test_the_second_run_reads_the_lookback_alone(sandbox: Serve) -> None:
    """Each event has a bookmark; late events of the days before it are counted again."""
    world = daily_world("Opened", "Closed")
    box = sandbox(world)
    first = read(box, "event_counts")
    assert bookmarks_of(first, "event_counts") == {
        "Closed": "2026-07-09",
        "Opened": "2026-07-09",
    }
    world.add(Event("Opened", epoch("2026-07-08T10:00:00", KOLKATA), 3))
    box.advance(86400)
    second = read(box, "event_counts", state=first.state)
    assert counted(second) == truth(box, date(2026, 7, 7), date(2026, 7, 10))
    assert counted(second)["Opened", "2026-07-08"] == (3, 2)
    assert bookmarks_of(second, "event_counts")["Opened"] == "2026-07-10"


def test_a_full_table_run_reads_from_the_start(sandbox: Serve) -> None:
    """Where the catalog asks for everything, bookmarks are no excuse."""
    box = sandbox(daily_world("Opened"))
    first = read(box, "event_counts")
    whole = catalog_of("event_counts", method="FULL_TABLE")
    again = read(box, state=first.state, catalog=whole)
    assert counted(again) == counted(first)


def test_a_backfill_leaves_the_bookmarks_alone(sandbox: Serve) -> None:
    """It reads exactly its days and takes its own marks away."""
    box = sandbox(daily_world("Opened", days=60))
    first = read(box, "event_counts", start_date="2026-07-01")
    days: JSON = {"start_date": "2026-06-01", "end_date": "2026-06-10"}
    run = read(box, "event_counts", state=first.state, **days)
    assert counted(run) == truth(box, date(2026, 6, 1), date(2026, 6, 10))
    assert run.state["bookmarks"] == first.state["bookmarks"]


def test_the_patterns_for_events_choose_here_too(sandbox: Serve) -> None:
    """Who reads some events wants the counts of those."""
    box = sandbox(daily_world("Opened", "Closed", "Charged"))
    run = read(box, "event_counts", events=["*ed"], events_exclude=["Cl*"])
    assert {name for name, _ in counted(run)} == {"Opened", "Charged"}


def test_a_deselected_column_stays_away(sandbox: Serve) -> None:
    """The other columns are the same."""
    box = sandbox(daily_world("Opened", days=2))
    run = read(box, catalog=catalog_of("event_counts", without=("users",)))
    assert run.records("event_counts") == [
        {"event_name": "Opened", "date": "2026-07-08", "events": 2},
        {"event_name": "Opened", "date": "2026-07-09", "events": 2},
    ]


FAULTS: dict[str, JSON] = {
    "partial": {"partial": 4},
    "dead request ids": {"partial": 1, "dead_request_id": 1},
    "too many requests": {"too_many_requests": 0.3},
    "server errors": {"server_error": 0.3},
    "unavailable": {"unavailable": 0.3},
    "resets": {"reset": 0.3},
    "truncated": {"truncated": 0.3},
    "empty bodies": {"empty_body": 0.3},
    "all at once": {"partial": 2, "server_error": 0.1, "too_many_requests": 0.1, "reset": 0.1},
}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_faults_that_pass_change_nothing(sandbox: Serve, faults: JSON) -> None:
    """Asked again patiently, CleverTap tells the same numbers."""
    box = sandbox(silent_event(daily_world(*(f"Event {n}" for n in range(8)))), **faults)
    assert counted(read(box, "event_counts")) == truth(box, date(2026, 6, 10))


def test_a_failure_names_stream_event_and_days(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A count that is never ready ends the run, with a line that says what was not counted."""
    monkeypatch.setattr(Pending, "budget", 0.03)
    failed = try_to_read(sandbox(daily_world("Opened"), partial=10**6), "event_counts")
    assert isinstance(failed.error, Pending)
    what = "'Opened' 2026-06-10 to 2026-07-09"
    assert str(failed.error) == (
        "event_counts: the request to /1/counts/trends.json for "
        f"{what} failed (Pending: HTTP 200: partial)"
    )
    assert failed.records("event_counts") == []


def test_a_run_that_fails_keeps_what_it_has_counted(sandbox: Serve) -> None:
    """Events that were counted before have bookmarks; the next run begins where they end."""
    box = sandbox(daily_world(*(f"Event {n}" for n in range(8))))
    failed = try_to_read(box, "event_counts", max_concurrency=1, events=["*", "Ghost"])
    done = bookmarks_of(failed, "event_counts")
    assert set(done.values()) == {"2026-07-09"}
    assert counted(failed).keys() >= {(name, day) for name, day in done.items()}
    next_run = read(box, "event_counts", state=failed.state)
    assert counted(failed) | counted(next_run) == truth(box, date(2026, 6, 10))
    assert len(counted(next_run)) < len(truth(box, date(2026, 6, 10)))


def test_an_event_that_is_asked_for_by_a_wrong_name_ends_the_run(sandbox: Serve) -> None:
    """A name in `events` that CleverTap does not know is a setting to mend."""
    failed = try_to_read(sandbox(daily_world("Opened")), "event_counts", events=["Openned"])
    assert isinstance(failed.error, SettingError)
    assert str(failed.error).startswith("events: 'Openned' is not an event of the account")


def test_an_event_that_is_listed_but_unknown_is_left_out(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody has named it, so it is warned about; without a bookmark it is tried again."""
    box = sandbox(daily_world("Opened", "Gone"))
    tap = tap_on(box, catalog=catalog_of("event_counts"))
    assert tap.run.listed_events == ["Gone", "Opened"]
    del box.world.event_types["Gone"]
    run = captured(tap.sync_all)
    assert run.error is None
    assert {name for name, _ in counted(run)} == {"Opened"}
    assert bookmarks_of(run, "event_counts") == {"Opened": "2026-07-09"}
    assert "event_counts: 'Gone' is in the account's event schema but unknown" in caplog.text


def test_a_wrong_passcode_ends_the_run_before_its_first_line(sandbox: Serve) -> None:
    """Run alone, the stream says which settings were refused, and writes nothing."""
    failed = try_to_read(sandbox(), "event_counts", passcode="wrong")
    assert isinstance(failed.error, SettingError)
    assert str(failed.error).startswith("account_id, passcode, region: ")
    assert failed.lines == []


def test_one_answer_serves_slices_and_counts(sandbox: Serve) -> None:
    """The totals that slices are cut by and held against are those of the stream too."""
    names = [f"Event {n}" for n in range(6)]
    box = sandbox(daily_world(*names, days=8), AT_ONCE)
    catalog = catalog_of("events", "reconciliation", "event_counts")
    finished = captured(tap_on(box, catalog=catalog, start_date="2026-07-02").sync_all)
    assert finished.error is None
    assert counted(finished) == truth(box, date(2026, 7, 2))
    assert {one["verdict"] for one in finished.records("reconciliation")} == {"equal"}
    assert box.request_log.requests[TRENDS] == 2 * len(names)


def test_events_are_read_first(sandbox: Serve) -> None:
    """The other endpoints answer meanwhile."""
    catalog = catalog_of("events", "event_counts")
    box = sandbox(daily_world("A", days=8), AT_ONCE)
    finished = captured(tap_on(box, catalog=catalog, start_date="2026-07-02").sync_all)
    order = [one["stream"] for one in finished.messages if one["type"] == "RECORD"]
    assert order == sorted(order, key=["events", "event_counts"].index)
