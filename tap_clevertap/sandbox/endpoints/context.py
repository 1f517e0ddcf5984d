"""The part of the running simulator that endpoints use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tap_clevertap.sandbox.account.models import World
    from tap_clevertap.sandbox.behaviour import Behaviour
    from tap_clevertap.sandbox.endpoints.rendering import Renderer
    from tap_clevertap.sandbox.faults import Faults
    from tap_clevertap.sandbox.request_log import RequestLog


class Context(Protocol):
    """The account, how the simulator behaves today, and its clock."""

    world: World
    behaviour: Behaviour
    faults: Faults
    request_log: RequestLog
    renderer: Renderer

    def now(self) -> int:
        """Return the sandbox's time in epoch seconds."""
