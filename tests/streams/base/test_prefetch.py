"""Asking ahead: questions of all streams are under way at once, and what is written is the same."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap import errors
from tap_clevertap.extraction.engine import ExtractionEngine
from tap_clevertap.sandbox import shop
from tap_clevertap.streams.base.polled import LANE, RequestStream
from tap_clevertap.streams.campaigns import CampaignsStream
from tap_clevertap.streams.message_reports import MessageReportsStream
from tests.support.catalogs import catalog_of
from tests.support.running import captured, run, tap_on
from tests.support.worlds import KOLKATA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clevertap.sandbox import World
    from tests.conftest import Serve
    from tests.support.running import Run

JSON = dict[str, Any]
LAST, START = date(2026, 7, 9), "2026-07-01"
STREAMS = (
    "campaign_reports",
    "campaigns",
    "category_groups",
    "count_queries",
    "event_counts",
    "event_schema",
    "events",
    "message_reports",
    "reconciliation",
    "top_properties",
    "user_properties",
)
QUERIES: JSON = {
    "count_queries": [{"name": "purchases", "event": "Charged"}],
    "top_property_queries": [
        {
            "name": "cities",
            "event": "Charged",
            "property_type": "profile_fields",
            "property": "City",
        }
    ],
}
PATIENCE = 120.0


def account() -> World:
    """Return a small shop."""
    return shop(3, KOLKATA, LAST, days=6, people=30, events_per_day=60)


def by_stream(finished: Run) -> dict[str, list[JSON]]:
    """Return the records of each stream, in no order, without what tells of the run's instant."""
    found: dict[str, list[JSON]] = defaultdict(list)
    for one in finished.messages:
        if one["type"] == "RECORD":
            found[one["stream"]].append(one["record"])
    return {name: sorted(records, key=str) for name, records in found.items()}


def settled(state: JSON) -> JSON:
    """Return a state, the partitions of each stream in the order of what they belong to."""
    return {
        name: one | {"partitions": sorted(one.get("partitions", []), key=str)}
        for name, one in state["bookmarks"].items()
    }


def test_slices_follow_counts_before_anybody_takes_results(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the check of the time zone, or a target, is waited for, no lane is idle."""
    box = sandbox(account())
    first = run(box, catalog=catalog_of("events"), start_date="2026-06-01")
    real, opened = ExtractionEngine.pages, list[int]()

    def pages(engine: ExtractionEngine) -> Iterator[Any]:
        deadline = time.monotonic() + PATIENCE
        while not box.request_log.exports and time.monotonic() < deadline:
            time.sleep(0.01)
        opened.append(len(box.request_log.exports))
        yield from real(engine)

    monkeypatch.setattr(ExtractionEngine, "pages", pages)
    box.request_log.exports.clear()
    # A stretch of more days than last run's rate is good for, so that it waits for counts.
    more: JSON = {"start_date": "2026-06-01", "lookback_days": 30, "state": first.state}
    run(box, catalog=catalog_of("events"), **more)
    assert opened[0] > 0


def test_later_streams_are_asked_for_while_events_are_read(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream after the events has been asked for before the events have any row."""
    box, real = sandbox(account()), ExtractionEngine.pages
    asked: list[int] = []

    def pages(engine: ExtractionEngine) -> Iterator[Any]:
        deadline = time.monotonic() + PATIENCE
        while not box.request_log.requests["message_reports"] and time.monotonic() < deadline:
            time.sleep(0.01)
        asked.append(box.request_log.requests["message_reports"])
        yield from real(engine)

    monkeypatch.setattr(ExtractionEngine, "pages", pages)
    catalog = catalog_of("events", "message_reports")
    finished = run(box, catalog=catalog, start_date=START)
    assert asked[0] > 0
    assert finished.records("events")
    assert finished.records("message_reports")


@pytest.mark.parametrize("faults", [{}, {"too_many_requests": 0.2, "server_error": 0.1}])
def test_what_is_written_is_what_one_after_the_other_gives(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, faults: dict[str, float]
) -> None:
    """The same records, streams in the same order, and the same last state."""
    catalog = catalog_of(*STREAMS)
    ahead = run(sandbox(account(), None, **faults), catalog=catalog, start_date=START, **QUERIES)
    monkeypatch.setattr(RequestStream, "prefetches", False)
    after = run(sandbox(account(), None, **faults), catalog=catalog, start_date=START, **QUERIES)
    assert by_stream(ahead) == by_stream(after)
    assert len(by_stream(ahead)) >= len(STREAMS) - 1
    assert schemas(ahead) == schemas(after)
    assert settled(ahead.state) == settled(after.state)


def schemas(finished: Run) -> list[str]:
    """Return the names of streams in the order of their SCHEMA messages."""
    return [one["stream"] for one in finished.messages if one["type"] == "SCHEMA"]


def test_a_failure_waits_for_its_turn(sandbox: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that was rejected does not keep those before it from being written."""

    def refused(_: MessageReportsStream, __: object) -> None:
        msg = "HTTP 403: not for you"
        raise errors.Forbidden(msg)

    monkeypatch.setattr(MessageReportsStream, "fetch", refused)
    box = sandbox(account())
    tap = tap_on(box, catalog=catalog_of("events", "message_reports"), start_date=START)
    finished = captured(tap.sync_all)
    assert "message_reports" in str(finished.error)
    assert finished.bookmarks
    assert finished.records("events")


def test_a_run_that_ends_early_asks_no_more(sandbox: Serve) -> None:
    """Nobody goes on asking for streams that will not be written."""
    box = sandbox(account(), drop_page=1.0)
    catalog = catalog_of("events", "message_reports", "top_properties")
    tap = tap_on(box, catalog=catalog, start_date=START, reconciliation="fail", **QUERIES)
    assert captured(tap.sync_all).error is not None
    deadline = time.monotonic() + PATIENCE
    while asking() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not asking()


def test_an_outage_before_its_turn_is_no_failure(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be answered early is asked again, and closes its days then."""
    real, fetch = ExtractionEngine.pages, MessageReportsStream.fetch
    failed = threading.Event()
    is_over = threading.Event()

    def broken(stream: MessageReportsStream, request: Any) -> Any:  # noqa: ANN401 - passed on
        if is_over.is_set():
            return fetch(stream, request)
        failed.set()
        msg = "HTTP 500"
        raise errors.ServerError(msg)

    def pages(engine: ExtractionEngine) -> Iterator[Any]:
        assert failed.wait(PATIENCE)
        yield from real(engine)
        time.sleep(0.1)
        is_over.set()

    monkeypatch.setattr(MessageReportsStream, "fetch", broken)
    monkeypatch.setattr(ExtractionEngine, "pages", pages)
    catalog = catalog_of("events", "message_reports")
    finished = run(sandbox(account()), catalog=catalog, start_date=START)
    monkeypatch.undo()
    whole = run(sandbox(account()), catalog=catalog, start_date=START)
    assert by_stream(finished)["message_reports"] == by_stream(whole)["message_reports"]
    assert settled(finished.state) == settled(whole.state)


def test_a_sweep_keeps_its_bookmarks_until_its_turn(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an earlier stream fails, those of a full-table stream are still in the state."""
    box = sandbox(account())
    before = run(box, catalog=catalog_of("event_counts"), start_date=START).state

    def refused(_: CampaignsStream, __: object) -> None:
        msg = "HTTP 403: not for you"
        raise errors.Forbidden(msg)

    monkeypatch.setattr(CampaignsStream, "fetch", refused)
    sweep = catalog_of("campaigns", "event_counts", method="FULL_TABLE")
    tap = tap_on(box, catalog=sweep, state=before, start_date=START)
    assert captured(tap.sync_all).error is not None
    after = tap.state["bookmarks"]["event_counts"]["partitions"]
    assert after == before["bookmarks"]["event_counts"]["partitions"] != []


def asking() -> list[str]:
    """Return the names of the lanes that are there."""
    return [one.name for one in threading.enumerate() if one.name.startswith(LANE)]


def test_profiles_are_read_beside_the_events_of_a_night(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have an endpoint of their own; a first run, which may take hours, waits with them."""
    box, real = sandbox(account()), ExtractionEngine.pages
    asked: list[int] = []

    def pages(engine: ExtractionEngine) -> Iterator[Any]:
        deadline = time.monotonic() + (PATIENCE if asked else 0)
        while not box.request_log.requests["profiles"] and time.monotonic() < deadline:
            time.sleep(0.01)
        asked.append(box.request_log.requests["profiles"])
        yield from real(engine)

    monkeypatch.setattr(ExtractionEngine, "pages", pages)
    catalog = catalog_of("events", "profiles")
    first = run(box, catalog=catalog, start_date=START)
    box.request_log.requests.clear()
    second = run(box, catalog=catalog, start_date=START, state=first.state)
    assert asked[0] == 0
    assert asked[1] > 0
    assert second.records("profiles")
