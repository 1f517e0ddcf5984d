"""Reads what a run is given beside its settings: the files of --config, --state and --catalog."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path
from typing import IO, Any

from tap_clevertap.errors import RunInProgress, SettingError

BYTE_ORDER_MARK = "\ufeff"


def read_file(option: str, file: IO[str]) -> dict[str, Any]:
    """Return the object in an opened file; it is UTF-8 whatever the locale.

    Raises:
        SettingError: It does not hold a JSON object.
    """
    name = getattr(file, "name", "the file")
    try:
        # The shell's locale has opened it; below are the bytes.
        content = getattr(file, "buffer", file).read()
        text = content if isinstance(content, str) else content.decode()
    except (OSError, ValueError) as error:
        raise _unreadable(option, name, error) from None
    return parse_object(option, name, text)


def lock(option: str, file: IO[str]) -> None:
    """Hold a file for this process, so that no other run uses it; the system lets go at the end.

    Raises:
        RunInProgress: Another run holds it.
    """
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        msg = f"{option}: {file.name} is in use by another run; run again when that has ended"
        raise RunInProgress(msg) from None
    except (OSError, ValueError):  # a pipe, or a file system without locks
        pass


def read_path(option: str, path: str) -> dict[str, Any]:
    """Return the object in a file.

    Raises:
        SettingError: It cannot be read or does not hold a JSON object.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise _unreadable(option, path, error) from None
    return parse_object(option, path, text)


def parse_object(option: str, name: str, text: str) -> dict[str, Any]:
    """Return a JSON object; the error leaves out its content, which may be a passcode.

    Raises:
        SettingError: The text is something else.
    """
    try:
        found = json.loads(text.removeprefix(BYTE_ORDER_MARK), parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        msg = f"{option}: {name} is not valid JSON (line {error.lineno}: {error.msg})"
        raise SettingError(msg) from None
    except RecursionError:
        msg = f"{option}: {name} is nested too deeply"
        raise SettingError(msg) from None
    except ValueError as error:
        msg = f"{option}: {name} is not valid JSON ({error})"
        raise SettingError(msg) from None
    if not isinstance(found, dict):
        msg = f"{option}: {name} contains a JSON {type(found).__name__}; expected an object"
        raise SettingError(msg)
    return found


def _no_constant(name: str) -> None:
    msg = f"{name} is not a number of JSON"
    raise ValueError(msg)


def _unreadable(option: str, name: str, error: Exception) -> SettingError:
    why = error.strerror if isinstance(error, OSError) else "not UTF-8"
    hint = ", or ENV" if option == "--config" else ""
    return SettingError(f"{option}: {name} cannot be read ({why}); expected a JSON file{hint}")
