"""Where CleverTap's own exports lie, and which of the files there to read."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tap_clevertap.config.locations import (
    STORAGE_OPTIONS,
    URL,
    checked_object,
    not_valid,
    storage_options_of,
    url_of,
)
from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTING = "exports"
FORMATS = ("csv", "json", "parquet")
COMPLETED = "completed"
MIN_AGE_MINUTES = 60
MAX_AGE_MINUTES = 60 * 24 * 7
MAX_PROCESSES = 32
DEFAULT_PROCESSES = 4
"""At most, where nobody has said: the target needs a core too."""
KEYS = (URL, STORAGE_OPTIONS, "format", "min_age_minutes", "wait_for", "processes")


@dataclass(frozen=True, slots=True)
class ExportFiles:
    """The setting, checked.

    `format` is None where files of every format are read; `waits_for_alert` where a status alert
    takes the place of an age.
    """

    url: str
    storage_options: Mapping[str, Any] = field(repr=False)
    format: str | None
    min_age: timedelta
    waits_for_alert: bool
    processes: int

    @classmethod
    def from_config(cls, config: object) -> ExportFiles | None:
        """Build the view; None where there is no url, and nothing else either.

        Raises:
            SettingError: Part of it is not of the right form.
        """
        config = checked_object(SETTING, config, KEYS)
        if not config:
            return None
        return cls(
            url=url_of(SETTING, config),
            storage_options=storage_options_of(SETTING, config),
            format=_choice("format", config.get("format"), FORMATS),
            min_age=timedelta(minutes=_min_age(config.get("min_age_minutes"))),
            waits_for_alert=_choice("wait_for", config.get("wait_for"), (COMPLETED,)) is not None,
            processes=_processes(config.get("processes")),
        )


def _choice(key: str, value: object, choices: tuple[str, ...]) -> str | None:
    if value is None or value in choices:
        return None if value is None else str(value)
    raise SettingError(not_valid(f"{SETTING}.{key}", value, " or ".join(choices)))


def _min_age(value: object) -> float:
    if value is None:
        return MIN_AGE_MINUTES
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and 0 <= float(str(value)) <= MAX_AGE_MINUTES:
        return float(str(value))
    raise SettingError(
        not_valid(f"{SETTING}.min_age_minutes", value, f"minutes from 0 to {MAX_AGE_MINUTES}")
    )


def _processes(value: object) -> int:
    if value is None:
        return max(1, min(DEFAULT_PROCESSES, os.cpu_count() or 1))
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_PROCESSES:
        return value
    raise SettingError(
        not_valid(f"{SETTING}.processes", value, f"a whole number from 1 to {MAX_PROCESSES}")
    )
