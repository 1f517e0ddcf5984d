"""Reconciliation: what is missing is named, and in `fail` nothing is closed over it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tap_clevertap import errors
from tap_clevertap.extraction.reconciliation.verdicts import DayReconciliation, Verdict
from tap_clevertap.extraction.slices import planning
from tap_clevertap.sandbox import Event
from tap_clevertap.sandbox.account.models import epoch
from tap_clevertap.streams.reconciliation import ReconciliationStream
from tests.support.running import failing_run, run, tap_on
from tests.support.worlds import KOLKATA, busy_world, daily_world

if TYPE_CHECKING:
    from tests.conftest import Serve

START = "2026-06-28"
PAGES = 46
LASTING = ({"drop_page": 1.0}, {"ends_early": 1.0}, {"miscount": 5.0}, {"miscount": -5.0})


@pytest.fixture
def daily_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each busy day be a slice."""
    monkeypatch.setattr(planning, "SLICE_ROWS", 200)


@pytest.mark.parametrize("lie", LASTING, ids=str)
def test_a_lie_is_warned_about_by_event_and_day(
    sandbox: Serve, caplog: pytest.LogCaptureFixture, lie: dict[str, float]
) -> None:
    """In `warn` the run goes on; each wrong day stands in the log and in the stream."""
    finished = run(sandbox(busy_world(), None, **lie), start_date=START, batch_size=PAGES)
    warned = [
        one for one in caplog.messages if " rows extracted, " in one and "'Viewed' 2026-" in one
    ]
    proofs = finished.records("reconciliation")
    wrong = [one["date"] for one in proofs if one["verdict"] in {"missing", "surplus"}]
    assert wrong
    assert [one.split()[2].rstrip(":") for one in warned] == wrong
    assert finished.bookmarks == {"Viewed": "2026-07-09"}
    assert all(one["difference"] == one["extracted"] - one["reported"] for one in proofs)


@pytest.mark.usefixtures("daily_slices")
@pytest.mark.parametrize("lie", LASTING, ids=str)
def test_a_lie_is_red_in_fail_and_its_day_stays_open(sandbox: Serve, lie: dict[str, float]) -> None:
    """In `fail` the error names event and day, and the bookmark is left before the day."""
    box = sandbox(busy_world(), None, **lie)
    failed = failing_run(box, start_date=START, batch_size=PAGES, reconciliation="fail")
    assert isinstance(failed.error, errors.ReconciliationFailed)
    said = str(failed.error)
    assert "reconciliation: " in said
    assert "'Viewed' 2026-07-0" in said
    first = min(day for day in ("2026-07-01", "2026-07-02", "2026-07-03") if day in said)
    assert failed.bookmarks.get("Viewed", "") < first


@pytest.mark.usefixtures("daily_slices")
def test_days_before_the_wrong_one_are_closed_in_fail(sandbox: Serve) -> None:
    """The good days need not be read again: only from the wrong one on."""
    world = busy_world()
    # A day with two repeats may be counted with them or without: two less is no lie there.
    for _ in range(2):
        world.add(Event("Viewed", epoch("2026-07-01T00:00:00", KOLKATA), 0, props={"n": 0}))
    box = sandbox(world, miscount=-2)
    failed = failing_run(box, start_date=START, reconciliation="fail")
    assert "2 days differ" in str(failed.error)
    assert failed.bookmarks == {"Viewed": "2026-07-01"}
    box.faults.update({"miscount": 0})
    resumed = run(box, state=failed.state, start_date=START, lookback_days=0)
    assert {one["event_date"] for one in resumed.records()} == {"2026-07-02", "2026-07-03"}
    assert resumed.bookmarks == {"Viewed": "2026-07-09"}


def test_nothing_is_said_when_it_is_off(sandbox: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """With `off` a lie passes silently, no count is asked, and the stream is empty."""
    box = sandbox(busy_world(), ends_early=1)
    finished = run(
        box, start_date="2026-07-02", end_date="2026-07-03", batch_size=PAGES, reconciliation="off"
    )
    assert 0 < len(finished.records()) < 400
    assert "reconciliation: " not in caplog.text
    assert finished.records("reconciliation") == []
    assert box.request_log.requests["trends"] == 0


@pytest.mark.parametrize("mode", ["warn", "fail"])
def test_a_late_row_is_borne_where_it_will_be_read_again(
    sandbox: Serve, caplog: pytest.LogCaptureFixture, mode: str
) -> None:
    """A day of the look-back may differ by a row; its verdict is `late` and it is closed."""
    world = daily_world("Viewed", days=2)
    box = sandbox(world, miscount=1)
    caplog.set_level("INFO")
    finished = run(box, start_date="2026-07-08", reconciliation=mode)
    verdicts = {one["date"]: one["verdict"] for one in finished.records("reconciliation")}
    assert verdicts == {"2026-07-08": "late", "2026-07-09": "late"}
    assert finished.bookmarks == {"Viewed": "2026-07-09"}
    assert [one for one in caplog.records if one.levelname == "WARNING"] == []
    assert "days late: 2" in caplog.text


def test_late_rows_are_picked_up_by_the_next_run(sandbox: Serve) -> None:
    """What arrives a day late, within the look-back, is there after the next run."""
    world = daily_world("Viewed", days=3)
    box = sandbox(world)
    at = epoch("2026-07-08T13:00:00", KOLKATA)
    world.add(Event("Viewed", at, 1, props={"late": True}, arrived_at=box.now() + 3600))
    first = run(box, start_date=START)
    box.advance(7200)
    second = run(box, state=first.state, start_date=START)
    (new,) = (one for one in second.records() if one["event_id"] not in first.ids())
    assert new["event_props"] == {"late": True}


def test_the_stream_proves_each_day(sandbox: Serve) -> None:
    """Each event and day on which something happened has one row, with equal numbers."""
    finished = run(sandbox(busy_world(600, days=3)), start_date=START)
    rows = [
        {name: one[name] for name in ("event_name", "date", "extracted", "reported", "verdict")}
        for one in finished.records("reconciliation")
    ]
    day = {"event_name": "Viewed", "extracted": 200, "reported": 200, "verdict": "equal"}
    assert rows == [day | {"date": f"2026-07-0{n}"} for n in (1, 2, 3)]
    assert {one["checked_at"] for one in finished.records("reconciliation")} == {
        "2026-07-10T06:30:00+00:00"
    }


def test_of_two_proofs_of_a_day_the_worse_is_told(sandbox: Serve) -> None:
    """An event is read twice where a stream of it lags behind; each day is one row."""
    tap = tap_on(sandbox(daily_world("Viewed")))
    day = date(2026, 7, 8)
    proofs = [
        DayReconciliation("Viewed", day, 1, 2, Verdict.MISSING),
        DayReconciliation("Viewed", day, 2, 2, Verdict.EQUAL),
    ]
    tap.run.reconciled_days.extend(proofs)
    stream = tap.streams["reconciliation"]
    assert isinstance(stream, ReconciliationStream)
    [[row]] = stream.pages()
    assert isinstance(row, dict)
    assert row["verdict"] == "missing"
