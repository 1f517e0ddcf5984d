"""A world that is open for business: its clock, its cursors, its faults and its ledger."""

from __future__ import annotations

import time
from threading import Event as Signal
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.counting import Counting
from tap_clevertap.sandbox.exported import EventExports, ProfileExports
from tap_clevertap.sandbox.ledger import Ledger
from tap_clevertap.sandbox.render import Renderer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_clevertap.sandbox.faults import Faults
    from tap_clevertap.sandbox.manners import Manners
    from tap_clevertap.sandbox.world import World


def real_time() -> int:
    """Return the epoch seconds of the machine's clock."""
    return int(time.time())


class Service:
    """What the routes share; `faults` may be replaced while it runs."""

    def __init__(
        self, world: World, manners: Manners, faults: Faults, clock: Callable[[], int] = real_time
    ) -> None:
        """Open without any cursor."""
        self.world = world
        self.manners = manners
        self.faults = faults
        self.ledger = Ledger()
        self.renderer = Renderer(world)
        self.events = EventExports()
        self.profiles = ProfileExports()
        self.counting = Counting()
        self.closing = Signal()
        self.port = 0
        self._clock = clock
        self._ahead = 0

    def now(self) -> int:
        """Return the sandbox's time in epoch seconds."""
        return self._clock() + self._ahead

    def advance(self, seconds: int) -> None:
        """Let time pass."""
        self._ahead += seconds
