"""Warehouses for tests: a DuckDB file and a PostgreSQL, filled by the loaders that users run."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs, urlsplit

import duckdb

from reports.dbt import Dbt
from tests.support.needs import needs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[2]
DBT = ROOT / ".venv-dbt" / "bin" / "dbt"
LOADERS = ROOT / ".meltano" / "loaders"
TARGETS = {
    name: LOADERS / f"target-{name}" / "venv" / "bin" / f"target-{name}"
    for name in ("duckdb", "postgres")
}
NEEDS_DBT = needs("dbt", commands=(str(DBT), *map(str, TARGETS.values())))
FOREIGN = ("DBT_", "REPORTS_", "TARGET_")
Rows = list[list[Any]]


class Ask(Protocol):
    """Answers SQL with rows of texts, numbers and None."""

    def __call__(self, sql: str) -> Rows:
        """Ask."""


@dataclass
class Warehouse:
    """A warehouse, and the environment in which dbt finds it."""

    name: str
    folder: Path
    ask: Ask
    environment: Mapping[str, str]
    target_config: Mapping[str, object]

    def load(self, lines: Sequence[bytes]) -> None:
        """Load Singer messages with the loader of meltano.yml."""
        config = self.folder / "target.json"
        config.write_text(json.dumps(self.target_config))
        finished = subprocess.run(  # noqa: S603 - our own loader
            [TARGETS[self.name], "--config", config],
            input=b"\n".join(lines) + b"\n",
            capture_output=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr.decode()[-2000:]

    def dbt(self, *words: str) -> str:
        """Run dbt; it has to end well."""
        return Dbt((str(DBT),)).run(*words)

    def build(self, *words: str) -> str:
        """Make all models and run their tests."""
        return self.dbt("build", "--exclude", "tag:alert", *words)

    @contextmanager
    def entered(self) -> Iterator[Warehouse]:
        """Set the environment for the block, and take it back."""
        before = dict(os.environ)
        for name in [name for name in os.environ if name.startswith(FOREIGN)]:
            del os.environ[name]
        os.environ.update(self.environment)
        os.environ["DBT_TARGET_PATH"] = os.environ["DBT_LOG_PATH"] = str(self.folder / "dbt")
        os.environ["DBT_PROJECT_DIR"] = os.environ["DBT_PROFILES_DIR"] = str(ROOT / "transform")
        try:
            yield self
        finally:
            os.environ.clear()
            os.environ.update(before)

    def rows(self, table: str, schema: str = "analytics") -> list[dict[str, Any]]:
        """Return a table's rows by column."""
        columns = [
            str(name)
            for (name,) in self.ask(
                "select column_name from information_schema.columns"  # noqa: S608 - our own names
                f" where table_schema = '{schema}' and table_name = '{table}'"
            )
        ]
        named = ", ".join(columns)
        found = self.ask(f"select {named} from {schema}.{table}")  # noqa: S608 - our own names
        return [dict(zip(columns, row, strict=True)) for row in found]


@contextmanager
def duckdb_at(folder: Path) -> Iterator[Warehouse]:
    """Make an empty DuckDB."""
    file = folder / "warehouse.duckdb"
    with duckdb.connect() as connection:
        # As the loader's DuckDB writes it; a later one's format would be too new for it.
        connection.execute(f"attach '{file}' as made (storage_version 'v1.2.0')")

    def ask(sql: str) -> Rows:
        with duckdb.connect(str(file)) as connection:
            rows = connection.execute(sql).fetchall()
        answer: Rows = json.loads(json.dumps(rows, default=str))
        return answer

    config = {
        "filepath": str(file),
        "default_target_schema": "clevertap",
        "add_metadata_columns": True,
        "batch_size_rows": 20000,
        "flush_all_streams": True,
    }
    environment = {"DBT_TARGET": "duckdb", "TARGET_DUCKDB_FILEPATH": str(file)}
    yield Warehouse("duckdb", folder, ask, environment, config)


@contextmanager
def postgres_at(folder: Path) -> Iterator[Warehouse]:
    """Start an empty PostgreSQL; it ends with the block."""
    server = ROOT / ".venv-dbt" / "bin" / "python"
    with subprocess.Popen(  # noqa: S603 - our own
        [server, Path(__file__).with_name("postgres_server.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        first = process.stdout.readline()
        assert first, "PostgreSQL has not started"
        address = urlsplit(json.loads(first))
        host = parse_qs(address.query)["host"][0]

        def ask(sql: str) -> Rows:
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps(sql) + "\n")
            process.stdin.flush()
            rows: Rows = json.loads(process.stdout.readline())
            return rows

        config = {
            "sqlalchemy_url": f"postgresql+psycopg://postgres@/postgres?host={host}",
            "default_target_schema": "clevertap",
            "load_method": "upsert",
            "use_copy": True,
            "validate_records": False,
        }
        environment = {
            "DBT_TARGET": "postgres",
            "TARGET_POSTGRES_HOST": host,
            "TARGET_POSTGRES_USER": "postgres",
            "TARGET_POSTGRES_DATABASE": "postgres",
        }
        yield Warehouse("postgres", folder, ask, environment, config)
        process.stdin.close()
        process.wait()


WAREHOUSES = {"duckdb": duckdb_at, "postgres": postgres_at}
