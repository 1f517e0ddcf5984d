"""What the tests of the streams share: no test waits as long as an account would."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _briefly(short_waits: None) -> None:
    """Let every pause be short."""
