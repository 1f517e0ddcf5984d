"""Alerts, from rows in a warehouse to messages at a server on this machine."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.needs import needs
from tests.transform.listener import listening
from tests.transform.warehouses import DBT, NEEDS_DBT, ROOT, duckdb_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.transform.warehouses import Warehouse

PYTHON = ROOT / ".meltano" / "utilities" / "reports" / "venv" / "bin" / "python"
pytestmark = [NEEDS_DBT, needs("dbt", commands=(str(PYTHON),))]

DAY = date(2026, 7, 8)
WEEKDAYS = [DAY - timedelta(days=7 * weeks) for weeks in (4, 3, 2, 1)]
MODELS = (
    "+daily_activity",
    "+daily_events",
    "+event_properties",
    "stg_written_rows",
    "alert_rules",
)
"""What the alert tests read."""
EVENTS = ("Charged", "App Launched", "Product Viewed")
DEAD = "json://127.0.0.1:9/secret-token"


@dataclass
class Account:
    """Tables as the tap fills them: five Wednesdays, of which the last one varies."""

    warehouse: Warehouse
    memory: Path

    def create(self) -> None:
        """Make the tables, with four Wednesdays of 100 purchases of 1 and 100 of the others."""
        self.warehouse.ask("create schema clevertap")
        self.warehouse.ask(
            "create table clevertap.events (event_id varchar, event_name varchar, event_time"
            " timestamp, event_date varchar, ts bigint, object_id varchar, event_props json)"
        )
        self.warehouse.ask(
            "create table clevertap.reconciliation (event_name varchar, date varchar, extracted"
            " bigint, reported bigint, difference bigint, verdict varchar, checked_at timestamp)"
        )
        self.warehouse.ask(
            "create table clevertap.written_rows (entry_id varchar, run_started_at timestamp,"
            " stream varchar, event_name varchar, date varchar, row_count bigint, entries bigint)"
        )
        for day in WEEKDAYS:
            self.put(day, dict.fromkeys(EVENTS, 100), hours_ago=200)

    def write(self, event: str, day: date, rows: int, at: str) -> None:
        """Say that a run has written so many rows."""
        self.warehouse.ask(
            "insert into clevertap.written_rows values"  # noqa: S608 - ours
            f" ('{at}{event}{day}', timestamp '{at}', 'events', '{event}', '{day}', {rows}, 1)"
        )

    def put(
        self,
        day: date,
        numbers: dict[str, int],
        verdict: str = "equal",
        price: str = "1",
        hours_ago: int = 4,
    ) -> None:
        """Replace a day by so many of each event, each of a price that is JSON."""
        self.warehouse.ask(f"delete from clevertap.events where event_date = '{day}'")  # noqa: S608 - ours
        self.warehouse.ask(f"delete from clevertap.reconciliation where date = '{day}'")  # noqa: S608 - ours
        for name, number in numbers.items():
            self.warehouse.ask(
                "insert into clevertap.events"  # noqa: S608 - ours
                f" select '{name}-{day}-' || n, '{name}', timestamp '{day} 06:00:00', '{day}',"
                f" 20260708120000, 'device', '{{\"Amount\": 1, \"Price\": {price}}}'"
                f" from range({number}) as numbers(n)"
            )
            self.warehouse.ask(
                f"insert into clevertap.reconciliation values ('{name}', '{day}', {number},"  # noqa: S608 - ours
                f" {number + (verdict == 'missing')}, 0, '{verdict}',"
                f" cast(now() at time zone 'UTC' as timestamp) - interval {hours_ago} hour)"
            )

    def build(self) -> None:
        """Make the models that the alert tests read."""
        kinds = ("--exclude-resource-type", "test", "unit_test")
        self.warehouse.dbt("build", "--select", *MODELS, *kinds)

    def alert(self, *addresses: str) -> subprocess.CompletedProcess[str]:
        """Run the command as users do."""
        words = ["--dbt", str(DBT), "alerts", "--memory", str(self.memory)]
        return subprocess.run(  # noqa: S603 - ours
            [PYTHON, "-m", "reports", *words],
            cwd=ROOT,
            env=self.environment() | {"REPORTS_ALERT_URLS": " ".join(addresses)},
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self) -> dict[str, str]:
        """Return what the command needs to find its warehouse."""
        folder = str(self.warehouse.folder / "dbt")
        return dict(self.warehouse.environment) | {
            "PATH": "/usr/bin:/bin",
            "DBT_TARGET_PATH": folder,
            "DBT_LOG_PATH": folder,
        }


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Give an account whose last Wednesday is 31 % down on revenue."""
    folder = tmp_path_factory.mktemp("alerts")
    with duckdb_at(folder) as warehouse, warehouse.entered():
        made = Account(warehouse, folder / "alerts.json")
        made.create()
        made.put(DAY, {"Charged": 69, "App Launched": 49, "Product Viewed": 51})
        made.build()
        yield made


def test_a_bad_address_is_refused_before_anything_is_asked(account: Account) -> None:
    """And not printed."""
    finished = account.alert("nonsense-secret-token")
    assert finished.returncode == 1
    assert "REPORTS_ALERT_URLS: number 1 is not a valid Apprise URL" in finished.stderr
    assert "secret-token" not in finished.stdout + finished.stderr


def test_a_dead_endpoint_fails_the_run_and_loses_no_alert(account: Account) -> None:
    """Another endpoint has its message, and the dead one is told by a later run."""
    with listening() as (address, messages):
        finished = account.alert(DEAD, address)
        assert finished.returncode == 1
        assert "destination 1 has not taken 2 messages" in finished.stderr
        assert "secret-token" not in finished.stdout + finished.stderr
        assert "secret-token" not in account.memory.read_text()
        assert len(messages) == 1
    with listening() as (other, messages):
        assert account.alert(other).returncode == 0
        assert len(messages) == 1
        again = account.alert(other)
        assert (again.returncode, len(messages)) == (0, 1)
        told(messages[0]["message"])
        account.put(DAY, {"Charged": 71, "App Launched": 51, "Product Viewed": 51})
        account.build()
        assert account.alert(other).returncode == 0
        assert messages[1]["title"] == "CleverTap: 2 ended"
        assert messages[1]["message"].count("Ended: ") == 2
        assert "attachments" not in messages[1] or not messages[1]["attachments"]


def told(text: str) -> None:
    """Make sure that a fall of 31 % is told, one of 49 % with a limit of 50 is not."""
    assert "Revenue on 2026-07-08: 69, 31 % below the mean of the same weekday" in text
    assert "App Launched on 2026-07-08: 49, 51 % below" in text
    assert "Product Viewed" not in text


def test_everything_else_that_can_be_wrong_is_told(account: Account) -> None:
    """No sales, days that do not add up, old data, another kind of value."""
    quiet = {"App Launched": 100, "Product Viewed": 100}
    account.put(DAY, quiet, verdict="missing", price='"1"', hours_ago=31)
    account.write("App Launched", DAY, 200, "2026-07-08 02:00:00")
    account.write("App Launched", DAY, 100, "2026-07-09 02:00:00")
    account.write("Product Viewed", DAY, 101, "2026-07-09 02:00:00")
    account.build()
    with listening() as (address, messages):
        assert account.alert(address).returncode == 0
    text = messages[0]["message"]
    assert "Revenue on 2026-07-08: 0, 100 % below" in text
    assert "Charged did not occur on 2026-07-08" in text
    assert "App Launched on 2026-07-08: reconciliation is missing: 100 rows extracted" in text
    assert "The data was last loaded 31 hours ago; its last whole day is 2026-07-08" in text
    assert "events Product Viewed 2026-07-08: 101 rows written, 100 arrived" in text
    assert "events App Launched" not in text
    assert "Property Price of App Launched has become text on 100 events" in text
