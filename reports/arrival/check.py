"""What is lost, in words, and the back-fill that brings it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from reports.arrival.sql import has_days, last_run, lost_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reports.arrival.warehouses import Warehouse


@dataclass(frozen=True, slots=True)
class Loss:
    """Rows that were written and have not arrived; event and day are None beyond events."""

    stream: str
    event: str | None
    day: str | None
    written: int
    arrived: int

    def __str__(self) -> str:
        """Say it in a line."""
        what = self.stream if self.event is None else f"{self.stream} {self.event!r} {self.day}"
        lost = self.written - self.arrived
        return f"{what}: {self.written:,} rows written, {self.arrived:,} arrived, {lost:,} lost"


@dataclass(frozen=True, slots=True)
class Result:
    """What the check found: streams that were checked, and losses; `problem` ends it early."""

    streams: Sequence[str] = ()
    losses: Sequence[Loss] = ()
    problem: str | None = None

    @property
    def is_good(self) -> bool:
        """Whether everything that was written is there."""
        return not self.losses and self.problem is None


def check(warehouse: Warehouse) -> Result:
    """Hold the tables against what the tap wrote.

    Raises:
        Unreachable: The warehouse cannot be asked.
    """
    dialect, schema = warehouse.dialect, warehouse.schema
    runs = warehouse.ask(last_run(dialect, schema))
    if not runs:
        return Result(problem="written_rows is empty: no run has said what it wrote")
    [run] = runs
    if run["arrived"] < run["entries"]:
        lost = f"{run['arrived']} of {run['entries']} entries of the last run"
        return Result(problem=f"written_rows has only {lost}; load again")
    written = dialect.table(schema, "written_rows")
    names = warehouse.ask(f"select distinct stream from {written} order by stream")  # noqa: S608 - our own names
    streams = [str(row["stream"]) for row in names]
    found = warehouse.ask(lost_rows(dialect, schema, streams))
    return Result(streams, [_loss(row) for row in found])


def _loss(row: dict[str, Any]) -> Loss:
    return Loss(row["stream"], row["event_name"], row["day"], row["written"], row["arrived"])


def backfills(losses: Iterable[Loss], command: str) -> Iterator[str]:
    """Yield the commands that load what is lost: one for each stretch of days, then the rest."""
    by_day: dict[date, set[str]] = {}
    for loss in losses:
        if has_days(loss.stream) and loss.day and loss.event:
            by_day.setdefault(date.fromisoformat(loss.day), set()).add(loss.event)
    for first, last in _stretches(sorted(by_day)):
        days = [first + timedelta(n) for n in range((last - first).days + 1)]
        events = sorted(set().union(*(by_day[day] for day in days)))
        settings = {
            "EVENTS": json.dumps(events, ensure_ascii=False),
            "START_DATE": str(first),
            "END_DATE": str(last),
        }
        named = " ".join(f"TAP_CLEVERTAP_{name}='{_quoted(v)}'" for name, v in settings.items())
        yield f"{named} {command}"
    others = sorted({loss.stream for loss in losses if not has_days(loss.stream)})
    if others:
        yield f"{command}  # again, with --full-refresh, for {', '.join(others)}"


def _quoted(text: str) -> str:
    return text.replace("'", "'\\''")


def _stretches(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Yield first and last day of each run of days without a gap."""
    first = last = None
    for day in days:
        if first is None or last is None:
            first = last = day
        elif day - last == timedelta(1):
            last = day
        else:
            yield first, last
            first = last = day
    if first is not None and last is not None:
        yield first, last
