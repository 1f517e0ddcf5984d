"""Where the tables are: one class a warehouse, each with its driver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from reports.arrival.sql import BIGQUERY, DUCKDB, POSTGRES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.arrival.sql import Dialect

Rows = list[dict[str, Any]]


class Unreachable(Exception):
    """The warehouse cannot be asked; the message says which setting to look at."""


class Warehouse(Protocol):
    """Answers queries about the tables of one schema."""

    @property
    def dialect(self) -> Dialect:
        """The words of its SQL."""

    @property
    def schema(self) -> str:
        """The schema of the tables."""

    def ask(self, sql: str) -> Rows:
        """Return the rows of a query.

        Raises:
            Unreachable: There is no such warehouse, or it refuses the query.
        """


@dataclass(frozen=True)
class DuckDB:
    """A database file."""

    filepath: str
    schema: str
    dialect: Dialect = DUCKDB

    def ask(self, sql: str) -> Rows:
        """Return the rows of a query; the file is opened for reading alone."""
        import duckdb  # noqa: PLC0415 - each warehouse's driver is in an environment of its own

        try:
            with duckdb.connect(self.filepath, read_only=True) as connection:
                cursor = connection.execute(sql)
                names = [column[0] for column in cursor.description]
                return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        except duckdb.Error as error:
            msg = f"filepath: {self.filepath!r} cannot be queried: {_first_line(error)}"
            raise Unreachable(msg) from None


@dataclass(frozen=True)
class Postgres:
    """A database of a PostgreSQL server; `connection` has host, port, user, password, dbname."""

    connection: Mapping[str, str]
    schema: str
    dialect: Dialect = POSTGRES

    def ask(self, sql: str) -> Rows:
        """Return the rows of a query."""
        import psycopg  # noqa: PLC0415 - each warehouse's driver is in an environment of its own
        from psycopg.rows import dict_row  # noqa: PLC0415 - likewise

        try:
            with psycopg.connect(**self.connection, row_factory=dict_row) as connection:
                return list(connection.execute(sql))
        except psycopg.Error as error:
            msg = f"host {self.connection.get('host')!r} cannot be queried: {_first_line(error)}"
            raise Unreachable(msg) from None


@dataclass(frozen=True)
class BigQuery:
    """A dataset; credentials are the machine's own, or those of a service account's file."""

    project: str
    dataset: str
    credentials_path: str | None = None
    dialect: Dialect = BIGQUERY

    @property
    def schema(self) -> str:
        """The dataset within its project."""
        return f"{self.project}.{self.dataset}"

    def ask(self, sql: str) -> Rows:
        """Return the rows of a query."""
        from google.api_core.exceptions import GoogleAPIError  # noqa: PLC0415 - as above
        from google.cloud import bigquery  # noqa: PLC0415 - as above

        try:
            client = (
                bigquery.Client.from_service_account_json(
                    self.credentials_path, project=self.project
                )
                if self.credentials_path
                else bigquery.Client(project=self.project)
            )
            return [dict(row.items()) for row in client.query(sql).result()]
        except GoogleAPIError as error:
            msg = f"dataset {self.schema!r} cannot be queried: {_first_line(error)}"
            raise Unreachable(msg) from None


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
