"""What is measured: each trial serves an account, reads it in turns and tells its figures."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.accounts import ENVIRONMENT, RowsMissing, served
from benchmarks.contenders import figures, measured, one_at_a_time, with_quickhouse
from benchmarks.exports import reading
from benchmarks.figures import Budget
from benchmarks.lane_trials import LaneTrials
from benchmarks.measure import middle, pipe, ratio
from benchmarks.venvs import NotInstalled, program
from benchmarks.webhooks import answering
from benchmarks.worlds import Plan, yesterday

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmarks.accounts import Account, Contender
    from benchmarks.figures import Finding


MOST_ERROR = 0.2
ESTIMATED = re.compile(r"hold about ([\d,]+) rows")
TOOK = re.compile(r"events: done after (\d+) s")
WINDOW_SECONDS = 8 * 3600


class Trials(LaneTrials):
    """The trials of one run."""

    def no_latency(self) -> Iterator[Finding]:
        """Read one event over ten days as fast as it goes."""
        plan = Plan(1, 10, self._sizes.busy, yesterday())
        with served(plan, self._folder / "fast") as (account,):
            readers = {
                "tap": account.tap(),
                "tap, reconciliation off": account.tap("unproven", reconciliation="off"),
                "tap, typed stream": account.tap("typed", is_typed=True),
                "stock SDK tap": account.stock(),
                "floor": account.floor(),
            }
            readers |= yield from with_quickhouse(account)
            costs = measured(readers, self._sizes.times)
            yield from figures("no latency", plan, costs)
            yield Budget("times the stock SDK tap", 12, ratio(costs["stock SDK tap"], costs["tap"]))
            typed = ratio(costs["stock SDK tap"], costs["tap, typed stream"])
            yield Budget("typed stream: times the stock SDK tap", 5, typed)
            if "quickhouse" in costs:
                yield Budget("times quickhouse", 2.1, ratio(costs["quickhouse"], costs["tap"]))
            yield from self._stages(account)

    def hard(self) -> Iterator[Finding]:
        """Read large purchases, each of a user of its own, as fast as it goes."""
        plan = Plan(1, 10, self._sizes.hard, yesterday(), is_hard=True)
        with served(plan, self._folder / "hard") as (account,):
            readers = {"tap": account.tap(), "stock SDK tap": account.stock()}
            readers |= yield from with_quickhouse(account)
            costs = measured(readers, self._sizes.times)
            yield from figures("hard account", plan, costs)
            stock = ratio(costs["stock SDK tap"], costs["tap"])
            yield Budget("hard account: times the stock SDK tap", 10, stock)
            if "quickhouse" in costs:
                other = ratio(costs["quickhouse"], costs["tap"])
                yield Budget("hard account: times quickhouse", 1.15, other)
            yield from self._stages(account)

    def slow_pages(self) -> Iterator[Finding]:
        """Read forty-five days at 300 ms a page."""
        plan = Plan(1, 45, self._sizes.day, yesterday())
        with served(plan, self._folder / "slow", 0.3) as (account,):
            readers = {"tap": account.tap(), "tap, one at a time": one_at_a_time(account)}
            readers |= yield from with_quickhouse(account)
            costs = measured(readers, self._sizes.times)
            yield from figures("300 ms a page", plan, costs)
            alone = ratio(costs["tap, one at a time"], costs["tap"])
            yield Budget("300 ms a page: times one at a time", 2.7, alone)
            if "quickhouse" in costs:
                other = ratio(costs["quickhouse"], costs["tap"])
                yield Budget("300 ms a page: times quickhouse", 2.7, other)

    def quiet_night(self) -> Iterator[Finding]:
        """Read one new day of many quiet events at 100 ms a request, in one stream or one each."""
        plan = Plan(self._sizes.quiet, 1, 20, yesterday())
        with served(plan, self._folder / "quiet", 0.1) as (account,):
            readers = {
                "tap": account.tap(is_night=True),
                "tap, one at a time": one_at_a_time(account, is_night=True),
                "tap, typed": account.tap("typed", is_night=True, is_typed=True),
                "tap, typed, one at a time": one_at_a_time(account, is_night=True, is_typed=True),
            }
            costs = measured(readers, self._sizes.times)
        trial = f"{plan.types} quiet events, 100 ms"
        yield from figures(trial, plan, costs)
        alone = ratio(costs["tap, one at a time"], costs["tap"])
        yield Budget(f"{trial}: times one at a time", 2.5, alone)
        alone = ratio(costs["tap, typed, one at a time"], costs["tap, typed"])
        yield Budget(f"{trial}: typed streams, times one at a time", 2.5, alone)

    def memory(self) -> Iterator[Finding]:
        """Read two million rows over 20 and over 40 days, and a million rows of one day."""
        rows = self._sizes.long
        for days, a_day, most in ((20, rows, 200), (40, rows // 2, 200), (1, rows * 10, 300)):
            plan = Plan(1, days, a_day, yesterday())
            with served(plan, self._folder / f"{days} days") as (account,):
                costs = measured({"tap": account.tap()}, self._sizes.times)
            trial = f"{plan.total:,} rows, {days} days"
            yield from figures(trial, plan, costs)
            yield Budget(f"{trial}: MB", most, middle(costs["tap"]).rss, is_most=True)

    def targets(self) -> Iterator[Finding]:
        """Read into targets, to see who waits for whom."""
        plan = Plan(1, 10, self._sizes.piped // 10, yesterday())
        with served(plan, self._folder / "piped") as (account,):
            for target, settings in _targets(account).items():
                try:
                    command = [str(program(target) / target), "--config", str(settings)]
                except NotInstalled as error:
                    yield str(error)
                    continue
                yield from self._piped(account, account.tap(), target, command)
                if target == "target-csv":
                    batch = account.tap("batch", batch_config=_batch_config(account))
                    yield from self._piped(account, batch, f"{target}, BATCH", command)

    def webhooks(self) -> Iterator[Finding]:
        """Send webhooks to the receiver, many at once."""
        return answering(self._sizes.times, self._sizes.webhooks, self._folder)

    def exports(self) -> Iterator[Finding]:
        """Read CleverTap's own export files."""
        return reading(self._sizes.times, self._sizes.exported, self._folder)

    def pace(self) -> Iterator[Finding]:
        """Read forty-five days at 300 ms a page, and hold the log's estimate against the run."""
        plan = Plan(1, 45, self._sizes.day, yesterday())
        with served(plan, self._folder / "pace", 0.3) as (account,):
            tap = account.tap()
            found = []
            for _ in range(self._sizes.times):
                tap.run()
                found.append(estimate_error(tap.log.read_text(), plan.total))
        trial = "300 ms a page: how far the estimate of eight hours is off"
        yield Budget(trial, MOST_ERROR, median(found), is_most=True)

    def _piped(
        self, account: Account, tap: Contender, name: str, command: Sequence[str]
    ) -> Iterator[Finding]:
        log = account.folder / "pipe.log"
        runs = [pipe([tap.command, command], log, ENVIRONMENT) for _ in range(self._sizes.times)]
        costs = {f"tap to {name}: tap": [one[0] for one in runs]}
        costs[f"tap to {name}: target"] = [one[1] for one in runs]
        yield from figures("into a target", account.plan, costs)

    def _stages(self, account: Account) -> Iterator[Finding]:
        """Tell the seconds of CPU a million records, by stage."""
        runs: list[Mapping[str, float]] = []
        for _ in range(self._sizes.times):
            found = subprocess.run(  # noqa: S603 - a command of our own
                account.stages(), stdout=subprocess.PIPE, check=True
            )
            runs.append(json.loads(found.stdout))
        middles = Counter({stage: median(run[stage] for run in runs) for stage in runs[0]})
        each = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in middles.items())
        yield f"CPU seconds a million records, by stage: {each}; in all {middles.total():.2f}"


def estimate_error(log: str, rows: int) -> float:
    """Return how far, as a share, a log's estimate of eight hours is from what its run had.

    Raises:
        RowsMissing: The log says nothing of it.
    """
    estimated, took = ESTIMATED.search(log), TOOK.search(log)
    if estimated is None or took is None:
        msg = "the log has no estimate of eight hours"
        raise RowsMissing(msg)
    held = rows / max(1, int(took[1])) * WINDOW_SECONDS
    return abs(int(estimated[1].replace(",", "")) / held - 1)


def _targets(account: Account) -> dict[str, Path]:
    """Return a file of settings for each target."""
    settings: dict[str, dict[str, object]] = {
        "target-jsonl": {"destination_path": str(account.folder), "do_timestamp_file": False},
        "target-duckdb": {
            "filepath": str(account.folder / "warehouse.duckdb"),
            "default_target_schema": "clevertap",
            "batch_size_rows": 20_000,
        },
        "target-csv": {"output_path": str(account.folder)},
    }
    return {name: account.write(f"{name}.json", content) for name, content in settings.items()}


def _batch_config(account: Account) -> dict[str, object]:
    folder = account.folder / "batches"
    folder.mkdir(exist_ok=True)
    return {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": folder.as_uri(), "prefix": ""},
    }
