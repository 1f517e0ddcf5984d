"""What all streams share: two ways of writing the same records, limits, and failing alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_clevertap.errors import ReconciliationFailed, StreamsFailed
from tests.support.running import captured, failing_run, run, tap_on
from tests.support.worlds import busy_world, hard_world

if TYPE_CHECKING:
    from tests.conftest import Serve

START = "2026-06-28"


@pytest.mark.parametrize("limit", [1, 5])
def test_a_record_limit_is_honoured(sandbox: Serve, limit: int) -> None:
    """A dry run writes so many records a stream and no more, though a page holds more."""
    tap = tap_on(sandbox(hard_world()), start_date=START)
    streams = [tap.streams[name] for name in ("events", "reconciliation")]
    finished = captured(lambda: tap.run_sync_dry_run(limit, streams))
    assert finished.error is None
    assert len(finished.records()) == limit
    assert len(finished.records("reconciliation")) <= limit


def test_a_dry_run_closes_nothing(sandbox: Serve) -> None:
    """What a record limit cuts off is not taken for read."""
    tap = tap_on(sandbox(hard_world()), start_date=START)
    finished = captured(lambda: tap.run_sync_dry_run(1, [tap.streams["events"]]))
    assert finished.bookmarks == {}


def test_a_dry_run_does_not_hide_a_wrong_setting(sandbox: Serve) -> None:
    """--test fails where a run would."""
    tap = tap_on(sandbox(), passcode="wrong")
    finished = captured(lambda: tap.run_sync_dry_run(1, [tap.streams["events"]]))
    assert "passcode" in str(finished.error)


@pytest.mark.parametrize(
    "settings", [{}, {"stream_maps": {"events": {"more": "'x'"}}}], ids=["lines", "sdk"]
)
def test_a_failed_stream_is_skipped_and_the_run_is_red(
    sandbox: Serve, caplog: pytest.LogCaptureFixture, settings: dict[str, object]
) -> None:
    """With skip_failed_streams the others are written, and the end names those that failed."""
    box = sandbox(busy_world(), ends_early=1)
    failed = failing_run(
        box,
        state=None,
        catalog=None,
        start_date=START,
        batch_size=46,
        reconciliation="fail",
        skip_failed_streams=True,
        **settings,
    )
    assert isinstance(failed.error, StreamsFailed)
    assert str(failed.error) == "skip_failed_streams: streams failed: events"
    line = "events: stream failed, continuing with the remaining streams: reconciliation: 3 days"
    assert line in caplog.text
    assert len(failed.records("reconciliation")) == 3
    assert failed.bookmarks == {}


def test_a_failed_stream_ends_the_run_by_default(sandbox: Serve) -> None:
    """Without skip_failed_streams nothing follows it."""
    box = sandbox(busy_world(), ends_early=1)
    failed = failing_run(box, start_date=START, batch_size=46, reconciliation="fail")
    assert isinstance(failed.error, ReconciliationFailed)
    assert failed.records("reconciliation") == []


def test_schemas_come_before_records(sandbox: Serve) -> None:
    """Each stream is introduced once, with its keys, before its first record."""
    finished = run(sandbox(hard_world()), start_date=START)
    introduced: dict[str, list[str]] = {}
    for message in finished.messages:
        if message["type"] == "SCHEMA":
            assert message["stream"] not in introduced
            introduced[message["stream"]] = message["key_properties"]
        if message["type"] == "RECORD":
            assert message["stream"] in introduced
    assert introduced == {"events": ["event_id"], "reconciliation": ["event_name", "date"]}


def test_flattening_loses_no_record(sandbox: Serve) -> None:
    """With flattening each record takes the SDK's way, under the same ids."""
    box = sandbox(hard_world())
    flat = run(box, start_date=START, flattening_enabled=True, flattening_max_depth=1)
    assert flat.ids() == run(box, start_date=START).ids()
    assert all(not isinstance(one.get("event_props"), dict) for one in flat.records())


def test_nothing_marks_a_finished_run_as_unfinished(sandbox: Serve) -> None:
    """On both ways the last state has no progress markers."""
    box = sandbox(hard_world())
    for settings in ({}, {"stream_maps": {"events": {"more": "'x'"}}}):
        finished = run(box, state=None, catalog=None, start_date=START, **settings)
        assert "progress_markers" not in str(finished.state)
        assert len(finished.bookmarks) == 4
