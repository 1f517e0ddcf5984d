"""Accounts that are being served, and the programs that read them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from benchmarks import measure
from benchmarks.serving import ACCOUNT_ID, PASSCODE
from benchmarks.worlds import TIMEZONE
from tap_clevertap.extraction.timezone_check import MEMORY, REMEMBERED_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmarks.measure import Cost
    from benchmarks.worlds import Plan

# Programs find their compiled modules, as from the second night on, whatever the shell has set.
ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": ""}
GENERIC, TYPED = re.compile("events$"), re.compile("event_product_viewed_")
"""The streams that are read: one of all events, or one for each."""
ALL = re.compile("(?!realtime|content|category|webhooks|exported)")
KINDS = {GENERIC: "generic", TYPED: "typed", ALL: "whole"}
COUNTED = re.compile(
    rb'"record_count","value":(\d+),"tags":\{"stream":"(?:events|event_product_viewed_\d+)"'
    rb"|^(\d+) rows$",
    re.MULTILINE,
)


class RowsMissing(Exception):
    """A contender has not read what it was to read; its time means nothing."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A program that reads `rows` rows and says in its log how many they were."""

    command: Sequence[str]
    log: Path
    rows: int

    def run(self) -> Cost:
        """Run it to its end.

        Raises:
            RowsMissing: It read more or fewer rows than there are.
        """
        cost = measure.run(self.command, self.log, ENVIRONMENT)
        self.check()
        return cost

    def check(self) -> None:
        """Compare the rows that its log tells of with those that there are.

        Raises:
            RowsMissing: They are not the same.
        """
        found = COUNTED.findall(self.log.read_bytes())
        read = sum(int(one or other) for one, other in found)
        if read != self.rows:
            msg = f"{self.log.stem}: read {read} rows of {self.rows}"
            raise RowsMissing(msg)


@dataclass(frozen=True, slots=True)
class Account:
    """A served account; `folder` is for the files that its readers need."""

    plan: Plan
    url: str
    folder: Path

    def tap(
        self,
        name: str = "tap",
        *,
        is_typed: bool = False,
        is_night: bool = False,
        is_everything: bool = False,
        **settings: object,
    ) -> Contender:
        """Return the tap with `settings` beside those that it must have.

        It reads events into one stream, or each into a typed one, or all streams there are; with
        `is_night` it has read all but the last day before.
        """
        typed = {"typed_events": ["*"]} if is_typed else {}
        config = self.write(f"{name}.json", self._settings | typed | settings)
        command = [sys.executable, "-m", "tap_clevertap", "--config", str(config)]
        streams = TYPED if is_typed else ALL if is_everything else GENERIC
        catalog = self._catalog(command, streams)
        command += ["--catalog", str(catalog)]
        if is_night:
            state = self._night_before(json.loads(catalog.read_text()))
            command += ["--state", str(self.write(f"{name}-state.json", state))]
        return Contender(command, self.folder / f"{name}.log", self.plan.total)

    def stock(self) -> Contender:
        """Return the tap that the SDK's template leads to."""
        days = {"end_date": str(self.plan.last), "events": self.plan.names}
        config = self.write("stock.json", self._settings | days)
        command = [sys.executable, "-m", "benchmarks.stock_tap", "--config", str(config)]
        return Contender(command, self.folder / "stock.log", self.plan.total)

    def quickhouse(self, python: Path) -> Contender:
        """Return quickhouse, which `python` has installed; it reads the first event alone."""
        command = [str(python), "-m", "benchmarks.with_quickhouse", *self._question]
        command += [str(self.folder / "csv")]
        return Contender(command, self.folder / "quickhouse.log", self.plan.total)

    def floor(self) -> Contender:
        """Return the program that does the least; it reads the first event alone."""
        command = [sys.executable, "-m", "benchmarks.floor", *self._question]
        return Contender(command, self.folder / "floor.log", self.plan.total)

    def stages(self) -> list[str]:
        """Return the command that tells the tap's CPU seconds by stage."""
        return [sys.executable, "-m", "benchmarks.stages", *self._question, TIMEZONE]

    def _night_before(self, catalog: dict[str, list[dict[str, str]]]) -> dict[str, object]:
        """Return the state of a tap that has read all but the account's last day.

        It has checked the time zone on that night, and checks it once a week.
        """
        closed = str(self.plan.last - timedelta(days=1))
        partitions = [
            {
                "context": {"event_name": name},
                "replication_key": "event_date",
                "replication_key_value": closed,
                "rows_a_day": rows,
            }
            for name, rows in self.plan.events.items()
        ]
        names = [one["stream"] for one in catalog["streams"]]
        typed = sorted(name for name in names if TYPED.match(name))
        marks = {name: {"partitions": [one]} for name, one in zip(typed, partitions, strict=False)}
        checked = {
            "timezone": TIMEZONE,
            "from": str(self.plan.first),
            "until": str(self.plan.last + timedelta(days=REMEMBERED_DAYS)),
        }
        events = {"partitions": partitions, MEMORY: checked}
        return {"bookmarks": {"events": events, **marks}}

    @property
    def _settings(self) -> dict[str, object]:
        return {
            "account_id": ACCOUNT_ID,
            "passcode": PASSCODE,
            "api_url": self.url,
            "timezone": TIMEZONE,
            "start_date": str(self.plan.first),
        }

    @property
    def _question(self) -> list[str]:
        days = [str(self.plan.first), str(self.plan.last)]
        return [self.url, ACCOUNT_ID, PASSCODE, self.plan.names[0], *days]

    def _catalog(self, command: Sequence[str], streams: re.Pattern[str]) -> Path:
        """Make a catalog that selects the rows of events and their proof alone."""
        path = self.folder / f"{KINDS[streams]}-catalog.json"
        if not path.exists():
            found = subprocess.run(  # noqa: S603 - a command of our own
                [*command, "--discover"],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=True,
            )
            path.write_text(json.dumps(_selecting(json.loads(found.stdout), streams)))
        return path

    def write(self, name: str, content: Mapping[str, object]) -> Path:
        """Write a file of settings and return where it is."""
        path = self.folder / name
        path.write_text(json.dumps(content))
        return path


def _selecting(
    catalog: dict[str, list[dict[str, object]]], streams: re.Pattern[str]
) -> dict[str, object]:
    """Select what is measured, and say of all else that it is not wanted."""

    def selected(name: str) -> list[dict[str, object]]:
        is_wanted = name == "reconciliation" or bool(streams.match(name))
        return [{"breadcrumb": [], "metadata": {"selected": is_wanted}}]

    found = [one | {"metadata": selected(str(one["stream"]))} for one in catalog["streams"]]
    return {"streams": found}


@contextmanager
def served(
    plan: Plan, folder: Path, *latencies: float, partial_share: float = 0.0
) -> Iterator[list[Account]]:
    """Serve an account by a process of its own, at an address for each latency (in seconds).

    `partial_share` of the counts have to be polled for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = map(str, latencies or (0,))
    command = [sys.executable, "-m", "benchmarks.serving", plan.to_json(), *numbers]
    command += [f"--partial-share={partial_share}"]
    with subprocess.Popen(  # noqa: S603 - a command of our own
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        if server.stdout is None or server.stdin is None:
            raise AssertionError
        urls = [server.stdout.readline().strip() for _ in latencies or (0,)]
        try:
            yield [Account(plan, url, folder) for url in urls]
        finally:
            server.stdin.close()
