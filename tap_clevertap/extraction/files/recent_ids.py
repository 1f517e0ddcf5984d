"""Which ids came lately, in bounded memory."""

from __future__ import annotations

MAX_IDS = 250_000


class RecentIds:
    """Remembers at least the last `most` ids, and at most twice as many."""

    def __init__(self, most: int = MAX_IDS) -> None:
        """Begin with none."""
        self._most = most
        self._newer: set[int] = set()
        self._older: set[int] = set()

    def is_new(self, id_: str) -> bool:
        """Tell whether an id, of hex digits, has not come lately, and remember it."""
        number = int(id_[:16], 16)  # half of it is enough to tell a million apart
        if number in self._newer or number in self._older:
            return False
        if len(self._newer) >= self._most:
            self._older, self._newer = self._newer, set()
        self._newer.add(number)
        return True
