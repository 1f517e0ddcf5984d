"""The demo: read an account twice, show what arrived, and check it against the truth."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from demo import account as accounts
from demo import pipeline
from demo.account import TIMEZONE, Account, Counts
from demo.checks import differences
from demo.pictures import bars, table
from demo.warehouse import QUESTION, Warehouse

FOLDER = Path(__file__).parents[1] / "output" / "demo"
PAGE = FOLDER / "dashboard.html"
LOOKBACK_DAYS = 3
TOO_NEW = (3, 14)


@dataclass
class Demo:
    """One demo, from an empty folder on."""

    account: Account
    warehouse: Warehouse = field(default_factory=lambda: Warehouse(FOLDER / "warehouse.duckdb"))
    yesterday: date = field(
        default_factory=lambda: datetime.now(ZoneInfo(TIMEZONE)).date() - timedelta(days=1)
    )
    failures: list[str] = field(default_factory=list)

    def play(self) -> None:
        """Tell the story to its end; what does not hold is in `failures`."""
        before = self.account.truth()
        variables = pipeline.environment(self.account, FOLDER, _first_day(before))
        say(f"meltano {' '.join(pipeline.COMMAND)}")
        pipeline.run(variables, FOLDER / "run-1.log")
        self._show()
        again = datetime.now(UTC)
        say("The same command again: only the look-back is read, because late events come")
        pipeline.run(variables, FOLDER / "run-2.log")
        self._check_second(again)
        self._check_truth(before)
        say(f"meltano {' '.join(pipeline.ANALYSIS)}")
        pipeline.run(variables, FOLDER / "analysis.log", pipeline.ANALYSIS)
        self._check_page()

    def _show(self) -> None:
        say("What arrived")
        tell(table(*self.warehouse.tables()))
        say("Its events")
        tell(table(*self.warehouse.events()))
        say("Events a day")
        tell(bars(self.warehouse.days()))
        say("A question in SQL")
        tell(QUESTION)
        tell(table(*self.warehouse.ask(QUESTION)))

    def _check_second(self, again: datetime) -> None:
        written, oldest = self.warehouse.written_since(again)
        total = sum(number for _, number in self.warehouse.days())
        lookback = (self.yesterday - timedelta(days=LOOKBACK_DAYS - 1)).isoformat()
        say("Checks")
        self._check(
            0 < written < total and oldest >= lookback,
            f"the second run wrote {written:,} of {total:,} rows, none older than {oldest}",
        )
        repeats = self.warehouse.repeats()
        self._check(repeats == 0, f"{repeats} rows are in the table twice")
        tokens = self.warehouse.push_tokens()
        self._check(tokens == 0, f"{tokens} rows have the push token that `privacy` hides")

    def _check_truth(self, before: Counts) -> None:
        after = self.account.truth()
        refused = [event for event in after if self.account.refuses(event)]
        tell(f"  (CleverTap does not export {', '.join(sorted(refused))})")
        arrived = self.warehouse.counts()
        wrong = list(differences(arrived, before, after, f"{self.yesterday:%Y%m%d}", refused))
        for line in wrong[:10]:
            tell(f"  {line}")
        pairs = sum(len(days) for days in arrived.values())
        self._check(
            not wrong,
            f"rows of {len(arrived)} events on {pairs} event days against what really happened: "
            f"{len(wrong)} differ",
        )

    def _check_page(self) -> None:
        measured = self.warehouse.revenue()
        summed = self.warehouse.revenue_of_models()
        self._check(measured == summed, f"revenue by day adds up to that of events: {summed:,.2f}")
        self._check(PAGE.exists(), f"the dashboard is written: open {PAGE}")

    def _check(self, is_right: bool, text: str) -> None:  # noqa: FBT001 - the check itself
        tell(f"  {'✔' if is_right else '✘'} {text}")
        if not is_right:
            self.failures.append(text)


def _first_day(truth: Counts) -> str:
    first = min(day for days in truth.values() for day in days)
    return f"{first[:4]}-{first[4:6]}-{first[6:]}"


def say(heading: str) -> None:
    """Print a heading."""
    tell(f"\n── {heading} {'─' * (76 - len(heading))}")


def tell(text: str) -> None:
    """Print at once, whoever reads."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _end(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def main() -> int:
    """Play the demo; return 0 only if everything in it held."""
    if sys.version_info >= TOO_NEW:
        tell("demo: its target has no build for this Python yet; have one from 3.11 to 3.13, and:")
        tell("      make clean demo PYTHON=python3.13")
        return 1
    signal.signal(signal.SIGTERM, _end)
    started = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    say("A CleverTap account of a small shop, on this machine")
    try:
        with accounts.running() as account:
            tell(f"  listening on {account.url}")
            demo = Demo(account)
            demo.play()
    except RuntimeError as error:
        tell(f"\ndemo: {error}")
        return 1
    except KeyboardInterrupt:
        tell("\ndemo: interrupted; the sandbox is stopped")
        return 130
    what = "failed" if demo.failures else "all as it should be"
    tell(f"\ndemo: {what}, after {time.monotonic() - started:.0f} s; the files are in output/demo")
    return 1 if demo.failures else 0


if __name__ == "__main__":
    sys.exit(main())
