"""Files that are given on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tap_clevertap.errors import SettingError


def text_of(path: str) -> str:
    """Return the text of a config file.

    Raises:
        SettingError: It cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        msg = f"--config: {path} cannot be read ({why}); expected a JSON file, or ENV"
        raise SettingError(msg) from None


def check_object(option: str, path: str, text: str) -> str:
    """Return the text unchanged; the error leaves out its content, which may be a passcode.

    Raises:
        SettingError: It is not a JSON object.
    """
    try:
        what = type(json.loads(text)).__name__
    except json.JSONDecodeError as error:
        msg = f"{option}: {path} is not valid JSON (line {error.lineno}: {error.msg})"
        raise SettingError(msg) from None
    if what != "dict":
        msg = f"{option}: {path} contains a JSON {what}; expected an object"
        raise SettingError(msg)
    return text
