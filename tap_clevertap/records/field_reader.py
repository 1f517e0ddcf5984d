"""Reads the fields of an object in a response, each for a column of one type.

A value that does not fit its column's type is not converted: the column stays empty, and the field
is kept in `extra`.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from tap_clevertap.errors import EntryWithoutKey, InvalidResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

INTEGER = re.compile("-?[0-9]{1,20}")
MILLISECONDS = 10**11
"""Epochs from here on are in milliseconds: in seconds this is the year 5138."""
MAX_ENTRIES = 200_000
"""Of a list in one response."""
MAX_INT64 = 2**62
"""Largest integer of a column. 2**63 - 1 as a JSON number is rounded up by readers of floats."""


def read_entries(
    answer: Mapping[str, Any], key: str, read: Callable[[FieldReader], T]
) -> tuple[list[T], int]:
    """Return what `read` makes of each object listed under a key, and how many were skipped.

    An absent key lists none. Skipped are entries that are not objects or lack their own key.

    Raises:
        InvalidResponse: The value is not a list, or no entry of it can be read.
    """
    listed = answer.get(key) or []
    if not isinstance(listed, list):
        msg = f"{key!r} is not a list of objects with a name or id"
        raise InvalidResponse(msg)
    if len(listed) > MAX_ENTRIES:
        msg = f"{key!r} lists {len(listed):,} entries; at most {MAX_ENTRIES:,} are read"
        raise InvalidResponse(msg)
    found: list[T] = []
    for one in listed:
        with suppress(EntryWithoutKey):
            found.append(read(FieldReader(one if isinstance(one, dict) else {})))
    if listed and not found:
        msg = f"{key!r} is not a list of objects with a name or id"
        raise InvalidResponse(msg)
    return found, len(listed) - len(found)


class FieldReader:
    """Returns each field once; fields that were not read, or did not fit, are the rest."""

    def __init__(self, sent: Mapping[str, Any]) -> None:
        self._left = {name: value for name, value in sent.items() if value is not None}

    def text(self, name: str) -> str | None:
        """Return a string; any other value as its JSON."""
        value = self._left.pop(name, None)
        if value is None or isinstance(value, str):
            return value
        return json.dumps(value, ensure_ascii=False)

    def integer(self, name: str) -> int | None:
        """Return an integer, which may be sent as a string of digits."""
        number = _whole(self._left.get(name))
        if number is not None:
            del self._left[name]
        return number

    def texts(self, name: str) -> list[str] | None:
        """Return a list of strings; a single string is a list of one."""
        value = self._left.get(name)
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            return None
        del self._left[name]
        return value

    def objects(self, name: str) -> list[dict[str, Any]] | None:
        """Return a list of objects."""
        value = self._left.get(name)
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            return None
        del self._left[name]
        return value

    def instant(self, name: str) -> str | None:
        """Return an instant, sent as an epoch or in ISO 8601, as UTC in ISO 8601."""
        instant = _instant(self._left.get(name))
        if instant is not None:
            del self._left[name]
        return instant

    def key_text(self, name: str) -> str:
        """Return a required string.

        Raises:
            EntryWithoutKey: It is missing.
        """
        return str(self._required(name, self.text(name)))

    def key_integer(self, name: str) -> int:
        """Return a required integer.

        Raises:
            EntryWithoutKey: It is missing.
        """
        return int(self._required(name, self.integer(name)))

    @property
    def rest(self) -> dict[str, Any] | None:
        """The fields that are left; None if there are none."""
        return self._left or None

    @staticmethod
    def _required(name: str, value: Any) -> Any:  # noqa: ANN401 - passed through
        if value is None or value == "":
            msg = f"an entry has no {name!r}"
            raise EntryWithoutKey(msg)
        return value


def utc(epoch: float) -> str | None:
    """Return an epoch, in seconds or milliseconds, as UTC in ISO 8601; None if out of range."""
    seconds = epoch / 1000 if abs(epoch) >= MILLISECONDS else epoch
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        return None


def _whole(value: object) -> int | None:
    """Return a whole number that a column of 64 bits takes."""
    if isinstance(value, str) and INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INT64
    return value if is_whole else None  # type: ignore[return-value] # checked by is_whole


def _instant(value: object) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return utc(value)
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value)
        return None if instant.tzinfo is None else instant.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):  # the latter if UTC is outside years 1 to 9999
        return None
