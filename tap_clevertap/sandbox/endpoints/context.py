"""What an endpoint needs of the running simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tap_clevertap.sandbox.account.models import World
    from tap_clevertap.sandbox.behaviour import Manners
    from tap_clevertap.sandbox.endpoints.rendering import Renderer
    from tap_clevertap.sandbox.faults import Faults
    from tap_clevertap.sandbox.request_log import Ledger


class Context(Protocol):
    """The account, how the simulator behaves today, and its clock."""

    world: World
    manners: Manners
    faults: Faults
    ledger: Ledger
    renderer: Renderer

    def now(self) -> int:
        """Return the sandbox's time in epoch seconds."""
