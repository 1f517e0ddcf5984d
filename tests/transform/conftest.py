"""An account that has been read and modelled: once, because that takes long.

`test_marts` comes before `test_next_morning`, which lets time pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.sandbox import Behaviour, Sandbox, shop
from tap_clevertap.sandbox.account.models import epoch
from tests.support.catalogs import catalog_of
from tests.support.running import captured, tap_on
from tests.transform.truth import Truth
from tests.transform.warehouses import WAREHOUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.running import Run
    from tests.transform.warehouses import Warehouse

ZONE = "Asia/Kolkata"
LAST = date(2026, 7, 9)
NOW = epoch("2026-07-10T12:00:00", ZONE)
FIRST = "2026-06-10"
STREAMS = (
    "events",
    "profiles",
    "event_counts",
    "message_reports",
    "event_schema",
    "user_properties",
    "reconciliation",
    "written_rows",
)


@dataclass
class Morning:
    """An account, a warehouse, and the clock of both."""

    sandbox: Sandbox
    warehouse: Warehouse
    clock: list[int]
    state: dict[str, Any] | None = None
    runs: list[Run] = field(default_factory=list)

    @property
    def truth(self) -> Truth:
        """What can be known by now."""
        return Truth(self.sandbox.world, self.clock[0])

    def load(self, now: int) -> None:
        """Let it be some instant, read the account and load what comes."""
        self.clock[0] = now
        tap = tap_on(self.sandbox, state=self.state, catalog=catalog_of(*STREAMS), start_date=FIRST)
        finished = captured(tap.sync_all)
        assert finished.error is None
        self.state = finished.state
        self.runs.append(finished)
        self.warehouse.load(finished.lines)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one worker have all tests of a warehouse, which build upon each other."""
    for item in items:
        if "tests/transform/" in item.nodeid:
            named = next((name for name in WAREHOUSES if f"[{name}" in item.nodeid), item.path.name)
            item.add_marker(pytest.mark.xdist_group(named))


@pytest.fixture(scope="session", params=WAREHOUSES)
def morning(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Morning]:
    """Give an account that is in a warehouse, with the models made and tested."""
    clock = [NOW]
    world = shop(21, ZONE, LAST, days=30, people=120, events_per_day=200)
    box = Sandbox(world, behaviour=Behaviour(partial_share=0), now=lambda: clock[0])
    make = WAREHOUSES[request.param]
    with box, make(tmp_path_factory.mktemp(request.param)) as warehouse, warehouse.entered():
        made = Morning(box, warehouse, clock)
        made.load(NOW)
        warehouse.build()
        yield made
