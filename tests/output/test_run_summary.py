"""The summary of a run: what an orchestrator reads, whatever the end."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

from tap_clevertap.errors import ReconciliationFailed, SettingError
from tap_clevertap.output.run_summary import outcome
from tap_clevertap.output.writer import Interrupted
from tests.support.running import captured, failing_run, run, tap_on

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.conftest import Serve

JSON = dict[str, Any]
START = "2026-07-01"


def read(path: Path) -> JSON:
    """Return the summary in a file."""
    text = path.read_text("utf-8")
    assert text.count("\n") == 1
    return dict(json.loads(text))


def test_a_complete_run_says_what_it_did(
    sandbox: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Rows, days, slices and waits are those of the run; the file has been replaced whole."""
    caplog.set_level("INFO")
    path = tmp_path / "summary.json"
    path.write_text("of yesterday", "utf-8")
    server = sandbox(throttled=0.3)
    finished = run(server, start_date=START, run_summary_path=str(path))
    found = read(path)
    assert (found["outcome"], found["exit_code"], found["error"]) == ("complete", 0, None)
    assert found["rows"] == {"events": len(finished.records()), "reconciliation": 3}
    assert found["days"] == {"equal": 3}
    assert (found["differences"], found["days_to_read_again"], found["failed_streams"]) == (
        [],
        0,
        [],
    )
    [progress] = [one for one in found["progress"] if one["streams"] == "events"]
    assert 0 < progress["closed"] <= progress["planned"]
    assert found["seconds"] >= 0
    assert found["started_at"] <= found["ended_at"]
    assert list(tmp_path.iterdir()) == [path]
    assert f"run summary: {path.read_text('utf-8').strip()}" in caplog.text


def test_days_that_differ_are_listed(sandbox: Serve, tmp_path: Path) -> None:
    """An incomplete run names event and day, and both numbers."""
    path = tmp_path / "summary.json"
    failed = failing_run(
        sandbox(miscount=5),
        start_date=START,
        lookback_days=0,
        reconciliation="fail",
        run_summary_path=str(path),
    )
    assert isinstance(failed.error, ReconciliationFailed)
    found = read(path)
    assert (found["outcome"], found["exit_code"]) == ("incomplete", 3)
    assert found["error"].startswith("ReconciliationFailed: ")
    assert found["differing_days"] == len(found["differences"]) == 3
    first = found["differences"][0]
    assert (first["event"], first["date"]) == ("Viewed", "2026-07-01")
    assert first["reported"] == first["extracted"] + 5


def test_restarts_and_waits_are_counted(sandbox: Serve, tmp_path: Path) -> None:
    """A cursor that died and a refusal are there as numbers."""
    path = tmp_path / "summary.json"
    server = sandbox(incorrect_usage=0.3, too_many_requests=0.3)
    run(server, start_date=START, batch_size=92, run_summary_path=str(path))
    found = read(path)
    assert sum(one["restarts"] for one in found["progress"]) > 0
    assert found["waits"]["TooManyRequests"] > 0


def test_a_run_that_cannot_begin_leaves_the_file(sandbox: Serve, tmp_path: Path) -> None:
    """What is wrong is a line; the file is that of the last run that began."""
    path = tmp_path / "summary.json"
    path.write_text("of yesterday", "utf-8")
    tap = tap_on(sandbox(), start_date="2999-01-01", run_summary_path=str(path))
    assert isinstance(captured(tap.sync_all).error, SettingError)
    assert "2999" in path.read_text("utf-8") or path.read_text("utf-8") == "of yesterday"


def test_a_summary_that_cannot_be_written_is_a_warning(
    sandbox: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The rows are out: the run is complete."""
    run(sandbox(), start_date=START, run_summary_path=str(tmp_path / "no" / "summary.json"))
    assert "run_summary_path: " in caplog.text
    assert "cannot be written (No such file or directory)" in caplog.text


def test_how_a_run_ended() -> None:
    """Outcome and exit code go together, and an interruption is no error."""
    assert outcome(None) == {"outcome": "complete", "exit_code": 0, "error": None}
    assert outcome(Interrupted(signal.SIGTERM)) == {
        "outcome": "interrupted",
        "exit_code": 143,
        "error": None,
    }
    assert outcome(SettingError("x")) == {
        "outcome": "wrong setting",
        "exit_code": 2,
        "error": "SettingError: x",
    }


def test_days_to_read_again_are_listed_ranges_in_full(sandbox: Serve, tmp_path: Path) -> None:
    """What is malformed in a state ends no run, and is no day."""
    path = tmp_path / "summary.json"
    server = sandbox()
    state = run(server, start_date=START).state
    [partition] = state["bookmarks"]["events"]["partitions"]
    noted = {"nights": 1, "on": "2026-07-10"}
    partition["mismatched_days"] = {"2026-06-01": noted, "yesterday": noted}
    partition["mismatched_ranges"] = [
        {"first": "2026-06-10", "last": "2026-06-12", **noted},
        {"first": "2026-06-20"},
        "2026-06-21",
    ]
    run(server, state=state, start_date=START, end_date="2026-07-01", run_summary_path=str(path))
    found = read(path)
    assert found["days_to_read_again"] == 4
    days = ["2026-06-01", "2026-06-10", "2026-06-11", "2026-06-12"]
    assert found["to_read_again"] == [
        {"stream": "events", "event": "Viewed", "date": day} for day in days
    ]
