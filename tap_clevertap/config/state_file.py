"""What --state may hold: a Singer state, bare or as Meltano and STATE messages wrap it."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from tap_clevertap import logger
from tap_clevertap.config.state_owner import KEY
from tap_clevertap.errors import SettingError

EARLIEST_YEAR = 2000
"""CleverTap is of 2013: a bookmark from before is a mistake."""
VALUE = "replication_key_value"
LEFT_OUT = {"partitions", "seconds_a_request"}
"""Partitions that say nothing; what an earlier version wrote, a float, which ends targets."""
_YEAR = re.compile(r"(-?\d+)-\d\d-\d\d")


def bookmarks_of(state: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the bookmarks of each stream.

    Raises:
        SettingError: There are none, or one is not of the form that the tap writes.
    """
    state = unwrapped(state)
    others = [name for name in state if name != KEY]
    if others and "bookmarks" not in state:
        names = ", ".join(map(repr, others[:5]))
        msg = f"--state: has {names} but no 'bookmarks'; expected a state that the tap has written"
        raise SettingError(msg)
    bookmarks = {} if state.get("bookmarks") is None else state["bookmarks"]
    if not isinstance(bookmarks, dict):
        _refuse("bookmarks", bookmarks, "an object with an object for each stream")
    return {stream: _checked(f"bookmarks.{stream}", one) for stream, one in bookmarks.items()}


def unwrapped(state: dict[str, Any]) -> dict[str, Any]:
    """Return a state without what is around it: a STATE message, or Meltano's own."""
    if state.get("type") == "STATE" and isinstance(state.get("value"), dict):
        return unwrapped(state["value"])
    if isinstance(state.get("singer_state"), dict):
        return unwrapped(state["singer_state"])
    completed = state.get("completed")
    if isinstance(completed, dict) and "singer_state" in completed:
        return unwrapped(completed)
    return state


def _checked(where: str, bookmark: object) -> dict[str, Any]:
    """Return a stream's bookmark without the entries that say nothing."""
    if not isinstance(bookmark, dict):
        _refuse(where, bookmark, "an object")
    _check_mark(where, bookmark)
    partitions = bookmark.get("partitions")
    bookmark = {name: value for name, value in bookmark.items() if name not in LEFT_OUT}
    if not partitions:
        return bookmark
    if not isinstance(partitions, list):
        _refuse(f"{where}.partitions", partitions, "a list of objects")
    for number, one in enumerate(partitions):
        _check_partition(f"{where}.partitions[{number}]", one)
    kept = [one for one in partitions if one.get("context")]
    if len(kept) < len(partitions):
        many = len(partitions) - len(kept)
        logger.warning("--state: %s: skipped %d partitions without a context", where, many)
    return {**bookmark, "partitions": kept}


def _check_partition(where: str, partition: object) -> None:
    if not isinstance(partition, dict):
        _refuse(where, partition, "an object with a context")
    context = partition.get("context")
    if context is not None and not isinstance(context, dict):
        _refuse(f"{where}.context", context, "an object such as an event_name")
    _check_mark(where, partition)


def _check_mark(where: str, mark: dict[str, Any]) -> None:
    backfill = mark.get("backfill")
    if backfill is not None and not isinstance(backfill, dict):
        _refuse(f"{where}.backfill", backfill, "an object")
    value = mark.get(VALUE)
    year = _YEAR.match(value) if isinstance(value, str) else None
    if year and int(year[1]) < EARLIEST_YEAR:
        _refuse(f"{where}.{VALUE}", value, f"a day from {EARLIEST_YEAR} on")


def _refuse(where: str, value: object, expected: str) -> NoReturn:
    given = repr(value) if isinstance(value, str | int | float | None) else type(value).__name__
    msg = f"--state: `{where}` is not valid ({given[:80]}); expected {expected}"
    raise SettingError(msg)
