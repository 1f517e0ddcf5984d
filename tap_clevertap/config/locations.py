"""Settings that name a folder or bucket: the parts that they share."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from tap_clevertap.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

URL, STORAGE_OPTIONS = "url", "storage_options"
STORAGES = "s3://, gs://, abfs:// or a local folder"


def checked_object(setting: str, config: object, keys: Collection[str]) -> Mapping[str, Any]:
    """Return a setting that is an object of these keys.

    Raises:
        SettingError: It is something else, or has another key.
    """
    if not isinstance(config, dict):
        raise SettingError(not_valid(setting, config, f"an object of {', '.join(keys)}"))
    for key in config:
        if key not in keys:
            close = difflib.get_close_matches(str(key), keys, n=1)
            hint = f"did you mean {close[0]}?" if close else f"expected {', '.join(keys)}"
            msg = f"{setting}: {key!r} is not a valid key; {hint}"
            raise SettingError(msg)
    return config


def url_of(setting: str, config: Mapping[str, Any]) -> str:
    """Return where the files are.

    Raises:
        SettingError: Nothing says so.
    """
    value = config.get(URL)
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise SettingError(not_valid(f"{setting}.{URL}", value, STORAGES))


def storage_options_of(setting: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what fsspec is given; it may hold keys, and is never repeated.

    Raises:
        SettingError: It is not an object.
    """
    value = config.get(STORAGE_OPTIONS)
    if value is None or isinstance(value, dict):
        return dict(value or {})
    what = "what was given is not a valid object; expected an object"
    msg = f"{setting}.{STORAGE_OPTIONS}: {what}"
    raise SettingError(msg)


def not_valid(setting: str, value: object, expected: str) -> str:
    """Return the line about a wrong value."""
    return f"{setting}: {value!r} is not valid; expected {expected}"
