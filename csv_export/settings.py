"""The file that says what to export: `csv.toml`."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

REQUIRED = ("account_id", "passcode", "timezone")
OPTIONAL = ("region", "api_url", "events", "start_date", "end_date")
EXAMPLE = """\
account_id = "…"
passcode = "…"
region = "in1"
timezone = "Asia/Kolkata"
events = ["Charged", "App Launched"]
start_date = 2026-07-01
end_date = 2026-07-31
"""


class ExportError(Exception):
    """The export cannot go on; the message is one line for whoever started it."""


def read(path: Path) -> dict[str, Any]:
    """Return the settings of the tap from a file.

    Raises:
        ExportError: The file is not as expected.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror})"
        raise ExportError(msg) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f'{path}: not valid TOML ({error}); expected lines such as timezone = "Asia/Kolkata"'
        raise ExportError(msg) from None
    unknown = sorted(set(given) - {*REQUIRED, *OPTIONAL})
    if unknown:
        msg = (
            f"{path}: unknown setting {unknown[0]!r}; expected {', '.join((*REQUIRED, *OPTIONAL))}"
        )
        raise ExportError(msg)
    missing = [name for name in REQUIRED if not given.get(name)]
    if missing:
        msg = f"{path}: {missing[0]!r} is missing; expected {', '.join(REQUIRED)}"
        raise ExportError(msg)
    return {name: str(value) if isinstance(value, date) else value for name, value in given.items()}
