"""The fields of one object in an answer, each for a column of one type.

What is not of its column's type is not bent into it: the column stays empty, and the field is kept
with those that nobody has described yet.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tap_clevertap.errors import InvalidResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

MILLISECONDS = 10**11
"""Epochs from here on count milliseconds."""
MAX_INT64 = 2**62


def objects(answer: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the objects listed under a key; a key that is absent lists none.

    Raises:
        InvalidResponse: What is there is no list of objects.
    """
    listed = answer.get(key) or []
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        msg = f"{key!r} is no list of objects"
        raise InvalidResponse(msg)
    return listed


class FieldReader:
    """Hands out each field once; what was not asked for, or did not fit, is the rest."""

    def __init__(self, sent: Mapping[str, Any]) -> None:
        """Begin with all that was sent."""
        self._left = {name: value for name, value in sent.items() if value is not None}

    def text(self, name: str) -> str | None:
        """Take a text; a number or anything else becomes its JSON."""
        value = self._left.pop(name, None)
        if value is None or isinstance(value, str):
            return value
        return json.dumps(value, ensure_ascii=False)

    def integer(self, name: str) -> int | None:
        """Take a whole number, that may be sent as its digits."""
        number = _whole(self._left.get(name))
        if number is not None:
            del self._left[name]
        return number

    def texts(self, name: str) -> list[str] | None:
        """Take a list of texts; one text is a list of one."""
        value = self._left.get(name)
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            return None
        del self._left[name]
        return value

    def objects(self, name: str) -> list[dict[str, Any]] | None:
        """Take a list of objects."""
        value = self._left.get(name)
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            return None
        del self._left[name]
        return value

    def instant(self, name: str) -> str | None:
        """Take an instant, sent as an epoch or in ISO 8601, as UTC in ISO 8601."""
        instant = _instant(self._left.get(name))
        if instant is not None:
            del self._left[name]
        return instant

    def key_text(self, name: str) -> str:
        """Take a text that must be there.

        Raises:
            InvalidResponse: It is not.
        """
        return str(self._required(name, self.text(name)))

    def key_integer(self, name: str) -> int:
        """Take a whole number that must be there.

        Raises:
            InvalidResponse: It is not.
        """
        return int(self._required(name, self.integer(name)))

    @property
    def rest(self) -> dict[str, Any] | None:
        """What is left; None where nothing is."""
        return self._left or None

    @staticmethod
    def _required(name: str, value: Any) -> Any:  # noqa: ANN401 - passed through
        if value is None or value == "":
            msg = f"an entry has no {name!r}"
            raise InvalidResponse(msg)
        return value


def utc(epoch: float) -> str | None:
    """Return an epoch, in seconds or milliseconds, as UTC in ISO 8601; None where it is no time."""
    seconds = epoch / 1000 if abs(epoch) >= MILLISECONDS else epoch
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        return None


def _whole(value: object) -> int | None:
    """Return a whole number that a column of 64 bits takes."""
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit():
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INT64
    return value if is_whole else None  # type: ignore[return-value] # told by is_whole


def _instant(value: object) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return utc(value)
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value)
        return None if instant.tzinfo is None else instant.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):  # the latter where UTC falls out of the calendar
        return None
