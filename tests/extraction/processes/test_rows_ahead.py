"""Rows that a second process builds: the same as without it, whatever becomes of it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tap_clevertap.extraction.processes import rows_ahead
from tap_clevertap.extraction.processes.rows_ahead import BusyMeter
from tap_clevertap.sandbox import Behaviour, Device, Event, Person, World
from tap_clevertap.sandbox.account.models import epoch
from tests.support.processes import HANG_GUARD, started
from tests.support.running import failing_run, run
from tests.support.second_process import help_with_all
from tests.support.worlds import KOLKATA, add_twins, busy_world, hard_world

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_clevertap.extraction.processes.pipes import PipedProcess
    from tap_clevertap.records.events import BuiltRows
    from tests.conftest import Serve
    from tests.support.running import Run

START = "2026-06-28"
CALM = Behaviour(partial_share=0)


def unusual_world() -> World:
    """Return an account whose values no target can hold."""
    world = World(KOLKATA, people=[Person([Device("__g1", "Android")], "user-1", name="Z\0e")])
    opening = epoch("2026-07-01T00:00:00", KOLKATA)
    for n in range(60):
        props = {"n": n, "nul": "a\0b", "big": 10**30}
        world.add(Event("Viewed", opening + n * 3600, 0, props=props, session={"nul": "\0"}))
    add_twins(world, opening + 777)
    return world


def rows_of(finished: Run) -> list[bytes]:
    """Return the rows of events as they were written, but without the time of writing."""
    lines = [one for one in finished.lines if b'"stream":"events","record":' in one]
    return sorted(one.rpartition(b',"time_extracted"')[0] for one in lines)


@pytest.mark.parametrize("world", [hard_world, busy_world, unusual_world])
def test_the_rows_are_the_same(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, world: Callable[[], World]
) -> None:
    """Byte by byte, and so are the bookmarks."""
    alone = run(sandbox(world(), CALM), start_date=START, batch_size=46)
    watch = help_with_all(monkeypatch)
    helped = run(sandbox(world(), CALM), start_date=START, batch_size=46)
    assert rows_of(helped) == rows_of(alone)
    assert helped.bookmarks == alone.bookmarks
    assert watch.pages > 1
    [process] = watch.processes
    assert process.wait() != 0  # it was ended


def test_unusual_values_are_counted(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What the second process has changed is in the log as well."""
    help_with_all(monkeypatch)
    run(sandbox(unusual_world(), CALM), start_date=START, reconciliation="off")
    [line] = [one.getMessage() for one in caplog.records if "unusual" in one.getMessage()]
    assert "60 numbers beyond 64 bits" in line
    assert "NUL characters" in line


def lines_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged of the second process."""
    return [one.getMessage() for one in caplog.records if "helps to build" in one.getMessage()]


@pytest.mark.parametrize("page", [1, 2, 5])
def test_a_process_that_is_killed(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, page: int
) -> None:
    """Its pages are built by the tap; no row is lost or comes twice, and one line says so."""
    caplog.set_level(logging.INFO)
    alone = run(sandbox(busy_world(), CALM), start_date=START, batch_size=46)
    watch = help_with_all(monkeypatch)
    received = rows_ahead._received  # noqa: SLF001 - to kill it there

    def end_and_receive(process: PipedProcess) -> BuiltRows | None:
        if watch.pages == page - 1:
            process.end()  # what it has answered meanwhile is lost too
        return received(process)

    monkeypatch.setattr(rows_ahead, "_received", end_and_receive)
    helped = run(sandbox(busy_world(), CALM), start_date=START, batch_size=46)
    rows = [one["event_id"] for one in helped.records()]
    assert sorted(rows) == sorted(one["event_id"] for one in alone.records())
    assert watch.pages == page - 1
    assert lines_of(caplog) == [rows_ahead.ALONE % "has ended"]


def test_a_process_that_cannot_run(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A program that ends at once costs nothing but a line."""
    caplog.set_level(logging.INFO)
    help_with_all(monkeypatch)
    monkeypatch.setattr(rows_ahead, "MODULE", "tap_clevertap.extraction.processes.nothing")
    assert len(run(sandbox(busy_world(), CALM), start_date=START).records()) == 600
    assert lines_of(caplog) == [rows_ahead.ALONE % "has ended"]


def test_a_process_that_cannot_be_started(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A system that lets no more processes begin, likewise."""
    caplog.set_level(logging.INFO)
    watch = help_with_all(monkeypatch)

    def refuse(*_: str) -> PipedProcess:
        raise OSError(11, os.strerror(11))

    monkeypatch.setattr(rows_ahead, "PipedProcess", refuse)
    assert len(run(sandbox(busy_world(), CALM), start_date=START).records()) == 600
    assert watch.processes == []
    assert lines_of(caplog) == [rows_ahead.ALONE % f"could not be started: {os.strerror(11)}"]


def test_one_processor_has_no_second_process(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There it would only take time from the first."""
    watch = help_with_all(monkeypatch)
    monkeypatch.setattr(rows_ahead, "processors", lambda: 1)
    assert len(run(sandbox(busy_world(), CALM), start_date=START).records()) == 600
    assert watch.processes == []


def test_a_run_that_fails_leaves_no_process(
    sandbox: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends with the run, however that ends."""
    watch = help_with_all(monkeypatch)
    box = sandbox(busy_world(), CALM, miscount=1)
    failing_run(box, start_date=START, batch_size=46, reconciliation="fail")
    [process] = watch.processes
    assert process.wait() != 0


ORPHAN = """
import time
from tap_clevertap.extraction.processes.pipes import PipedProcess
from tap_clevertap.extraction.processes.rows_ahead import MODULE
held = PipedProcess(MODULE, "Asia/Kolkata")
print("started", flush=True)
time.sleep(600)
"""


def test_a_tap_that_is_killed_leaves_no_process() -> None:
    """Its end of the pipes is closed with it, and that ends the other."""
    with started([sys.executable, "-c", ORPHAN], stderr=subprocess.PIPE) as tap:
        assert tap.stdout is not None
        assert tap.stdout.readline() == b"started\n"
        tap.kill()
        tap.communicate(timeout=HANG_GUARD)  # until nobody has its stderr any more


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the seconds that it shows."""
        return self.now


@pytest.mark.parametrize(
    ("shares", "busy"),
    [
        ([0.1, 0.1], False),  # the target is the slow end
        ([0.9], True),
        ([0.9, 0.3, 0.3], True),  # the second process has taken work over
        ([0.9, 0.1], False),
        ([0.9, 0.1, 0.3], False),
    ],
)
def test_who_is_busy(shares: list[float], *, busy: bool) -> None:
    """A thread that was on a processor for half of the time; less, once it is helped."""
    clock, work = Clock(), Clock()
    meter = BusyMeter(clock, work)
    meter.note()
    for share in shares:
        clock.now += 2 * rows_ahead.WINDOW_SECONDS
        work.now += share * 2 * rows_ahead.WINDOW_SECONDS
        meter.note()
    assert meter.is_busy is busy
