"""What the streams of a run share."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tap_clevertap.api.connection_check import listed_events
from tap_clevertap.api.shared_totals import SharedTotals
from tap_clevertap.config.event_selection import chosen_events
from tap_clevertap.output.written_rows import WrittenRows

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tap_clevertap.api.client import Client
    from tap_clevertap.config.settings import Settings
    from tap_clevertap.extraction.reconciliation import DayReconciliation

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

    `reconciled_days` collects the reconciliation of each day, `failed` the streams that failed and
    were skipped, `written_rows` is the number of rows written.
    """

    settings: Settings
    client: Client
    now: datetime
    reconciled_days: list[DayReconciliation] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    written_rows: WrittenRows = field(default_factory=WrittenRows)

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
        return chosen_events(self.settings, self.listed_events)

    @cached_property
    def listed_events(self) -> list[str]:
        """The names of the account's events, requested once; empty if that is not permitted.

        Raises:
            SettingError: The connection check failed.
        """
        return listed_events(self.settings, self.client)
