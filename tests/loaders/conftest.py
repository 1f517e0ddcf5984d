"""One account for each test of a loader, and one PostgreSQL server for all."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.loaders import postgres
from tests.loaders.accounts import HardAccount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.loaders.postgres import Postgres


@pytest.fixture
def account() -> Iterator[HardAccount]:
    """Serve an account that ends today."""
    one = HardAccount()
    with one.box:
        yield one


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """Start PostgreSQL, whose own user could not enter a folder of pytest's."""
    with TemporaryDirectory() as folder, postgres.running(Path(folder)) as running:
        yield running
