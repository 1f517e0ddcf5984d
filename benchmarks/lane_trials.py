"""Trials of how full the lanes are: what takes time here is waiting for CleverTap."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.accounts import ENVIRONMENT, served
from benchmarks.contenders import figures, measured, one_at_a_time
from benchmarks.figures import Budget
from benchmarks.measure import middle, ratio
from benchmarks.worlds import Plan, yesterday

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.accounts import Contender
    from benchmarks.contenders import Sizes
    from benchmarks.figures import Finding

LANES = 3
SKEWED_PAGE, BUSY_PAGE = 499, 1_000
MEGABYTE = 1_000_000


class LaneTrials:
    """Trials of schedules; `folder` takes their files."""

    def __init__(self, sizes: Sizes, folder: Path) -> None:
        self._sizes = sizes
        self._folder = folder

    def one_busy(self) -> Iterator[Finding]:
        """Read twelve days of one busy event beside four empty ones, at 250 ms a request."""
        plan = Plan(4, 12, 0, yesterday(), "Busy", 9_000)
        with served(plan, self._folder / "busy", 0.25) as (account,):
            readers = {
                "tap": account.tap(batch_size=BUSY_PAGE),
                "tap, one at a time": one_at_a_time(account, batch_size=BUSY_PAGE),
            }
            costs = measured(readers, self._sizes.times)
        yield from figures("one busy event", plan, costs)
        alone = ratio(costs["tap, one at a time"], costs["tap"])
        yield Budget("one busy event: times one at a time", 2.6, alone)

    def skewed(self) -> Iterator[Finding]:
        """Read one busy event among many quiet ones, first and last by name, at 200 ms."""
        for busy in ("A busy event", "Z busy event"):
            plan = Plan(self._sizes.quiet, 8, 1, yesterday(), busy, self._sizes.day)
            yield from self._skewed(f"{busy[0]}, first run", plan, is_night=False)
            night = replace(plan, days=4)  # the new day and those of the look-back
            yield from self._skewed(f"{busy[0]}, night", night, is_night=True)

    def _skewed(self, what: str, plan: Plan, *, is_night: bool) -> Iterator[Finding]:
        latency, trial = 0.2, f"skewed: {what}"
        with served(plan, self._folder / what, latency) as (account,):
            tap = account.tap(is_night=is_night, batch_size=SKEWED_PAGE)
            costs = measured({"tap": tap}, self._sizes.times)
        yield from figures(trial, plan, costs)
        least = sum(
            1 + max(1, -(-rows * plan.days // SKEWED_PAGE)) for rows in plan.events.values()
        )
        times = middle(costs["tap"]).wall / (least * latency / LANES)
        yield Budget(f"{trial}: times the ideal of its requests", 1.2, times, is_most=True)

    def side_by_side(self) -> Iterator[Finding]:
        """Read all streams of many events at 150 ms, each count polled for once."""
        plan = Plan(300, 4, 5, yesterday())
        latency, trial = 0.15, "all streams"
        with served(plan, self._folder / "whole", latency, partial_share=1.0) as (account,):
            costs = measured({"tap": account.tap(is_everything=True)}, self._sizes.times)
        yield from figures(trial, plan, costs)
        # Occurrences and users of each event, each posted, polled in vain and polled.
        trends = 2 * 3 * plan.types * latency / LANES
        times = middle(costs["tap"]).wall / trends
        yield Budget(f"{trial}: times the requests of Trends", 1.25, times, is_most=True)

    def states(self) -> Iterator[Finding]:
        """Weigh the STATE messages of a night of many events."""
        each: list[float] = []
        for types in (self._sizes.many, 4 * self._sizes.many):
            plan = Plan(types, 1, 20, yesterday())
            with served(plan, self._folder / f"{types} events") as (account,):
                records, states = _weighed(account.tap(is_night=True))
            each.append(states / types)
            yield f"{types:,} events: {states:.3f} MB of STATE beside {records:.1f} MB of records"
            yield Budget(f"{types:,} events: STATE of records", 0.2, states / records, is_most=True)
        yield Budget("STATE an event, four times the events", 1.05, each[1] / each[0], is_most=True)

    def silent_night(self) -> Iterator[Finding]:
        """Read a night with nothing new, at 200 ms; the zone was checked the night before."""
        plan = Plan(12, 4, 0, yesterday())
        with served(plan, self._folder / "silent", 0.2) as (account,):
            costs = measured({"tap": account.tap(is_night=True)}, self._sizes.times)
        yield from figures("nothing new", plan, costs)


def _weighed(tap: Contender) -> tuple[float, float]:
    """Return the megabytes of RECORD and of STATE messages that a run writes."""
    sizes = {b"RECORD": 0, b"STATE": 0}
    with (
        tap.log.open("wb") as log,
        subprocess.Popen(  # noqa: S603 - a command of our own
            tap.command, stdout=subprocess.PIPE, stderr=log, env={**os.environ, **ENVIRONMENT}
        ) as process,
    ):
        for line in process.stdout or ():
            kind = line[9 : line.index(b'"', 9)]
            if kind in sizes:
                sizes[kind] += len(line)
    tap.check()
    return sizes[b"RECORD"] / MEGABYTE, sizes[b"STATE"] / MEGABYTE
