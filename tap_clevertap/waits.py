"""How long a run has waited for CleverTap, and for what it waits now."""

from __future__ import annotations

from collections import Counter


class Waits:
    """Pauses by their reason; shared between threads, each pause known by its own token."""

    def __init__(self) -> None:
        """Begin with none."""
        self.seconds: Counter[str] = Counter()
        self._now: dict[int, str] = {}

    def begin(self, token: int, reason: str, seconds: float) -> None:
        """Note a pause of so many seconds; it replaces the token's last."""
        self.seconds[reason] += seconds
        self._now[token] = reason

    def end(self, token: int) -> None:
        """Note that whoever paused goes on for good."""
        self._now.pop(token, None)

    def now(self) -> str:
        """Say for what is being waited: `2 x InProgress`, or nothing."""
        return ", ".join(f"{n} x {reason}" for reason, n in Counter(self._now.values()).items())

    def since(self, before: Counter[str]) -> str:
        """Say for what has been waited since the seconds were `before`: `InProgress 42 s`."""
        return ", ".join(f"{reason} {n:.0f} s" for reason, n in (self.seconds - before).items())
