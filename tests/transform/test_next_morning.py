"""Another morning: late events, a login that merges devices, a changed property, a backfill."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_clevertap.sandbox import Event
from tap_clevertap.sandbox.account.models import epoch
from tests.support.catalogs import catalog_of
from tests.support.running import captured, tap_on
from tests.transform.conftest import FIRST, LAST, NOW, ZONE
from tests.transform.warehouses import NEEDS_DBT

if TYPE_CHECKING:
    from tests.transform.conftest import Morning

pytestmark = NEEDS_DBT

NEXT = NOW + 86400
OLD_DAY = LAST - timedelta(days=20)
MARTS = (
    "events",
    "person_devices",
    "people",
    "sessions",
    "days",
    "daily_events",
    "daily_activity",
    "retention",
    "funnel",
    "revenue_daily",
    "message_attribution",
    "message_performance",
    "order_items",
    "event_properties",
    "event_catalog",
)


def anonymous_with_two_devices(morning: Morning) -> int:
    """Return somebody unknown who was active on two devices before the look-back."""
    old = [e for e in morning.truth.events if morning.sandbox.world.local_day(e.at) < OLD_DAY]
    devices: dict[int, set[int]] = {}
    for event in old:
        devices.setdefault(event.person, set()).add(event.device)
    people = morning.sandbox.world.people
    found = [one for one, used in devices.items() if len(used) > 1 and not people[one].identity]
    return found[0]


def happen(morning: Morning, person: int, at: int, name: str, **more: Any) -> None:  # noqa: ANN401 - of an event
    """Let something happen at an instant and arrive between the two mornings."""
    morning.sandbox.world.add(Event(name, at, person, 0, arrived_at=NOW + 3600, **more))


@pytest.fixture(scope="session")
def person(morning: Morning) -> int:
    """Give somebody who logs in between the mornings, all of which is loaded incrementally."""
    world = morning.sandbox.world
    someone = anonymous_with_two_devices(morning)
    who = world.people[someone]
    who.identity, who.identified_at, who.name = "late-login", NOW + 1800, "Late Login"
    known = next(one for one in world.people if one.is_identified(NOW) and one.identity)
    known.properties = dict(known.properties) | {"Customer Type": "platinum"}
    yesterday = epoch("2026-07-09T22:00:00", ZONE)
    bill: dict[str, object] = {"Amount": 1234.5, "Currency": "INR"}
    happen(morning, someone, yesterday, "Charged", props=bill)
    happen(morning, someone, yesterday - 600, "App Launched", session={"utm_source": "late"})
    for index in (someone, world.people.index(known)):
        happen(morning, index, epoch("2026-07-10T20:00:00", ZONE), "App Launched")
    morning.load(NEXT)
    backfill(morning, someone)
    morning.warehouse.build()
    return someone


def backfill(morning: Morning, someone: int) -> None:
    """Let an event of long ago turn up, and read that day again."""
    at = epoch(f"{OLD_DAY}T09:00:00", ZONE)
    happen(morning, someone, at, "Product Viewed", props={"Product": "found again"})
    day = OLD_DAY.isoformat()
    tap = tap_on(
        morning.sandbox,
        catalog=catalog_of("events", "reconciliation"),
        start_date=day,
        end_date=day,
    )
    finished = captured(tap.sync_all)
    assert finished.error is None
    morning.warehouse.load(finished.lines)


def dumped(morning: Morning) -> dict[str, list[str]]:
    """Return all rows of all marts, sorted."""
    tables = {name: morning.warehouse.rows(name) for name in MARTS}
    return {
        name: sorted(json.dumps(row, sort_keys=True) for row in rows)
        for name, rows in tables.items()
    }


def test_late_rows_are_in_the_marts(morning: Morning, person: int) -> None:
    """Those within the look-back, and the one that only a backfill has brought."""
    names = [row["event_date"] for row in morning.warehouse.rows("events")]
    assert names.count(OLD_DAY.isoformat()) == sum(
        morning.sandbox.world.local_day(event.at) == OLD_DAY for event in morning.truth.events
    )
    assert len(names) == len(morning.truth.events)
    revenue = {
        r["event_date"]: float(r["revenue"]) for r in morning.warehouse.rows("daily_activity")
    }
    truth = morning.truth.revenue
    assert revenue["2026-07-09"] == float(truth["2026-07-09"])
    assert morning.sandbox.world.people[person].identity == "late-login"


def test_a_login_merges_devices_on_old_events_too(morning: Morning, person: int) -> None:
    """All of them, though the tap has not read the old days again."""
    devices = {device.object_id for device in morning.sandbox.world.people[person].devices}
    for table in ("events", "sessions"):
        rows = [row for row in morning.warehouse.rows(table) if row["device_id"] in devices]
        assert {row["person_id"] for row in rows} == {"late-login"}
        assert min(date.fromisoformat(row["event_date"]) for row in rows) < OLD_DAY
    [row] = [row for row in morning.warehouse.rows("people") if row["person_id"] == "late-login"]
    assert (row["name"], row["is_identified"]) == ("Late Login", True)


@pytest.mark.usefixtures("person")
def test_profile_history_keeps_both_versions(morning: Morning) -> None:
    """What somebody was before a property changed, and since."""
    rows = morning.warehouse.rows("profile_history")
    changed = [
        row for row in rows if '"platinum"' in json.dumps(row["profile_data"]).replace("\\", "")
    ]
    [now] = changed
    versions = [row for row in rows if row["profile_id"] == now["profile_id"]]
    [before] = [row for row in versions if not row["is_current"]]
    assert now["is_current"]
    assert before["valid_to"] == now["valid_from"]


@pytest.mark.usefixtures("person")
def test_an_incremental_run_equals_a_full_refresh(morning: Morning) -> None:
    """Every row of every mart."""
    grown = dumped(morning)
    morning.warehouse.dbt("run", "--full-refresh")
    fresh = dumped(morning)
    assert all(fresh[name] for name in MARTS)
    for name in MARTS:
        assert grown[name] == fresh[name], name


def test_a_forgotten_user_is_in_no_table(morning: Morning, person: int) -> None:
    """Found by one of the devices; nothing of anybody else is removed, and it stays that way."""
    from reports.dbt import Dbt  # noqa: PLC0415
    from reports.forgetting import forget  # noqa: PLC0415
    from tests.transform.warehouses import DBT  # noqa: PLC0415

    who = morning.sandbox.world.people[person]
    ids = {"late-login", *(device.object_id for device in who.devices)}
    before = len(morning.warehouse.rows("events"))
    mine = sum(event.person == person for event in morning.truth.events)
    dbt = Dbt((str(DBT),))
    preview = forget(dbt, who.devices[0].object_id, is_dry_run=True)
    gone = forget(dbt, who.devices[0].object_id, is_dry_run=False)
    assert gone == preview
    assert set(gone.ids) == ids
    assert gone.rows["clevertap.events"] == gone.rows["analytics.events"] == mine > 0
    assert "analytics_snapshots.profiles_snapshot" in gone.rows
    assert everywhere(morning, ids) == []
    morning.warehouse.dbt("run")
    assert everywhere(morning, ids) == []
    assert len(morning.warehouse.rows("events")) == before - mine
    with pytest.raises(LookupError, match="no user"):
        forget(dbt, "late-login", is_dry_run=False)


def everywhere(morning: Morning, ids: set[str]) -> list[str]:
    """Return the tables and views in which one of the ids is written anywhere."""
    tables = morning.warehouse.ask(
        "select table_schema, table_name from information_schema.tables"
        " where table_schema like 'analytics%' or table_schema = 'clevertap'"
    )
    return [
        f"{schema}.{table}"
        for schema, table in tables
        for row in [json.dumps(morning.warehouse.rows(table, schema))]
        if any(one in row for one in ids)
    ]


def test_first_day_is_what_the_account_was_read_from(morning: Morning) -> None:
    """The marts begin there."""
    assert min(row["event_date"] for row in morning.warehouse.rows("days")) == FIRST
