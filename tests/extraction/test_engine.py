"""Extraction: how much is asked for, in what pieces, and what identical rows become."""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING

import pytest

from tap_clevertap import errors
from tap_clevertap.extraction.slices import planning
from tap_clevertap.sandbox import Behaviour, EventType
from tap_clevertap.sandbox.account import ground_truth
from tap_clevertap.sandbox.account.models import epoch
from tests.support.rendezvous import hold_until_in_flight
from tests.support.running import bookmarks, failing_run, run
from tests.support.worlds import (
    KOLKATA,
    add_twins,
    busy_world,
    daily_world,
    hard_world,
    silent_world,
)

if TYPE_CHECKING:
    from tap_clevertap.sandbox import Sandbox
    from tests.conftest import Serve

START = "2026-06-28"
SHORT = "2026-07-03"
PAGES = 46
FIRST_OF_JULY = epoch("2026-07-01T00:00:00", KOLKATA)


def happened(sandbox: Sandbox) -> int:
    """Return how many rows there really are up to yesterday."""
    counts = ground_truth.counts(sandbox.world, sandbox.now(), last=date(2026, 7, 9))
    return sum(sum(days.values()) for days in counts.values())


def few_rows(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let a slice hold so many rows."""
    monkeypatch.setattr(planning, "SLICE_ROWS", number)


def test_three_years_of_silence_cost_few_requests(sandbox: Serve) -> None:
    """An event type that never happened costs three counts, one opening and one page."""
    types = 40
    box = sandbox(silent_world(types), Behaviour(partial_share=0))
    finished = run(box, start_date="2023-07-11")
    assert box.request_log.requests["trends"] == 3 * types
    # The look at the time zone is four small exports more: three of late, one of long ago.
    assert box.request_log.requests["events"] <= 2 * (types + 4)
    assert set(finished.bookmarks.values()) == {"2026-07-09"}


def test_a_second_night_of_silence_costs_three_requests_a_type(sandbox: Serve) -> None:
    """With a state each silent type is counted once and opened once."""
    types = 40
    box = sandbox(silent_world(types), Behaviour(partial_share=0))
    first = run(box, start_date="2023-07-11")
    before = box.request_log.requests.total()
    run(box, state=first.state, start_date="2023-07-11")
    assert box.request_log.requests.total() - before <= 3 * types + 9


def test_busy_days_are_slices_of_their_own(sandbox: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Days that fill a slice are read one by one; the quiet ones around are joined."""
    few_rows(monkeypatch, 200)
    box = sandbox(busy_world(600, days=3))
    run(box, start_date=START)
    sample = ("Viewed", 20260628, 20260709)
    assert set(box.request_log.exports) - {sample} == {
        ("Viewed", 20260628, 20260701),
        ("Viewed", 20260702, 20260702),
        ("Viewed", 20260703, 20260709),
    }


def test_a_short_stretch_is_cut_by_last_nights_rate(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look-back of an event that was busy is read day by day, that of a quiet one at once."""
    few_rows(monkeypatch, 4)
    box = sandbox(daily_world("Quiet"))
    for n in range(40):
        add_twins(box.world, FIRST_OF_JULY + n * 86400 // 4, number=4)
    first = run(box, start_date="2026-07-06")
    box.request_log.exports.clear()
    run(box, state=first.state, start_date="2026-07-01")
    tapped = [one for one in box.request_log.exports if one[0] == "Tapped"]
    assert ("Tapped", 20260707, 20260707) in tapped
    quiet = [one for one in box.request_log.exports if one[0] == "Quiet"]
    assert ("Quiet", 20260707, 20260708) in quiet


@pytest.mark.parametrize("most", [1, 2, 3])
def test_slots_are_used_and_never_exceeded(sandbox: Serve, most: int) -> None:
    """As many requests as allowed are in flight at an endpoint, and never one more."""
    names = [f"Event {n}" for n in range(6)]
    box = sandbox(daily_world(*names, days=3), Behaviour(page_latency=0.02))
    first = run(box, start_date=SHORT, max_concurrency=1)  # which checks the time zone
    hold_until_in_flight(box, most, "events")
    run(box, state=first.state, start_date=SHORT, max_concurrency=most)
    assert box.request_log.most_in_flight["events"] == most
    assert max(box.request_log.most_in_flight.values()) == most


def test_a_refused_event_is_skipped_with_one_warning(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Rows that CleverTap gives to nobody are no failure, and have no bookmark."""
    box = sandbox()
    finished = run(box, start_date=START)
    assert finished.bookmarks == {"Viewed": "2026-07-09"}
    assert len(finished.records()) == 200
    (line,) = (one for one in caplog.messages if "Notification Sent" in one)
    assert line == "events: export not permitted for 'Notification Sent'; only counts are available"


def test_a_discarded_event_is_read_like_any_other(sandbox: Serve) -> None:
    """What the account no longer takes has a past."""
    world = daily_world("Old")
    world.event_types["Old"] = EventType("Old", status="Discarded")
    assert len(run(sandbox(world), start_date=START).records()) == 24


def test_repeats_of_the_api_are_dropped_and_real_twins_kept(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """CleverTap's counts tell them apart; both figures are in the log."""
    caplog.set_level(logging.INFO)
    world = busy_world()
    add_twins(world, FIRST_OF_JULY)
    box = sandbox(world, repeats=0.1)
    finished = run(box, start_date=START, batch_size=PAGES)
    assert len(finished.records()) == len(finished.ids()) == happened(box) == 603
    (twins,) = (one for one in caplog.messages if one.endswith("(genuine)"))
    assert twins == "'Tapped' 2026-06-28 to 2026-07-09: 2 duplicate rows: kept (genuine)"
    assert any(one.endswith("dropped (repeated by the API)") for one in caplog.messages)
    (done,) = (one for one in caplog.messages if one.startswith("events: done"))
    assert "2 duplicate rows genuine" in done
    assert "duplicate rows API repeats" in done


def test_repeats_that_counts_cannot_tell_go_out_with_a_warning(
    sandbox: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """Where a day has both, all go out under ids of their own."""
    world = busy_world(days=1)
    add_twins(world, FIRST_OF_JULY)
    for event in list(world.events("Tapped", date.min, date.max, 2**40)):
        world.add(type(event)("Viewed", event.at, event.person, props={"again": 1}))
    box = sandbox(world, repeats=0.1)
    finished = run(box, start_date=START, batch_size=PAGES)
    assert len(finished.records()) == len(finished.ids()) > happened(box)
    warned = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    (line,) = (one for one in warned if one.endswith("kept (undecided)"))
    assert line.startswith("'Viewed' 2026-06-28 to 2026-07-09: ")


@pytest.mark.parametrize(("choice", "expected"), [("keep", 3), ("drop", 1)])
def test_identical_rows_are_kept_or_dropped_unasked(
    sandbox: Serve, caplog: pytest.LogCaptureFixture, choice: str, expected: int
) -> None:
    """With `keep` and `drop` no count is asked for, and the log says what was done."""
    caplog.set_level(logging.INFO)
    world = daily_world("Viewed", days=2)
    add_twins(world, epoch("2026-07-08T10:00:00", KOLKATA))
    box = sandbox(world)
    finished = run(box, start_date="2026-07-08", duplicates=choice, reconciliation="off")
    assert len([one for one in finished.records() if one["event_name"] == "Tapped"]) == expected
    assert box.request_log.requests["trends"] == 0
    word = {"keep": "kept", "drop": "dropped"}[choice]
    assert f"2 duplicate rows: {word}" in caplog.text


@pytest.mark.parametrize("reconciliation", ["off", "warn"])
@pytest.mark.parametrize("include_today", [False, True])
def test_twins_are_kept_whenever_the_counts_are_asked(
    sandbox: Serve, *, reconciliation: str, include_today: bool
) -> None:
    """On closed days and on the open one, before or after its rows are read."""
    world = daily_world("Viewed", days=2)
    add_twins(world, epoch("2026-07-08T10:00:00", KOLKATA))
    add_twins(world, epoch("2026-07-10T10:00:00", KOLKATA), number=2)
    finished = run(
        sandbox(world),
        start_date=SHORT,
        reconciliation=reconciliation,
        include_today=include_today,
    )
    tapped = [one for one in finished.records() if one["event_name"] == "Tapped"]
    assert len(tapped) == len({one["event_id"] for one in tapped}) == (5 if include_today else 3)


def test_a_slice_waits_for_its_counts(sandbox: Serve) -> None:
    """Rows that are there before the counts are settled when the counts come."""
    box = sandbox(hard_world(), Behaviour(partial_share=1), partial=40)
    finished = run(box, start_date=SHORT, reconciliation="warn")
    assert set(finished.bookmarks.values()) == {"2026-07-09"}
    assert len(finished.bookmarks) == 4


def test_counts_that_cannot_be_had_are_said_once(
    sandbox: Serve, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without counts all rows go out and all days close; one warning says that nothing proves."""
    monkeypatch.setattr(errors.Pending, "budget", 0.02)
    box = sandbox(hard_world(), Behaviour(partial_share=1), partial=10**6)
    finished = run(box, start_date=START)
    assert len(finished.records()) == happened(box)
    assert len(finished.bookmarks) == 4
    (line,) = (one for one in caplog.messages if "no counts for" in one)
    assert line.startswith("reconciliation: no counts for 4 events, such as ")
    assert "Pending" in line
    assert finished.records("reconciliation") == []


def test_a_failed_slice_leaves_its_bookmark_behind(sandbox: Serve) -> None:
    """An event that breaks ends the run; its bookmark has not moved."""
    box = sandbox(busy_world(), repeated_cursor=1)
    failed = failing_run(box, start_date=START, batch_size=PAGES)
    assert "could not be read completely" in str(failed.error)
    assert "CursorRepeated" in str(failed.error)
    moved = [bookmarks(state).get("Viewed", "") for state in failed.states]
    assert all(day < "2026-07-01" for day in moved)
