"""The state of a running sandbox: account, clock, cursors, faults and request log."""

from __future__ import annotations

import time
from threading import Event as Signal
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.endpoints.counts.polling import PolledCounts
from tap_clevertap.sandbox.endpoints.event_exports import EventExports, ProfileExports
from tap_clevertap.sandbox.endpoints.rendering import Renderer
from tap_clevertap.sandbox.request_log import RequestLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_clevertap.sandbox.account.models import World
    from tap_clevertap.sandbox.behaviour import Behaviour
    from tap_clevertap.sandbox.faults import Faults


def real_time() -> int:
    """Return the epoch seconds of the machine's clock."""
    return int(time.time())


class ServerState:
    """What the routes share; `faults` may be replaced while it runs."""

    def __init__(
        self,
        world: World,
        behaviour: Behaviour,
        faults: Faults,
        clock: Callable[[], int] = real_time,
    ) -> None:
        self.world = world
        self.behaviour = behaviour
        self.faults = faults
        self.request_log = RequestLog()
        self.renderer = Renderer(world)
        self.events = EventExports()
        self.profiles = ProfileExports()
        self.counting = PolledCounts()
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
