"""Sandboxes for tests: `serve` starts one, `call` asks it; both end with the test."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tap_clevertap.sandbox import Behaviour, Faults, Sandbox
from tests.support.caller import NOW, Caller, account

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clevertap.sandbox import World
    from tests.support.caller import Serve


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Give a function that starts sandboxes."""
    with ExitStack() as stack:

        def start(
            world: World | None = None, behaviour: Behaviour | None = None, **faults: float
        ) -> tuple[Sandbox, Caller]:
            sandbox = Sandbox(
                world or account(), behaviour=behaviour, faults=Faults(1, **faults), now=lambda: NOW
            )
            stack.enter_context(sandbox)
            return sandbox, stack.enter_context(Caller(sandbox))

        yield start
