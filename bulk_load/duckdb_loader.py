"""Into DuckDB: one read of the files a stream, an upsert where the table is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulk_load.messages import BulkError

if TYPE_CHECKING:
    import duckdb

    from bulk_load.messages import Column, Stream

AS_SENT = {"json": "JSON", "texts": "JSON", "jsons": "JSON", "integer": "BIGINT"}
AS_SENT |= {"number": "DOUBLE", "boolean": "BOOLEAN"}
"""The types in which columns are read; others are read as text, and instants are converted."""
TYPES = {**AS_SENT, "instant": "TIMESTAMP"}
"""The types of the table, those that target-duckdb gives; others are VARCHAR."""
MAX_LINE = 64 * 1024 * 1024


def load(connection: duckdb.DuckDBPyConnection, schema: str, stream: Stream) -> int:
    """Load the files of a stream, and return how many rows they have.

    The last record of a key holds. One transaction: a table has all of it, or nothing.

    Raises:
        BulkError: The files cannot be loaded.
    """
    import duckdb  # noqa: PLC0415 - not needed for other warehouses

    if not stream.files:
        return 0
    try:
        connection.execute("BEGIN")
        rows = _load(connection, schema, stream)
        connection.execute("COMMIT")
    except duckdb.Error as error:
        connection.execute("ROLLBACK")
        msg = f"{stream.name}: cannot be loaded: {str(error).partition(chr(10))[0]}"
        raise BulkError(msg) from None
    return rows


def _load(connection: duckdb.DuckDBPyConnection, schema: str, stream: Stream) -> int:
    table, names = f'"{schema}"."{stream.name}"', _names(stream)
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
    is_new = not connection.execute(
        "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
        [schema, stream.name],
    ).fetchall()
    connection.execute(f"CREATE OR REPLACE TEMP TABLE loading AS {_select(stream)}")
    [[rows, keys]] = connection.execute(
        f"SELECT count(*), count(DISTINCT ({_key(stream)})) FROM loading"
    ).fetchall()
    if keys < rows:
        _keep_last(connection, stream)
    if is_new:
        connection.execute(f"CREATE TABLE {table} AS SELECT {names} FROM loading")
        connection.execute(f"ALTER TABLE {table} ADD PRIMARY KEY ({_key(stream)})")
    else:
        _add_columns(connection, schema, stream)
        connection.execute(f"INSERT OR REPLACE INTO {table} ({names}) SELECT {names} FROM loading")
    connection.execute("DROP TABLE loading")
    return int(rows)


def _keep_last(connection: duckdb.DuckDBPyConnection, stream: Stream) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE loading AS SELECT * FROM loading"
        f" QUALIFY row_number() OVER (PARTITION BY {_key(stream)} ORDER BY place DESC) = 1"
    )


def _add_columns(connection: duckdb.DuckDBPyConnection, schema: str, stream: Stream) -> None:
    for column in stream.columns.values():
        connection.execute(
            f'ALTER TABLE "{schema}"."{stream.name}"'
            f' ADD COLUMN IF NOT EXISTS "{column.name}" {TYPES.get(column.kind, "VARCHAR")}'
        )


def _select(stream: Stream) -> str:
    """Return the query that reads the files; `place` orders the records as they were sent."""
    types = {one.name: AS_SENT.get(one.kind, "VARCHAR") for one in stream.columns.values()}
    columns = ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in types.items())
    chosen = ", ".join(map(_value, stream.columns.values()))
    files = ", ".join(map(_text, stream.files))
    return (
        f"SELECT {chosen}, row_number() OVER () AS place FROM read_json([{files}],"
        f" format = 'newline_delimited', maximum_object_size = {MAX_LINE},"
        f" columns = {{{columns}}})"
    )


def _value(column: Column) -> str:
    if column.kind == "instant":
        return f'CAST(CAST("{column.name}" AS TIMESTAMPTZ) AS TIMESTAMP) AS "{column.name}"'
    return f'"{column.name}"'


def _names(stream: Stream) -> str:
    return ", ".join(f'"{name}"' for name in stream.columns)


def _key(stream: Stream) -> str:
    return ", ".join(f'"{name}"' for name in stream.key)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
