"""What is measured: each trial serves an account, reads it in turns and tells its figures."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.accounts import ENVIRONMENT, RowsMissing, served
from benchmarks.exports import reading
from benchmarks.figures import Budget, Figure
from benchmarks.measure import in_turns, middle, pipe, ratio
from benchmarks.venvs import NotInstalled, program
from benchmarks.webhooks import answering
from benchmarks.worlds import Plan, yesterday

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmarks.accounts import Account, Contender
    from benchmarks.figures import Finding
    from benchmarks.measure import Cost


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is read, and how often; the first trial reads whole days that are `busy`.

    `webhooks` are those of each sender.
    """

    times: int = 5
    busy: int = 50_000
    day: int = 20_000
    quiet: int = 200
    long: int = 100_000
    piped: int = 50_000
    webhooks: int = 25
    exported: int = 5_000_000


MOST_ERROR = 0.2
ESTIMATED = re.compile(r"hold about ([\d,]+) rows")
TOOK = re.compile(r"events: done after (\d+) s")
WINDOW_SECONDS = 8 * 3600

QUICK = Sizes(
    times=1, busy=4_000, day=4_000, quiet=40, long=10_000, piped=5_000, webhooks=2, exported=50_000
)


class Trials:
    """The trials of one run; `folder` takes their files."""

    def __init__(self, sizes: Sizes, folder: Path) -> None:
        self._sizes = sizes
        self._folder = folder

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
            readers |= yield from _with_quickhouse(account)
            costs = _measured(readers, self._sizes.times)
            yield from _figures("no latency", plan, costs)
            yield Budget("times the stock SDK tap", 12, ratio(costs["stock SDK tap"], costs["tap"]))
            typed = ratio(costs["stock SDK tap"], costs["tap, typed stream"])
            yield Budget("typed stream: times the stock SDK tap", 5, typed)
            if "quickhouse" in costs:
                yield Budget("times quickhouse", 2, ratio(costs["quickhouse"], costs["tap"]))
            yield from self._stages(account)

    def slow_pages(self) -> Iterator[Finding]:
        """Read forty-five days at 300 ms a page."""
        plan = Plan(1, 45, self._sizes.day, yesterday())
        with served(plan, self._folder / "slow", 0.3) as (account,):
            readers = {"tap": account.tap(), "tap, one at a time": _one_at_a_time(account)}
            readers |= yield from _with_quickhouse(account)
            costs = _measured(readers, self._sizes.times)
            yield from _figures("300 ms a page", plan, costs)
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
                "tap, one at a time": _one_at_a_time(account, is_night=True),
                "tap, typed": account.tap("typed", is_night=True, is_typed=True),
                "tap, typed, one at a time": _one_at_a_time(account, is_night=True, is_typed=True),
            }
            costs = _measured(readers, self._sizes.times)
        trial = f"{plan.types} quiet events, 100 ms"
        yield from _figures(trial, plan, costs)
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
                costs = _measured({"tap": account.tap()}, self._sizes.times)
            trial = f"{plan.total:,} rows, {days} days"
            yield from _figures(trial, plan, costs)
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
        yield from _figures("into a target", account.plan, costs)

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


def _with_quickhouse(account: Account) -> Generator[Finding, None, dict[str, Contender]]:
    """Return quickhouse as a contender, or say why it is left out."""
    try:
        return {"quickhouse": account.quickhouse(program("quickhouse") / "python")}
    except NotInstalled as error:
        yield str(error)
    return {}


def _one_at_a_time(
    account: Account, *, is_typed: bool = False, is_night: bool = False
) -> Contender:
    name = "typed-alone" if is_typed else "alone"
    return account.tap(name, is_typed=is_typed, is_night=is_night, max_concurrency=1)


def _measured(readers: Mapping[str, Contender], times: int) -> dict[str, list[Cost]]:
    return in_turns({name: reader.run for name, reader in readers.items()}, times)


def _figures(trial: str, plan: Plan, costs: Mapping[str, Sequence[Cost]]) -> Iterator[Finding]:
    for who, runs in costs.items():
        cost = middle(runs)
        yield Figure(trial, who, len(runs), cost, plan.total / cost.wall)


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
