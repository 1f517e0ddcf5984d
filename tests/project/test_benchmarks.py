"""The benchmarks measure what they say."""

from __future__ import annotations

import gzip
import sys
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from benchmarks.accounts import Contender, RowsMissing, served
from benchmarks.exports import write_files
from benchmarks.figures import Budget, Figure, promises, table
from benchmarks.measure import Cost, RunFailed, middle, ratio, run
from benchmarks.trials import estimate_error
from benchmarks.webhooks import MOST_MS, answering
from benchmarks.worlds import Plan

if TYPE_CHECKING:
    from pathlib import Path

SDK_LINE = (
    '2026-01-01 | INFO | METRIC: {"type":"counter","metric":"record_count","value":%d,'
    '"tags":{"stream":"%s","pid":1}}\n'
)


def test_rows_of_the_sdk_log_are_added_up(tmp_path: Path) -> None:
    """A counter that was read off twice is a sum; other streams do not count."""
    log = tmp_path / "tap.log"
    lines = [("events", 3), ("events", 4), ("reconciliation", 9)]
    log.write_text("".join(SDK_LINE % (rows, stream) for stream, rows in lines))
    Contender([], log, 7).check()
    with pytest.raises(RowsMissing, match="read 7 rows of 16"):
        Contender([], log, 16).check()


def test_a_program_without_rows_is_refused(tmp_path: Path) -> None:
    """Who reads nothing is not the fastest."""
    with pytest.raises(RowsMissing):
        Contender([sys.executable, "-c", ""], tmp_path / "log", 1).run()


def test_a_failed_run_is_told_with_its_last_words(tmp_path: Path) -> None:
    """Its cost would be that of failing."""
    with pytest.raises(RunFailed, match="no more"):
        run([sys.executable, "-c", "raise SystemExit('no more')"], tmp_path / "log")


FAMILY = """
import subprocess, sys
grown = "held = bytearray(b'x') * 200_000_000; print(flush=True); input()"
between = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
commands = [sys.executable, "-c", grown], [sys.executable, "-c", between, grown]
family = [subprocess.Popen(one, **pipes) for one in commands]
for one in family:
    one.stdout.readline()
import time; time.sleep(1)
for one in family:
    one.communicate(b"end")
"""
"""Two processes that hold 200 MB each at the same time, one of them started by another."""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is of Linux")
def test_memory_is_that_of_all_processes(tmp_path: Path) -> None:
    """What a process has others hold is its own: the sum, not the greatest."""
    cost = run([sys.executable, "-c", FAMILY], tmp_path / "log")
    assert 400 < cost.rss < 600


def test_medians_are_of_each_measure_alone() -> None:
    """The median wall and the median peak may be of different runs."""
    costs = [Cost(1, 30, 200), Cost(2, 10, 300), Cost(3, 20, 100)]
    assert middle(costs) == Cost(2, 20, 200)


def test_a_ratio_pairs_the_runs_of_a_turn() -> None:
    """A minute in which everything is slow does not move it."""
    slow, fast = [Cost(wall, 0, 0) for wall in (12, 40, 11)], [Cost(w, 0, 0) for w in (6, 20, 4)]
    assert ratio(slow, fast) == 2


def test_a_budget_is_a_bound_on_one_side() -> None:
    """Speed is to be no less, memory no more."""
    faster, smaller = Budget("times", 2, 1.9), Budget("MB", 200, 201, is_most=True)
    assert not faster.is_met
    assert not smaller.is_met
    told = list(promises([faster, Budget("MB", 200, 199, is_most=True)]))
    assert told[2:] == ["| times | ≥ 2 | 1.9 | missed |", "| MB | ≤ 200 | 199 | met |"]


def test_the_table_is_markdown() -> None:
    """Each line has a cell for each head."""
    lines = list(table([Figure("fast", "tap", 5, Cost(2, 1.5, 80), 100_000)]))
    assert len({line.count("|") for line in lines}) == 1
    assert lines[-1] == "| fast | tap | 5 | 2.0 | 1.5 | 80 | 100,000 |"


def test_all_contenders_read_the_same_rows(tmp_path: Path) -> None:
    """The tap, the stock tap and the floor find every row of a small account."""
    with served(Plan(1, 2, 30, date(2026, 1, 31)), tmp_path) as (account,):
        typed = account.tap("typed", is_typed=True)
        for contender in (account.tap(), typed, account.stock(), account.floor()):
            assert contender.run().wall > 0


def test_a_night_reads_the_last_day_alone(tmp_path: Path) -> None:
    """The state before it is that of a tap which has read all other days, in each stream."""
    with served(Plan(3, 5, 4, date(2026, 1, 31)), tmp_path) as (account,):
        for name, is_typed in (("generic", False), ("typed", True)):
            tap = account.tap(name, is_typed=is_typed, is_night=True, lookback_days=0)
            nights = replace(tap, rows=3 * 4)
            assert nights.run().wall > 0


def test_every_webhook_is_stored_and_timed(tmp_path: Path) -> None:
    """The figure is of requests that were answered 200; its budget is an upper bound."""
    figure, budget = answering(1, 1, tmp_path)
    assert isinstance(figure, Figure)
    assert isinstance(budget, Budget)
    assert (figure.runs, budget.wanted, budget.is_most) == (1, MOST_MS, True)
    lines = (tmp_path / "webhooks-0").glob("*.jsonl")
    assert sum(path.read_bytes().count(b"\n") for path in lines) == 200


def test_an_estimate_is_held_against_the_run() -> None:
    """Which of the two is larger does not matter; a log without one is refused."""
    line = "events: %s\nevents: done after 10 s, 1,000 rows, 1 of 1 slices closed"
    log = line % "9 pages took 1 ms each; 8 hours hold about 3,600,000 rows"
    assert estimate_error(log, 1000) == pytest.approx(0.25)
    with pytest.raises(RowsMissing, match="no estimate"):
        estimate_error(line % "", 1000)


def test_export_files_have_as_many_headers_as_they_say(tmp_path: Path) -> None:
    """And as many rows."""
    write_files(tmp_path / "files", 2)
    files = sorted((tmp_path / "files").iterdir())
    lines = [gzip.decompress(file.read_bytes()).splitlines() for file in files]
    assert (len(lines), len({one[0] for one in lines})) == (50, 8)
    assert {len(one) for one in lines} == {3}
