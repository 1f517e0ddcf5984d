"""Which files a stream has read, kept in its state."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tap_clevertap.errors import SettingError
from tap_clevertap.files.listing import Position, StoredFile, after, first_whole, position_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

ARRIVED, NAME, UNREAD = "replication_key_value", "file", "unread_files"


class FileCheckpoint:
    """A position, and the files before it that could not be read: those are tried every time.

    `state` is the stream's own and is changed in place; a run that is not live leaves it alone and
    reads everything.
    """

    def __init__(self, name: str, key: str, state: dict[str, Any], *, is_live: bool) -> None:
        self._name, self._key, self._state, self._is_live = name, key, state, is_live
        self._position = self._stored_position() if is_live else None
        self._unread: set[str] = set(state.get(UNREAD) or []) if is_live else set()
        self._planned: deque[StoredFile] = deque()
        self._closed: set[StoredFile] = set()

    def plan(
        self, listed: Collection[StoredFile], is_whole: Callable[[StoredFile], bool]
    ) -> tuple[list[StoredFile], list[StoredFile]]:
        """Return the files to read, in order, and those that wait until they are whole.

        Files that failed before come first; one that is gone is forgotten.
        """
        new = after(listed, self._position)
        ripe = first_whole(new, is_whole)
        self._planned = deque(ripe)
        self._unread &= {file.name for file in listed}
        to_retry = self._unread - {file.name for file in new}
        if self._is_live:
            self._store()
        again = [file for file in after(listed, None) if file.name in to_retry]
        return again + ripe, new[len(ripe) :]

    def close(self, file: StoredFile, *, is_read: bool) -> None:
        """Note that a file was read, or could not be; the position passes whole runs of those."""
        if is_read:
            self._unread.discard(file.name)
        else:
            self._unread.add(file.name)
        self._closed.add(file)
        while self._planned and self._planned[0] in self._closed:
            self._position = position_of(self._planned.popleft())
        if self._is_live:
            self._store()

    def _store(self) -> None:
        if self._position is not None:
            self._state["replication_key"] = self._key
            self._state[ARRIVED] = self._position.arrived.isoformat()
            self._state[NAME] = self._position.name
        self._state.pop(UNREAD, None)
        if self._unread:
            self._state[UNREAD] = sorted(self._unread)

    def _stored_position(self) -> Position | None:
        arrived = self._state.get(ARRIVED)
        if not arrived:
            return None
        try:
            at = datetime.fromisoformat(arrived).astimezone()
        except (TypeError, ValueError):
            msg = (
                f"state: the bookmark of {self._name}, {arrived!r}, is not a valid time; "
                "expected ISO 8601"
            )
            raise SettingError(msg) from None
        return Position(at, str(self._state.get(NAME) or ""))
