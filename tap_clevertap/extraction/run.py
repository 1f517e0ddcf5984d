"""What a run reads from, shared by its streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from tap_clevertap.api.connection_check import listed_events
from tap_clevertap.config.event_selection import chosen_events
from tap_clevertap.output.written_rows import WrittenRows

if TYPE_CHECKING:
    from datetime import datetime

    from tap_clevertap.api.client import Client
    from tap_clevertap.config.settings import Settings
    from tap_clevertap.extraction.reconciliation import DayReconciliation


@dataclass(frozen=True)
class Run:
    """What a run reads from: the checked settings, a client and the instant of its start.

    `reconciled_days` gathers what was extracted against what CleverTap counts, `failed` the
    streams that were skipped, `written_rows` how many rows went out.
    """

    settings: Settings
    client: Client
    now: datetime
    reconciled_days: list[DayReconciliation] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    written_rows: WrittenRows = field(default_factory=WrittenRows)

    @cached_property
    def chosen_events(self) -> list[str]:
        """The names of the events to read.

        Raises:
            SettingError: The first contact fails, or there is nothing to read.
        """
        return chosen_events(self.settings, self.listed_events)

    @cached_property
    def listed_events(self) -> list[str]:
        """The names of the account's events, asked for once a run; empty where they are secret.

        Raises:
            SettingError: The first contact fails.
        """
        return listed_events(self.settings, self.client)
