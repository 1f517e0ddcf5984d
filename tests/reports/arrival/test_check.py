"""What was written against what is in the tables: losses are found, named and brought."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from reports.arrival.__main__ import lines, main
from reports.arrival.check import Loss, backfills, check
from reports.arrival.sql import has_days
from reports.arrival.warehouses import DuckDB
from tests.support.catalogs import catalog_of
from tests.support.running import run
from tests.support.worlds import hard_world

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.conftest import Serve

CATALOG = catalog_of("events", "event_counts", "written_rows")
COLUMNS = {
    "events": ["event_id", "event_name", "event_date"],
    "event_counts": ["event_name", "date"],
    "written_rows": [
        "entry_id",
        "run_started_at",
        "stream",
        "event_name",
        "date",
        "row_count",
        "entries",
    ],
}
NUMBERS = {"row_count", "entries"}


class Loaded:
    """A database into which runs were loaded."""

    def __init__(self, file: Path) -> None:
        """Make the tables."""
        self.warehouse = DuckDB(str(file), "clevertap")
        self._file = file
        self.execute("CREATE SCHEMA clevertap")
        for table, columns in COLUMNS.items():
            types = ["BIGINT" if one in NUMBERS else "VARCHAR" for one in columns]
            typed = ", ".join(f"{one} {kind}" for one, kind in zip(columns, types, strict=True))
            key = "" if table == "event_counts" else f", PRIMARY KEY ({columns[0]})"
            self.execute(f"CREATE TABLE clevertap.{table} ({typed}{key})")

    def execute(self, sql: str, rows: Sequence[Sequence[Any]] = ()) -> None:
        """Change the database."""
        with duckdb.connect(str(self._file)) as connection:
            if rows:
                connection.executemany(sql, rows)
            else:
                connection.execute(sql)

    def load(self, records: Callable[[str], list[dict[str, Any]]]) -> None:
        """Upsert the records of a run."""
        for table, columns in COLUMNS.items():
            rows = [[record[one] for one in columns] for record in records(table)]
            marks = ", ".join("?" * len(columns))
            verb = "INSERT" if table == "event_counts" else "INSERT OR REPLACE"
            self.execute(f"{verb} INTO clevertap.{table} VALUES ({marks})", rows)


@pytest.fixture
def loaded(sandbox: Serve, tmp_path: Path) -> Loaded:
    """Return a database that holds a run whole."""
    one = Loaded(tmp_path / "warehouse.duckdb")
    finished = run(sandbox(hard_world()), state=None, catalog=CATALOG, start_date="2026-06-28")
    one.load(finished.records)
    return one


def test_a_whole_load_is_good(loaded: Loaded) -> None:
    """Everything that was written is there, and the streams are named."""
    result = check(loaded.warehouse)
    assert result.is_good
    assert set(result.streams) == {"events", "event_counts"}


def test_lost_events_are_named_by_event_and_day(loaded: Loaded) -> None:
    """A batch that is not there is told by event and day, with the back-fill that loads it."""
    loaded.execute("DELETE FROM clevertap.events WHERE event_name = 'Charged'")
    result = check(loaded.warehouse)
    assert [str(one) for one in result.losses] == [
        "events 'Charged' 2026-07-01: 10 rows written, 0 arrived, 10 lost"
    ]
    said = lines(result, "meltano run tap-clevertap target-duckdb")
    assert said[-1] == (
        "to load them: TAP_CLEVERTAP_EVENTS='[\"Charged\"]' TAP_CLEVERTAP_START_DATE='2026-07-01' "
        "TAP_CLEVERTAP_END_DATE='2026-07-01' meltano run tap-clevertap target-duckdb"
    )


def test_rows_of_other_streams_are_counted_in_all(loaded: Loaded) -> None:
    """A table that has fewer rows than the last run wrote has lost some."""
    loaded.execute("DELETE FROM clevertap.event_counts WHERE event_name = 'Charged'")
    [loss] = check(loaded.warehouse).losses
    assert (loss.stream, loss.event, loss.day) == ("event_counts", None, None)


def test_late_rows_and_older_runs_are_no_loss(loaded: Loaded, sandbox: Serve) -> None:
    """The latest run that wrote an event and day counts, and more rows than it wrote are fine."""
    loaded.execute("INSERT INTO clevertap.events VALUES ('late', 'Charged', '2026-07-01')")
    assert check(loaded.warehouse).is_good
    finished = run(sandbox(hard_world()), state=None, catalog=CATALOG, start_date="2026-07-02")
    loaded.load(finished.records)
    assert check(loaded.warehouse).is_good


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("DELETE FROM clevertap.written_rows", "is empty"),
        (
            "DELETE FROM clevertap.written_rows WHERE stream = 'event_counts'",
            "entries of the last run",
        ),
    ],
)
def test_a_list_that_is_not_whole_is_a_problem(loaded: Loaded, sql: str, problem: str) -> None:
    """Without what the tap said nothing can be checked, which is not a success."""
    loaded.execute(sql)
    result = check(loaded.warehouse)
    assert problem in str(result.problem)
    assert not result.is_good


def test_the_command_ends_with_what_it_found(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 if all is there, 1 for losses and for a warehouse that is not, 2 for a wrong word."""
    monkeypatch.setenv("TARGET_DUCKDB_FILEPATH", loaded.warehouse.filepath)
    assert main(["duckdb"]) == 0
    loaded.execute("DELETE FROM clevertap.events")
    assert main(["duckdb"]) == 1
    monkeypatch.setenv("TARGET_DUCKDB_FILEPATH", "/nowhere/at.all")
    assert main(["duckdb"]) == 1
    assert main(["mysql"]) == 2
    out, err = capsys.readouterr()
    assert "arrival: all rows of 2 streams are there" in out
    assert "arrival: filepath: '/nowhere/at.all' cannot be queried" in err
    assert "usage:" in err


def test_backfills_cover_each_stretch_of_days_once() -> None:
    """Days that follow one another are one command; a gap begins another; quotes are kept."""
    days = [date(2026, 7, 1) + timedelta(n) for n in (0, 1, 5)]
    losses = [Loss("events", "It's", str(day), 3, 1) for day in days]
    losses += [Loss("event_it_s", "It's", "2026-07-01", 3, 1), Loss("profiles", None, None, 3, 1)]
    first, second, others = backfills(losses, "run")
    assert first == (
        "TAP_CLEVERTAP_EVENTS='[\"It'\\''s\"]' TAP_CLEVERTAP_START_DATE='2026-07-01' "
        "TAP_CLEVERTAP_END_DATE='2026-07-02' run"
    )
    assert "START_DATE='2026-07-06' TAP_CLEVERTAP_END_DATE='2026-07-06'" in second
    assert others == "run  # again, with --full-refresh, for profiles"


@pytest.mark.parametrize(
    ("stream", "expected"),
    [("events", True), ("event_charged", True), ("event_counts", False), ("profiles", False)],
)
def test_streams_of_events_have_days(stream: str, expected: bool) -> None:  # noqa: FBT001 - a fact
    """Counts and schemas are about events, not events."""
    assert has_days(stream) is expected
