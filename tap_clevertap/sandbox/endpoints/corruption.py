"""Corrupts records with characters and values that strict parsers reject."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_clevertap.sandbox.faults import Faults

_WOUNDS = {
    "lone_surrogate": rb'"nickname":"cut \ud800 off",',
    "nan": b'"score":NaN,',
    "bad_utf8": b'"nickname":"caf\xe9",',
}
_PROFILE = b'{"profile":{'


def damaged(records: list[bytes], faults: Faults, key: str) -> list[bytes]:
    """Return the records; where a fault strikes, the first one's profile carries the damage.

    What an event is known by, its time, device and properties, stays as it is.
    """
    wounds = b"".join(
        wound for name, wound in _WOUNDS.items() if records and faults.strikes(name, key)
    )
    if not wounds:
        return records
    head = _PROFILE if records[0].startswith(_PROFILE) else b"{"
    return [head + wounds + records[0][len(head) :], *records[1:]]
