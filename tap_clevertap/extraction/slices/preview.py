"""What a run would read, event by event, by CleverTap's counts: pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from tap_clevertap.extraction.slices.model import Partition, Slice

SECONDS_PER_HOUR = 3600
HEADS = ("event", "days", "rows", "requests")


@dataclass(slots=True)
class EventPlan:
    """The days, rows and export requests of one event; some of the rows may not be counted."""

    event: str
    days: int = 0
    rows: int = 0
    requests: int = 0
    is_counted: bool = True


def event_plans(
    slices_: Iterable[Slice],
    counts: Mapping[Partition, Mapping[date, int] | None],
    page_rows: int,
) -> list[EventPlan]:
    """Return what slices come to, the largest event first."""
    plans: dict[str, EventPlan] = {}
    for one in slices_:
        plan = plans.setdefault(one.event, EventPlan(one.event))
        by_day = counts.get(one.partition)
        plan.is_counted &= by_day is not None and not one.is_open
        days = list(one.days())
        rows = sum((by_day or {}).get(day, 0) for day in days)
        plan.days += len(days)
        plan.rows += rows
        plan.requests += 1 + max(1, -(-rows // page_rows))
    return sorted(plans.values(), key=lambda one: (-one.rows, one.event))


def plan_lines(plans: Iterable[EventPlan], seconds_a_request: float | None) -> Iterator[str]:
    """Yield a table of the plans, and how long they take at the pace of an earlier run."""
    table = [HEADS, *((one.event, *_numbers(one)) for one in plans)]
    total = EventPlan("in all")
    for one in plans:
        total.days += one.days
        total.rows += one.rows
        total.requests += one.requests
        total.is_counted &= one.is_counted
    table.append((total.event, *_numbers(total)))
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADS))]
    for row in table:
        first, *others = (
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join((first, *others))
    if seconds_a_request is None:
        yield "no estimate of the time: no earlier run has taken a minute or more"
    else:
        hours = total.requests * seconds_a_request / SECONDS_PER_HOUR
        yield f"about {hours:.1f} hours at the pace of the last run"


def _numbers(plan: EventPlan) -> tuple[str, str, str]:
    least = "" if plan.is_counted else "at least "
    return f"{plan.days:,}", f"{least}{plan.rows:,}", f"{least}{plan.requests:,}"
