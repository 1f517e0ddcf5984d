"""Progress: no run is silent for long, and its last line says what came of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from tap_clevertap.extraction import progress
from tests.support.running import run, tap_on
from tests.support.worlds import busy_world

if TYPE_CHECKING:
    from tests.conftest import Serve


@pytest.fixture(autouse=True)
def _at_info(caplog: pytest.LogCaptureFixture) -> None:
    """Hear what is said at INFO."""
    caplog.set_level(logging.INFO, "tap-clevertap")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the progress of the events."""
    return [one for one in caplog.messages if one.startswith("events: ") and "took" not in one]


def test_a_run_says_what_came_of_it(sandbox: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """A short run has one line, with rows and days closed of those planned."""
    run(sandbox(busy_world()), start_date="2026-06-28", batch_size=46)
    (done,) = lines(caplog)
    assert done.startswith("events: done after ")
    assert "600 rows, 12 of 12 days closed" in done


def test_a_long_run_says_how_far_it_is(
    sandbox: Serve, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the interval has passed, a line has what has been read so far."""
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.0)
    box = sandbox(busy_world())
    run(box, start_date="2026-06-28", batch_size=46)
    so_far = [one for one in lines(caplog) if "so far after" in one]
    assert len(so_far) >= 2
    assert all("0 of 12 days closed" in one for one in so_far[:2])


def test_a_wait_says_what_for(sandbox: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """When nothing comes, the line has what is waited for, and what came so far."""
    ours = progress.Progress("events", tap_on(sandbox()).run.client.waits)
    ours.add(rows=1200, slices=1)
    ours.wait()
    (line,) = lines(caplog)
    assert line.startswith("events: waiting for CleverTap (no response yet) after 0 s, 1,200 rows")
