"""Measure everything and print one table: `make bench`, or `--quick` for a try."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Budget, Figure, machine, promises, table
from benchmarks.trials import QUICK, Sizes, Trials

TRIALS = ("no_latency", "slow_pages", "quiet_night", "memory", "targets")


def main() -> None:
    """Run the trials that are asked for; print medians, promises and what else was found."""
    args = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        trials = Trials(QUICK if args.quick else Sizes(), Path(folder))
        found = [finding for name in args.trials or TRIALS for finding in _told(trials, name)]
    say(f"\n{machine()}\n")
    for line in table(one for one in found if isinstance(one, Figure)):
        say(line)
    say("")
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


def _told(trials: Trials, name: str) -> list[Figure | Budget | str]:
    say(f"bench: {name.replace('_', ' ')}")
    return list(getattr(trials, name)())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "trials", nargs="*", choices=[[], *TRIALS], metavar="TRIAL", help=", ".join(TRIALS)
    )
    parser.add_argument("--quick", action="store_true", help="small accounts, each read once")
    return parser


if __name__ == "__main__":
    main()
