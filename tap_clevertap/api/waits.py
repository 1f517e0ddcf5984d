"""How long a run has waited for CleverTap, and for what it waits now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Waits:
    """Pauses by their reason; shared between threads, each pause known by its own token."""

    def __init__(self) -> None:
        """Begin with none."""
        self.seconds: dict[str, float] = {}
        self._now: dict[int, str] = {}

    def begin(self, token: int, reason: str, seconds: float) -> None:
        """Note a pause of so many seconds; it replaces the token's last."""
        self.seconds[reason] = self.seconds.get(reason, 0.0) + seconds
        self._now[token] = reason

    def end(self, token: int) -> None:
        """Note that whoever paused goes on for good."""
        self._now.pop(token, None)

    def now(self) -> str:
        """Say for what is being waited: `2 x InProgress`, or nothing."""
        return ", ".join(
            f"{n} x {reason}" for reason, n in Counter(list(self._now.values())).items()
        )

    def since(self, before: Mapping[str, float]) -> str:
        """Say for what has been waited since the seconds were `before`: `InProgress 42 s`."""
        more = {reason: n - before.get(reason, 0.0) for reason, n in dict(self.seconds).items()}
        return ", ".join(f"{reason} {n:.0f} s" for reason, n in more.items() if n)
