"""Where CleverTap's own exports lie, and which of the files there to read."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

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
KEYS = ("url", "storage_options", "format", "min_age_minutes", "wait_for", "processes")


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
        if not isinstance(config, dict):
            raise SettingError(_wrong("", config, f"an object of {', '.join(KEYS)}"))
        for key in config:
            if key not in KEYS:
                close = difflib.get_close_matches(str(key), KEYS, n=1)
                hint = f"did you mean {close[0]}?" if close else f"expected {', '.join(KEYS)}"
                msg = f"{SETTING}: {key!r} is not a valid key; {hint}"
                raise SettingError(msg)
        if not config:
            return None
        return cls(
            url=_url(config.get("url")),
            storage_options=_options(config.get("storage_options")),
            format=_choice("format", config.get("format"), FORMATS),
            min_age=timedelta(minutes=_min_age(config.get("min_age_minutes"))),
            waits_for_alert=_choice("wait_for", config.get("wait_for"), (COMPLETED,)) is not None,
            processes=_processes(config.get("processes")),
        )


def _url(value: object) -> str:
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise SettingError(_wrong(".url", value, "s3://, gs://, abfs:// or a local folder"))


def _options(value: object) -> dict[str, Any]:
    if value is None or isinstance(value, dict):
        return dict(value or {})
    msg = f"{SETTING}.storage_options: what was given is not a valid object; expected an object"
    raise SettingError(msg)


def _choice(key: str, value: object, choices: tuple[str, ...]) -> str | None:
    if value is None or value in choices:
        return None if value is None else str(value)
    raise SettingError(_wrong(f".{key}", value, " or ".join(choices)))


def _min_age(value: object) -> float:
    if value is None:
        return MIN_AGE_MINUTES
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and 0 <= float(str(value)) <= MAX_AGE_MINUTES:
        return float(str(value))
    raise SettingError(_wrong(".min_age_minutes", value, f"minutes from 0 to {MAX_AGE_MINUTES}"))


def _processes(value: object) -> int:
    if value is None:
        return max(1, min(DEFAULT_PROCESSES, os.cpu_count() or 1))
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_PROCESSES:
        return value
    raise SettingError(_wrong(".processes", value, f"a whole number from 1 to {MAX_PROCESSES}"))


def _wrong(key: str, value: object, expected: str) -> str:
    return f"{SETTING}{key}: {value!r} is not valid; expected {expected}"
