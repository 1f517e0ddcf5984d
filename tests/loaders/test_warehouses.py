"""DuckDB and PostgreSQL hold what the tap sends: upsert, late data, changed profiles, kills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.loaders.comparison import compare, report, streams
from tests.loaders.documentation import documented
from tests.loaders.pipeline import Pipeline
from tests.support.needs import only_by

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from tests.loaders.accounts import HardAccount
    from tests.loaders.comparison import Arrival
    from tests.loaders.postgres import Postgres

pytestmark = only_by("loaders")
Rows = list[dict[str, Any]]
FEW = 150
"""Rows a batch where a run is killed between two of them."""


@dataclass(frozen=True)
class Warehouse:
    """A pipeline into a database, and what a test has to know of it."""

    pipeline: Pipeline
    ask: Callable[[str], Rows]
    loads: str
    """The line of the log with which the loading of a batch of events begins."""
    loses_empty_text: bool

    def same(self, sent: object, found: object) -> bool:
        """Tell whether a cell is as sent, as far as the target can hold it."""
        return sent == found or (self.loses_empty_text and sent == "" and found is None)

    def arrivals(self, account: HardAccount) -> list[Arrival]:
        """Hold each table against what the tap sends."""
        found = []
        for name, stream in streams(account.records()).items():
            rows = self.ask(f'SELECT * FROM clevertap."{name}"')  # noqa: S608 - our own names
            found.append(compare(name, stream, rows, self.same))
        return found


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(
    request: pytest.FixtureRequest, account: HardAccount, tmp_path: Path
) -> Iterator[Warehouse]:
    """Return a pipeline into each database."""
    if request.param == "duckdb":
        file = tmp_path / "warehouse.duckdb"

        def ask(sql: str) -> Rows:
            with duckdb.connect(str(file)) as connection:
                cursor = connection.execute(sql)
                names = [column[0] for column in cursor.description]
                return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        target: dict[str, Any] = {"filepath": str(file), "batch_size_rows": FEW}
        pipeline = Pipeline("target-duckdb", tmp_path, account.settings, target)
        yield Warehouse(
            pipeline, ask, r"Loading \d+ rows into .*\.\"events\"'", loses_empty_text=True
        )
    else:
        server: Postgres = request.getfixturevalue("server")
        server.ask("DROP SCHEMA IF EXISTS clevertap CASCADE")  # an earlier test's tables
        target = {**server.target, "batch_size_rows": FEW}
        pipeline = Pipeline("target-postgres", tmp_path, account.settings, target)
        yield Warehouse(
            pipeline, server.ask, r"Inserting with SQL: COPY .*event_props", loses_empty_text=False
        )


def assert_exact(warehouse: Warehouse, account: HardAccount, but: Collection[str] = ()) -> None:
    """Make sure that each table `but` some has the rows and cells that were sent, each once."""
    arrivals = [one for one in warehouse.arrivals(account) if one.stream not in but]
    wrong = [line for one in arrivals for line in one.differing]
    assert all(one.is_exact for one in arrivals), f"{report(arrivals)}\n" + "\n".join(wrong[:10])
    assert sum(one.expected for one in arrivals) > 500


def test_killed_resumed_and_late_rows_are_all_there_once(
    warehouse: Warehouse, account: HardAccount
) -> None:
    """Two kills lose and repeat nothing, and late data and new profiles replace the old rows.

    The first kill comes in the first load of a batch, the second between two commits.
    """
    warehouse.pipeline.run_and_kill(warehouse.loads, 1)
    warehouse.pipeline.run_and_kill(warehouse.loads, 3)
    warehouse.pipeline.run("--force")
    assert_exact(warehouse, account)
    account.change()
    warehouse.pipeline.run("--force")
    assert_exact(warehouse, account)
    assert described(warehouse) == documented(warehouse.pipeline.loader)


def described(warehouse: Warehouse) -> dict[str, str]:
    """Return the type that the tables have for each column of docs/loaders.md."""
    rows = warehouse.ask(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'clevertap'"
    )
    types = {f"{row['table_name']}.{row['column_name']}": str(row["data_type"]) for row in rows}
    return {name: types[name] for name in documented(warehouse.pipeline.loader)}
