"""Measure everything and print one table: `make bench`, or `--quick` for a try."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.contenders import QUICK, Sizes
from benchmarks.figures import Budget, Figure, machine, promises, table
from benchmarks.trials import Trials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.figures import Finding

TOO_SMALL = "--quick: accounts too small to hold the tap to its budgets"
TRIALS = (
    "no_latency",
    "hard",
    "slow_pages",
    "one_busy",
    "skewed",
    "side_by_side",
    "quiet_night",
    "silent_night",
    "states",
    "memory",
    "targets",
    "webhooks",
    "exports",
    "pace",
)


def main() -> None:
    """Run the trials that are asked for; print medians, promises and what else was found."""
    args = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        trials = Trials(QUICK if args.quick else Sizes(), Path(folder))
        found = [finding for name in args.trials or TRIALS for finding in _told(trials, name)]
    say(f"\n{machine()}\n")
    for line in table(one for one in found if isinstance(one, Figure)):
        say(line)
    say(f"\n{TOO_SMALL}\n" if args.quick else "")
    for line in promises(one for one in found if isinstance(one, Budget)):
        say(line)
    say("")
    for one in found:
        if isinstance(one, str):
            say(one)


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _told(trials: Trials, name: str) -> Iterator[Finding]:
    """Yield what a trial finds, and say each figure when it is there: the whole takes minutes."""
    say(f"bench: {name.replace('_', ' ')}")
    for one in getattr(trials, name)():
        if isinstance(one, Figure):
            say(f"bench: {one.trial}, {one.who}: {one.cost.wall:.1f} s")
        yield one


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "trials", nargs="*", choices=[[], *TRIALS], metavar="TRIAL", help=", ".join(TRIALS)
    )
    parser.add_argument("--quick", action="store_true", help="small accounts, each read once")
    return parser


if __name__ == "__main__":
    main()
