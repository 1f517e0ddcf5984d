"""A first load in bulk against the tap piped into the target: `python -m benchmarks.bulk`.

Both begin with an empty warehouse and end with the same rows in it, which is checked.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from benchmarks.accounts import ENVIRONMENT, served
from benchmarks.figures import machine
from benchmarks.measure import middle, pipe, ratio, run
from benchmarks.venvs import program
from benchmarks.worlds import Plan, yesterday
from tests.loaders import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.accounts import Account
    from benchmarks.measure import Cost

ROOT = Path(__file__).parents[1]
DAYS = 10
IDS = "SELECT count(*), count(DISTINCT event_id), min(event_id), max(event_id) FROM {}.events"


class Trial:
    """One warehouse: how it is emptied, piped into, loaded in bulk, and what is in it then."""

    def __init__(self, name: str, account: Account, target: dict[str, Any]) -> None:
        """Prepare the commands; `target` has the settings of the target."""
        self.name = name
        self._account = account
        self._target = target
        self.log = account.folder / f"{name}.log"

    def piped(self) -> Cost:
        """Run the tap into the target; the cost is that of the target, which ends last."""
        target = f"target-{self.name}"
        settings = {"default_target_schema": "clevertap", **self._target}
        config = self._account.write(f"{target}.json", settings)
        command = [str(program(target) / target), "--config", str(config)]
        return pipe([self._account.tap().command, command], self.log, ENVIRONMENT)[1]

    def bulk(self) -> Cost:
        """Run the tap into files, and load these."""
        batches = self._account.folder / f"{self.name}-files"
        batches.mkdir(exist_ok=True)
        config = {
            "encoding": {"format": "jsonl", "compression": "gzip"},
            "storage": {"root": batches.as_uri(), "prefix": ""},
            "batch_size": 100_000,
        }
        tap = shlex.join(self._account.tap(f"bulk-{self.name}", batch_config=config).command)
        output = self._account.folder / f"{self.name}.jsonl"
        load = shlex.join([sys.executable, "-m", "bulk_load", self.name, str(output)])
        prefix = f"TARGET_{self.name.upper()}"
        given = {f"{prefix}_{key.upper()}": str(value) for key, value in self._target.items()}
        script = f"{tap} > {shlex.quote(str(output))} && {load}"
        environment = {**ENVIRONMENT, **given, "PYTHONPATH": str(ROOT)}
        return run(["sh", "-c", script], self.log, environment)


def main() -> None:
    """Measure both warehouses, in turns, and say how many times as fast the bulk load is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--only", choices=["duckdb", "postgres"])
    args = parser.parse_args()
    plan = Plan(1, DAYS, args.rows // DAYS, yesterday())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bulk-")))
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bulk-postgres-")))
        server = stack.enter_context(postgres.running(data))
        (account,) = stack.enter_context(served(plan, folder))
        file = account.folder / "warehouse.duckdb"
        into_duckdb = Trial("duckdb", account, {"filepath": str(file), "batch_size_rows": 20_000})
        into_postgres = Trial(
            "postgres", account, {**server.target, "use_copy": True, "validate_records": False}
        )
        counted, drop = IDS.format("clevertap"), "DROP SCHEMA clevertap CASCADE"
        trials = (
            (into_duckdb, lambda: _duckdb(file), file.unlink),
            (into_postgres, lambda: server.ask(counted), lambda: server.ask(drop)),
        )
        for trial, rows, empty in trials:
            if args.only in {None, trial.name}:
                for line in _measured(trial, args.times, rows, empty):
                    _say(line)
    _say(machine())


def _measured(
    trial: Trial, times: int, rows: Callable[[], Any], empty: Callable[[], Any]
) -> Iterator[str]:
    piped: list[Cost] = []
    bulk: list[Cost] = []
    for _ in range(times):
        found = []
        for costs, measure in ((piped, trial.piped), (bulk, trial.bulk)):
            costs.append(measure())
            found.append(rows())
            empty()
        if found[0] != found[1]:
            msg = f"{trial.name}: piped {found[0]}, in bulk {found[1]}"
            raise SystemExit(msg)
    yield f"{trial.name}: rows, ids, least and greatest id: {found[0]}"
    for name, costs in (("tap | target", piped), ("bulk", bulk)):
        cost = middle(costs)
        yield f"{trial.name}, {name}: {cost.wall:.1f} s, {cost.cpu:.1f} s of CPU, {cost.rss:.0f} MB"
    yield f"{trial.name}: bulk is {ratio(piped, bulk):.1f} times as fast, {times} runs"


def _duckdb(file: Path) -> Any:  # noqa: ANN401 - a row
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(IDS.format("clevertap")).fetchall()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
