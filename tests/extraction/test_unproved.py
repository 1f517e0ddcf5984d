"""What a reviewer once found: ways in which a run could look finished and was not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap import errors
from tap_clevertap.api import client, responses, shared_totals
from tap_clevertap.api import counts as trends
from tap_clevertap.api.decoding import Envelope
from tap_clevertap.extraction import fetcher as fetching
from tap_clevertap.sandbox import Event, World, shop
from tap_clevertap.sandbox.account.models import epoch
from tests.support.catalogs import catalog_of
from tests.support.running import captured, failing_run, run, tap_on
from tests.support.worlds import KOLKATA, NEW_YORK, busy_world, daily_world, people

if TYPE_CHECKING:
    from tests.conftest import Serve

START = "2026-07-01"
PAGES = 46
LAST = date(2026, 7, 9)


def counting_once(monkeypatch: pytest.MonkeyPatch, times: int = 1) -> None:
    """Let CleverTap count so many times and no more."""
    real: Any = trends.daily_counts
    calls: list[object] = []

    def counts(*arguments: Any, **_: object) -> dict[date, int]:  # noqa: ANN401 - passed on
        calls.append(arguments)
        if len(calls) > times:
            msg = "POST /1/counts/trends.json: ReadTimeout"
            raise errors.TimedOut(msg)
        counted: dict[date, int] = real(*arguments)
        return counted

    for asking in (fetching, shared_totals):
        monkeypatch.setattr(asking, "daily_counts", counts)


def test_a_failed_recount_leaves_the_first_count_standing(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was known to be missing is not forgotten because the second question failed."""
    counting_once(monkeypatch)
    box = sandbox(busy_world(), drop_page=0.3)
    failed = failing_run(box, start_date=START, batch_size=PAGES, reconciliation="fail")
    assert isinstance(failed.error, errors.ReconciliationFailed)
    assert failed.bookmarks == {}


def test_repeats_do_not_cover_rows_that_are_missing(sandbox: Serve) -> None:
    """A number between the different rows and all of them proves nothing, so `fail` is red."""
    box = sandbox(shop(7, KOLKATA, LAST, days=4, people=60), repeats=0.05, drop_page=0.03)
    failed = failing_run(
        box, start_date=START, batch_size=230, events=["Product Viewed"], reconciliation="fail"
    )
    assert isinstance(failed.error, errors.ReconciliationFailed)
    assert "(undecided)" in str(failed.error) or "(missing)" in str(failed.error)
    assert failed.bookmarks == {}


def test_a_zone_that_fits_today_alone_is_refused(sandbox: Serve) -> None:
    """Caracas has the clocks of New York in summer, not in winter: only old records tell."""
    world = World(NEW_YORK, people=people(200))
    for n in range(200):
        text = "2026-02-01T12:00:00" if n % 2 else "2026-07-08T12:00:00"
        world.add(Event("App Installed", epoch(text, NEW_YORK) + n, n))
    failed = failing_run(sandbox(world), start_date="2026-01-28", timezone="America/Caracas")
    assert "have the offset -05:00" in str(failed.error)


def test_days_that_nobody_counts_are_not_closed_in_fail(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a count there is no proof, and `fail` asks for one."""
    counting_once(monkeypatch, times=0)
    box = sandbox(busy_world(), ends_early=1.0)
    failed = failing_run(box, start_date=START, batch_size=PAGES, reconciliation="fail")
    assert "reconciliation: no counts for " in str(failed.error)
    assert failed.bookmarks == {}


def test_a_refusal_amid_an_export_is_not_its_end(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event whose rows have begun to come is not one whose rows are refused."""
    real, pages = responses.check_page, list[Envelope]()

    def checked(status: int, page: Envelope) -> None:
        pages.append(page)
        if len(pages) == 5:
            msg = "HTTP 400: Export not allowed for this event"
            raise errors.ExportNotAllowed(msg)
        real(status, page)

    monkeypatch.setattr(client, "check_page", checked)
    finished = run(sandbox(busy_world()), start_date=START, batch_size=PAGES)
    assert len(finished.records()) == len(finished.ids()) == 600


def test_a_whole_back_fill_leaves_live_bookmarks_alone(sandbox: Serve) -> None:
    """FULL_TABLE with an `end_date` is still a back-fill."""
    box = sandbox(busy_world())
    live = run(box, start_date=START)
    catalog = catalog_of("events", method="FULL_TABLE")
    after = run(box, state=live.state, catalog=catalog, start_date=START, end_date="2026-07-02")
    assert after.bookmarks == live.bookmarks == {"Viewed": "2026-07-09"}


@pytest.mark.parametrize("reconciliation", ["off", "warn"])
def test_an_event_that_is_named_twice_is_read_once(sandbox: Serve, reconciliation: str) -> None:
    """Also where the account's schema does not list it."""
    box = sandbox(busy_world(60))
    tap = tap_on(
        box, start_date="2026-07-02", events=["Viewed", "Viewed"], reconciliation=reconciliation
    )
    tap.run.__dict__["listed_events"] = []
    finished = captured(tap.sync_all)
    assert finished.error is None
    assert len(finished.records()) == len(finished.ids()) == 40


def test_a_name_with_brackets_is_a_name(sandbox: Serve) -> None:
    """It is read when it is named, and left out when that is asked for."""
    box = sandbox(daily_world("Clicked [Home]", "Viewed"))
    named = run(box, start_date="2026-07-07", events=["Clicked [Home]"])
    assert {one["event_name"] for one in named.records()} == {"Clicked [Home]"}
    without = run(box, start_date="2026-07-07", events_exclude=["Clicked [Home]"])
    assert {one["event_name"] for one in without.records()} == {"Viewed"}


def test_a_pattern_that_matches_nothing_is_said(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Another that matches does not hide the slip."""
    run(sandbox(daily_world("Viewed")), start_date="2026-07-07", events=["Viewed", "Charg*"])
    assert "events: no event of the account matches the pattern 'Charg*'" in caplog.messages


def test_a_bookmark_in_the_future_stops_nothing(sandbox: Serve) -> None:
    """The look-back is read, as if yesterday had been the last closed day."""
    state = run(sandbox(daily_world("Viewed")), start_date=START).state
    state["bookmarks"]["events"]["partitions"][0]["replication_key_value"] = "2027-07-09"
    finished = run(sandbox(daily_world("Viewed")), start_date=START, state=state)
    assert {one["event_date"] for one in finished.records()} == {
        "2026-07-07",
        "2026-07-08",
        "2026-07-09",
    }


def test_a_first_contact_that_fails_is_paid_for_once(sandbox: Serve) -> None:
    """Ten streams do not each wait for a host that errs."""
    box = sandbox(daily_world("Viewed"), server_error=1.0)
    catalog = catalog_of("events", "profiles", "campaigns", "event_schema", "content_blocks")
    finished = captured(tap_on(box, catalog=catalog, skip_failed_streams=True).sync_all)
    assert isinstance(finished.error, errors.ServerError)
    assert box.request_log.requests == {"schema": errors.ServerError.tries}


@pytest.mark.parametrize("partitions", [{}, [{"context": None}], [{"context": {}}]])
def test_an_odd_state_is_no_state(sandbox: Serve, partitions: object) -> None:
    """Entries that say nothing are passed over."""
    state = {"bookmarks": {"events": {"partitions": partitions}}}
    finished = run(sandbox(daily_world("Viewed")), start_date="2026-07-08", state=state)
    assert finished.bookmarks == {"Viewed": "2026-07-09"}
