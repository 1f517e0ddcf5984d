"""A run in one JSON object, for whatever watches over runs."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tap_clevertap import logger
from tap_clevertap.output.exit_codes import COMPLETE, INCOMPLETE, WRONG_SETTING, exit_code
from tap_clevertap.output.writer import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from tap_clevertap.output.written_rows import WrittenRows

MAX_LISTED = 100
"""Days that are listed one by one; the numbers beside them are of all."""
OUTCOMES = {COMPLETE: "complete", WRONG_SETTING: "wrong setting", INCOMPLETE: "incomplete"}


class Counts(Protocol):
    """What a stream, or some that were read together, came to."""

    label: str
    unit: str
    planned: int
    counts: Counter[str]


class Verdict(Protocol):
    """How a day compares with CleverTap's count."""

    @property
    def value(self) -> str:
        """The word for it."""

    @property
    def is_wrong(self) -> bool:
        """Whether somebody should look."""


class Day(Protocol):
    """One event and day: rows extracted, rows reported, and what that means."""

    @property
    def event(self) -> str:
        """The name of the event."""

    @property
    def day(self) -> date:
        """The day, in the account's time zone."""

    @property
    def extracted(self) -> int:
        """Rows that went out."""

    @property
    def reported(self) -> int:
        """Rows that CleverTap counts."""

    @property
    def verdict(self) -> Verdict:
        """What the two numbers mean."""


def outcome(error: BaseException | None) -> dict[str, Any]:
    """Return how a run has ended; `error` is None where nothing was wrong."""
    if error is None:
        return {"outcome": "complete", "exit_code": COMPLETE, "error": None}
    if isinstance(error, Interrupted):
        return {"outcome": "interrupted", "exit_code": error.code, "error": None}
    code = exit_code(error)
    kind = type(error).__name__
    return {"outcome": OUTCOMES.get(code, "failed"), "exit_code": code, "error": f"{kind}: {error}"}


class WaitStats(Protocol):
    """Seconds waited, by reason."""

    seconds: dict[str, float]


class Client(Protocol):
    """What has waited."""

    @property
    def waits(self) -> WaitStats:
        """The waits so far."""


class Run(Protocol):
    """What a run has gathered."""

    @property
    def client(self) -> Client:
        """What has sent its requests."""

    @property
    def written_rows(self) -> WrittenRows:
        """The rows that went out."""

    @property
    def progresses(self) -> Sequence[Counts]:
        """How far each stream has come."""

    @property
    def failed(self) -> Sequence[str]:
        """The streams that failed and were skipped."""

    @property
    def reconciled_days(self) -> Sequence[Day]:
        """The days that were compared."""


def run_summary(
    run: Run,
    state: Mapping[str, Any],
    error: BaseException | None,
    started: datetime,
    remembered_in: Callable[[Mapping[str, Any]], Iterable[date]],
) -> dict[str, Any]:
    """Return what a run has come to, at its end; `error` is what has ended it, if anything.

    `remembered_in` returns the days that an event's entry of the state has to be read again.
    """
    ended = datetime.now(UTC)
    times = {"started_at": started.isoformat(), "ended_at": ended.isoformat()}
    seconds = {"seconds": round((ended - started).total_seconds(), 1)}
    waits = {reason: round(number, 1) for reason, number in run.client.waits.seconds.items()}
    again = [
        {"stream": stream, "event": event, "date": str(day)}
        for stream, event, entry in _entries(state)
        for day in remembered_in(entry)
    ]
    parts = outcome(error) | times | seconds | _streams(run) | _days(run.reconciled_days)
    listed = {"days_to_read_again": len(again), "to_read_again": again[:MAX_LISTED]}
    return parts | listed | {"waits": waits}


def _streams(run: Run) -> dict[str, Any]:
    rows: Counter[str] = Counter()
    for key, number in run.written_rows.counts.items():
        rows[key.stream] += number
    return {
        "rows": dict(sorted(rows.items())),
        "failed_streams": sorted(run.failed),
        "progress": [
            {"streams": one.label, "unit": one.unit, "closed": one.counts[one.unit]}
            | {"planned": one.planned, "restarts": one.counts["restarts"]}
            | {"repaired_pages": one.counts["repaired_pages"]}
            for one in run.progresses
        ],
    }


def _days(reconciled: Sequence[Day]) -> dict[str, Any]:
    wrong = [one for one in reconciled if one.verdict.is_wrong]
    return {
        "days": dict(Counter(one.verdict.value for one in reconciled)),
        "differing_days": len(wrong),
        "differences": [
            {"event": one.event, "date": str(one.day), "extracted": one.extracted}
            | {"reported": one.reported, "verdict": one.verdict.value}
            for one in wrong[:MAX_LISTED]
        ],
    }


def _entries(state: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield the stream, the event and the entry of each partition of a state."""
    for stream, bookmark in (state.get("bookmarks") or {}).items():
        for partition in bookmark.get("partitions") or ():
            yield stream, str(next(iter(partition.get("context", {}).values()), "")), partition


def publish(summary: Mapping[str, Any], path: str | None) -> None:
    """Log a summary in one line, and put it in the place of a file where one is wanted."""
    text = json.dumps(summary, ensure_ascii=False)
    logger.info("run summary: %s", text)
    if path is None:
        return
    beside = Path(f"{path}.{os.getpid()}.tmp")
    try:
        beside.write_text(text + "\n", encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        logger.warning("run_summary_path: %s cannot be written (%s)", path, error.strerror)
