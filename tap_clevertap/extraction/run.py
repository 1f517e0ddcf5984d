"""What the streams of a run share."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_clevertap.api.connection_check import listed_events
from tap_clevertap.api.shared_totals import SharedTotals
from tap_clevertap.config.event_selection import chosen_events
from tap_clevertap.extraction.progress import Progress
from tap_clevertap.output.written_rows import WrittenRows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from tap_clevertap.api.client import Client
    from tap_clevertap.config.settings import Settings
    from tap_clevertap.extraction.reconciliation.verdicts import DayReconciliation

SECONDS_PER_MINUTE = 60


class Deadline:
    """When a run is to end: `minutes` after now, or never where that is None."""

    def __init__(self, minutes: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = math.inf if minutes is None else clock() + minutes * SECONDS_PER_MINUTE

    @property
    def is_over(self) -> bool:
        """Whether nothing new is to begin."""
        return self._clock() >= self._end


@dataclass(frozen=True)
class Run:
    """What the streams of a run share: the settings, the client and the time of its start.

    `events_before` are the events that the state has bookmarks of. `reconciled_days` collects the
    reconciliation of each day, `failed` the streams that failed and were skipped, `written_rows`
    the rows that went out, `progresses` how far each stream has come.
    """

    settings: Settings
    client: Client
    now: datetime
    events_before: tuple[str, ...] = ()
    reconciled_days: list[DayReconciliation] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    written_rows: WrittenRows = field(default_factory=WrittenRows)
    progresses: list[Progress] = field(default_factory=list)

    def progress(self, stream: str, unit: str = "slices") -> Progress:
        """Return what counts the rows and slices of a stream, or of some that are read together."""
        started = Progress(stream, self.client.waits, unit)
        self.progresses.append(started)
        return started

    @cached_property
    def deadline(self) -> Deadline:
        """When the run is to end; it begins when this is first used."""
        return Deadline(self.settings.max_run_minutes)

    @cached_property
    def totals(self) -> SharedTotals:
        """How often events happened, for the slices and for whoever else wants to know."""
        return SharedTotals(self.client)

    @cached_property
    def chosen_events(self) -> list[str]:
        """The names of the events to read.

        Raises:
            SettingError: The connection check failed, or no event is selected.
        """
        return chosen_events(self.settings, self.listed_events, self.events_before)

    @cached_property
    def listed_events(self) -> list[str]:
        """The names of the account's events, requested once; empty if that is not permitted.

        Raises:
            SettingError: The connection check failed.
        """
        return listed_events(self.settings, self.client)


def events_read_before(state: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the events of which a state has a bookmark, in the order of the state."""
    stream = state.get("bookmarks", {}).get("events", {})
    partitions = stream.get("partitions") or [] if isinstance(stream, dict) else []
    contexts = [one.get("context") or {} for one in partitions if isinstance(one, dict)]
    return tuple(str(one["event_name"]) for one in contexts if "event_name" in one)
